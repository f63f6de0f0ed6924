import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import type { ServerRow } from './rows.ts';
import { loadShown, viewListed } from './view.ts';
import { listAttached } from './volumes.ts';

/** A server in a list, before its body is looked up. */
export type Listed = Pick<ServerRow, 'key' | 'region' | 'id' | 'name' | 'revision'>;

/** Bodies of servers as JSON text, kept as long as they are what was asked for: most reads are of what did not change. */
export interface ServerBodies {
  /** Those of a page, in its order. */
  page(asked: ComputeRequest, listed: readonly Listed[]): string[];
  /** That of one server alone, which also shows its groups. */
  one(asked: ComputeRequest, row: ServerRow): string;
}

const keptBytes = 16 * 2 ** 20;

export function createServerBodies(context: EmulatorContext): ServerBodies {
  const { store } = context;
  const kept = new Map<number, { of: string; text: string }>();
  let bytes = 0;
  const keep = (key: number, of: string, text: string): string => {
    bytes += text.length - (kept.get(key)?.text.length ?? 0);
    kept.set(key, { of, text });
    for (const [oldest, { text: gone }] of kept) {
      if (bytes <= keptBytes) break;
      kept.delete(oldest);
      bytes -= gone.length;
    }
    return text;
  };
  const bodies: ServerBodies = {
    one: (asked, row) => {
      const text = String(bodies.page(asked, [row])[0]);
      if (asked.version < 71) return text;
      const groups = row.server_group === null ? [] : [row.server_group];
      return `${text.slice(0, -1)},"server_groups":${JSON.stringify(groups)}}`;
    },
    page: (asked, listed) => {
      const form = `${asked.version} ${asked.isAdmin} ${asked.root}`;
      const volumes = Map.groupBy(
        listAttached(
          context,
          asked.region,
          listed.map(({ id }) => id),
        ),
        ({ server }) => server,
      );
      // Volumes come and go without the server's row.
      const nameOf = ({ id, revision }: Listed) =>
        `${form} ${revision} ${volumes.has(id) ? JSON.stringify(volumes.get(id)) : ''}`;
      const names = listed.map(nameOf);
      const texts = listed.map(({ key }, at) => {
        const found = kept.get(key);
        return found && found.of === names[at] ? found.text : undefined;
      });
      const missing = listed.filter((_, at) => texts[at] === undefined).map(({ key }) => key);
      if (missing.length === 0) return texts.map((text) => text ?? '');
      const rows = store.all<ServerRow>(
        'SELECT * FROM servers WHERE key IN (SELECT value FROM json_each(?))',
        JSON.stringify(missing),
      );
      const fresh = new Map(
        loadShown(context, rows).map((shown) => [shown.row.key, JSON.stringify(viewListed(shown, asked))]),
      );
      return listed.map(({ key }, at) => texts[at] ?? keep(key, names[at] ?? '', fresh.get(key) ?? '{}'));
    },
  };
  return bodies;
}
