import { createHash } from 'node:crypto';
import { isObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { readParam } from '../../../kernel/request.ts';
import { keyMismatch } from '../../compute/api/words.ts';
import { readBody, readMember, readTextMap } from '../body.ts';
import { invalidVolume } from '../orders.ts';
import { type Asked, findSnapshot, findVolume, type OnVolumes } from '../requests.ts';
import { metadataSchema, metaSchema } from '../schemas.ts';
import { readTexts } from '../views.ts';

type Texts = Readonly<Record<string, string>>;

/** Something that has metadata: a volume or a snapshot. */
interface Holder {
  readonly path: string;
  readonly policies: { readonly read: string; readonly write: string; readonly remove: string };
  /** Reads the member of the body. Throws 400, 413. */
  given(asked: Asked, member: 'metadata' | 'meta'): Promise<Texts>;
  read(asked: Asked, id: string): Texts;
  /** Inside `store.write`. */
  write(asked: Asked, id: string, metadata: Texts): void;
  missing(id: string, key: string): string;
}

const ofVolumes: Holder = {
  path: '/volumes',
  policies: {
    read: 'volume:get_volume_metadata',
    write: 'volume:update_volume_metadata',
    remove: 'volume:delete_volume_metadata',
  },
  given: async (asked, member) =>
    readTextMap(await readMember(asked, member, member === 'meta' ? metaSchema : metadataSchema)),
  read: (asked, id) => readTexts(findVolume(asked, id).metadata),
  write: (asked, id, metadata) => {
    const row = findVolume(asked, id);
    if (row.status === 'uploading' || row.status === 'maintenance')
      throw invalidVolume(`Updating volume metadata is not allowed for volumes in ${row.status} status.`);
    asked.context.volumes.change(row, { metadata: JSON.stringify(metadata) });
  },
  missing: (id, key) => `Volume ${id} has no metadata with key ${key}.`,
};

const ofSnapshots: Holder = {
  path: '/snapshots',
  policies: {
    read: 'volume:get_snapshot_metadata',
    write: 'volume:update_snapshot_metadata',
    remove: 'volume:delete_snapshot_metadata',
  },
  given: readUnchecked,
  read: (asked, id) => readTexts(findSnapshot(asked, id).metadata),
  write: (asked, id, metadata) => {
    asked.context.volumes.changeSnapshot(findSnapshot(asked, id), { metadata: JSON.stringify(metadata) });
  },
  missing: (id, key) => `Snapshot ${id} has no metadata with key ${key}.`,
};

/** Metadata of volumes and of snapshots: whole, and key by key (SOURCES: cinder §4). */
export function metadataRoutes(on: OnVolumes): void {
  for (const holder of [ofVolumes, ofSnapshots]) addRoutes(on, holder);
}

function addRoutes(on: OnVolumes, { path, policies, given, read, write, missing }: Holder): void {
  const base = `${path}/:id/metadata`;
  const idOf = ({ request }: Asked) => readParam(request, 'id');
  const keyOf = ({ request }: Asked) => readParam(request, 'key');
  const requireKey = (asked: Asked): Texts => {
    const metadata = read(asked, idOf(asked));
    if (!Object.hasOwn(metadata, keyOf(asked)))
      throw new ApiError('volume/not-found', missing(idOf(asked), keyOf(asked)));
    return metadata;
  };
  const change = (asked: Asked, to: (metadata: Texts) => Texts) =>
    asked.context.store.write(() => {
      const before = read(asked, idOf(asked));
      requireMatch(asked, before);
      const metadata = to(before);
      write(asked, idOf(asked), metadata);
      return metadata;
    });

  on('GET', base, { policy: policies.read }, (asked) => {
    const metadata = read(asked, idOf(asked));
    if (asked.minor >= 15) asked.reply.header('etag', tagOf(metadata));
    return { metadata };
  });
  for (const method of ['POST', 'PUT'] as const)
    on(method, base, { policy: policies.write }, async (asked) => {
      const texts = await given(asked, 'metadata');
      return {
        metadata: await change(asked, (before) => (method === 'PUT' ? texts : { ...before, ...texts })),
      };
    });
  on('GET', `${base}/:key`, { policy: policies.read }, (asked) => {
    const value = requireKey(asked)[keyOf(asked)] ?? '';
    return { meta: { [keyOf(asked)]: value } };
  });
  on('PUT', `${base}/:key`, { policy: policies.write }, async (asked) => {
    const meta = await given(asked, 'meta');
    if (!Object.hasOwn(meta, keyOf(asked))) throw new ApiError('volume/value', keyMismatch);
    if (Object.keys(meta).length > 1)
      throw new ApiError('volume/value', 'Request body contains too many items');
    await change(asked, (before) => ({ ...before, ...meta }));
    return { meta };
  });
  on('DELETE', `${base}/:key`, { policy: policies.remove }, async (asked) => {
    await change(asked, () => {
      const { [keyOf(asked)]: _, ...rest } = requireKey(asked);
      return rest;
    });
    return asked.reply.code(200).send();
  });
}

/** Snapshots have no schema: what is wrong is said of the first member that is. */
async function readUnchecked(asked: Asked, member: 'metadata' | 'meta'): Promise<Texts> {
  const body = await readBody(asked);
  const found = isObject(body) ? body[member] : undefined;
  if (!isObject(found))
    throw new ApiError('volume/value', `Missing required element '${member}' in request body.`);
  for (const [key, value] of Object.entries(found)) {
    const wrong =
      key === ''
        ? 'Metadata key:  has 0 characters, less than 1.'
        : typeof value === 'string'
          ? undefined
          : `Value for metadata key: ${key} is not a string or unicode`;
    if (wrong !== undefined)
      throw new ApiError('volume/value', `Invalid metadata: Invalid input received: ${wrong}`);
    if (key.length > 255 || String(value).length > 255)
      throw new ApiError('volume/metadata-size', `Metadata property key ${key} greater than 255 characters.`);
  }
  return readTextMap(found);
}

/** Throws 412 where `If-Match` names another state of the metadata (since microversion 3.15). */
function requireMatch({ minor, request }: Asked, metadata: Texts): void {
  const wanted = request.headers['if-match'];
  if (minor >= 15 && wanted !== undefined && !wanted.includes(tagOf(metadata)))
    throw new ApiError('volume/precondition', 'Precondition Failed');
}

/** The MD5 of the metadata as Python writes JSON. */
function tagOf(metadata: Texts): string {
  const pairs = Object.entries(metadata).map(
    ([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return createHash('md5')
    .update(`{"metadata": {${pairs.join(', ')}}}`)
    .digest('hex');
}
