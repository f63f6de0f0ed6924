import type { EmulatorContext } from '../../context.ts';
import type { ComputeRequest } from '../api/compute.ts';
import type { ServerRow } from './rows.ts';
import { loadShown, viewListed } from './view.ts';
import { listAttached } from './volumes.ts';

/** A server in a list, before its body is looked up. */
export type Listed = Pick<ServerRow, 'key' | 'region' | 'id' | 'name' | 'revision'>;

/**
 * Bodies of servers as the bytes of their JSON, kept as long as they are what was asked for: most reads are of what did not
 * change, and a page of texts would be joined, measured and encoded anew.
 */
export interface ServerBodies {
  /** Those of a page, in its order. */
  page(asked: ComputeRequest, listed: readonly Listed[]): Buffer[];
  /** That of one server alone, which also shows its groups. */
  one(asked: ComputeRequest, row: ServerRow): Buffer;
}

const keptBytes = 16 * 2 ** 20;
const none = Buffer.from('{}');

export function createServerBodies(context: EmulatorContext): ServerBodies {
  const { store } = context;
  const kept = new Map<number, { of: string; body: Buffer }>();
  let bytes = 0;
  const keep = (key: number, of: string, body: Buffer): Buffer => {
    bytes += body.length - (kept.get(key)?.body.length ?? 0);
    kept.set(key, { of, body });
    for (const [oldest, { body: gone }] of kept) {
      if (bytes <= keptBytes) break;
      kept.delete(oldest);
      bytes -= gone.length;
    }
    return body;
  };
  const bodies: ServerBodies = {
    one: (asked, row) => {
      const [body = none] = bodies.page(asked, [row]);
      if (asked.version < 71) return body;
      const groups = row.server_group === null ? [] : [row.server_group];
      return Buffer.concat([
        body.subarray(0, -1),
        Buffer.from(`,"server_groups":${JSON.stringify(groups)}}`),
      ]);
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
      const found = listed.map(({ key }, at) => {
        const one = kept.get(key);
        return one && one.of === names[at] ? one.body : undefined;
      });
      const missing = listed.filter((_, at) => found[at] === undefined).map(({ key }) => key);
      if (missing.length === 0) return found.map((body) => body ?? none);
      const rows = store.all<ServerRow>(
        'SELECT * FROM servers WHERE key IN (SELECT value FROM json_each(?))',
        JSON.stringify(missing),
      );
      const fresh = new Map(
        loadShown(context, rows).map((shown) => [
          shown.row.key,
          Buffer.from(JSON.stringify(viewListed(shown, asked))),
        ]),
      );
      return listed.map(({ key }, at) => found[at] ?? keep(key, names[at] ?? '', fresh.get(key) ?? none));
    },
  };
  return bodies;
}
