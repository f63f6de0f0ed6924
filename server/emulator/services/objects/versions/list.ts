import { ApiError } from '../../../kernel/apiError.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { type Asked, list } from '../listing/list.ts';
import { pythonJson } from '../listing/python.ts';
import type { ContainerRow, ObjectRow } from '../records.ts';
import { refuse } from '../refusals.ts';
import { type VersionRow, versionsOf } from './records.ts';

type Item = Readonly<Record<string, string | number | boolean>>;

/** Throws 406 where another format is wanted. */
export function requireJson({ headers: { accept = '' } }: Request): void {
  if (accept === '' || /application\/json|application\/\*|\*\/\*/.test(accept)) return;
  throw refuse('files/accept');
}

/** `?versions`: every version of the objects, the newest of each first. In JSON alone. Throws 400. */
export async function listVersions(
  context: EmulatorContext,
  request: Request,
  reply: Reply,
  row: ContainerRow,
  asked: Asked,
): Promise<Reply> {
  const query = readQuery(request);
  const after = query.get('version_marker');
  if (after !== null && !query.has('marker'))
    throw new ApiError('files/versions', 'version_marker param requires marker');
  if (after !== null && after !== 'null' && !/^\d+(\.\d+)?$/.test(after))
    throw new ApiError('files/versions', 'invalid version_marker param');
  if (/[0-9.]/.test(asked.delimiter)) throw new ApiError('files/versions', 'invalid delimiter param');
  const { store } = context;
  const order = (items: Item[]) => (asked.reverse ? items.reverse() : items);
  const found: Item[] = [];
  if (after !== null) {
    const isBehind = (id: unknown) =>
      id !== 'null' && (after === 'null' || (asked.reverse ? String(id) > after : String(id) < after));
    found.push(...order(expand(context, row, asked.marker)).filter(({ version_id }) => isBehind(version_id)));
  }
  const entries = await list<{ name: string }>(asked, (bounds, reverse, count) =>
    store.all(
      `SELECT name FROM objects WHERE container = ?1 AND version IS NULL AND name >= ?2 AND name < ?3
       UNION SELECT name FROM object_versions WHERE container = ?1 AND name >= ?2 AND name < ?3
       ORDER BY name ${reverse ? 'DESC' : ''} LIMIT ?4`,
      row.key,
      bounds.from,
      bounds.before,
      count,
    ),
  );
  for (const entry of entries) {
    if (found.length >= asked.limit) break;
    if ('subdir' in entry) found.push({ subdir: entry.subdir });
    else found.push(...order(expand(context, row, entry.name)));
  }
  reply.type('application/json; charset=utf-8');
  return reply.send(
    `[${found
      .slice(0, asked.limit)
      .map((item) => pythonJson(item))
      .join(', ')}]`,
  );
}

function expand({ store }: EmulatorContext, { key }: ContainerRow, name: string): Item[] {
  const now = store.get<ObjectRow>('SELECT * FROM objects WHERE container = ? AND name = ?', key, name);
  const versions = versionsOf(store, key, name);
  const items = versions.map((row, at): Item => {
    const is_latest = now ? now.version === row.version : at === 0 && row.blob === null;
    return { ...describe(row), is_latest, version_id: row.version };
  });
  if (now?.version === null) items.unshift({ ...describe(now), version_id: 'null', is_latest: true });
  return items;
}

function describe(row: VersionRow | ObjectRow): Item {
  const { name, md5, content_type, modified, size, slo_size, slo_etag } = row;
  return {
    bytes: slo_size ?? size,
    hash: md5,
    name,
    content_type,
    last_modified: formatMicroseconds(modified),
    ...(slo_etag === null ? {} : { slo_etag: `"${slo_etag}"` }),
  };
}
