import type { Json, JsonObject } from '../../../../rules/json.ts';
import { isUuidLike } from '../../../../rules/nova/formats.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import { isTrue } from '../../compute/api/words.ts';
import { canSee } from '../../images/access.ts';
import type { ImageRow } from '../../images/view.ts';
import { readLabel, readMember, readTextMap } from '../body.ts';
import { addLists, type Listing } from '../list.ts';
import { invalidVolume, noSuchImage, type Origin, orderDeletion, orderVolume } from '../orders.ts';
import { type Asked, authorize, findSnapshot, findVolume, type OnVolumes, readFlag } from '../requests.ts';
import type { VolumeRow } from '../rows.ts';
import { createVolumeSchema, updateVolumeSchema } from '../schemas.ts';
import { defaultType, readTexts, renderVolume, showVolume, summarizeVolume } from '../views.ts';

const listing: Listing = {
  table: 'volumes',
  columns: {
    id: 'id',
    name: 'name',
    display_name: 'name',
    description: 'description',
    status: 'status',
    size: 'size',
    bootable: 'bootable',
    availability_zone: 'zone',
    created_at: 'created',
    updated_at: 'updated',
    user_id: 'user',
    project_id: 'account',
    snapshot_id: 'snapshot',
    source_volid: 'source',
  },
  filters: [
    'name',
    'status',
    'metadata',
    'bootable',
    'migration_status',
    'availability_zone',
    'group_id',
    'size',
    'created_at',
    'updated_at',
    'consumes_quota',
  ],
  since: { created_at: 31, updated_at: 31 },
  find: findVolume,
};

/** Volumes: create, list, show, update, delete (SOURCES: cinder §3, §4). */
export function volumeRoutes(on: OnVolumes): void {
  on('POST', '/volumes', undefined, create);
  const views = { basic: summarizeVolume, detail: showVolume };
  addLists<VolumeRow>(on, 'volumes', 'volume:get_all', listing, views);
  on('GET', '/volumes/summary', { policy: 'volume:get_all', since: 12 }, summarize);
  on('GET', '/volumes/:id', { policy: 'volume:get' }, (asked) => ({
    volume: showVolume(asked, findVolume(asked, readParam(asked.request, 'id'))),
  }));
  on('PUT', '/volumes/:id', { policy: 'volume:update' }, update);
  on('DELETE', '/volumes/:id', { policy: 'volume:delete' }, remove);
}

async function create(asked: Asked): Promise<unknown> {
  const { account, caller, context, minor, region, reply, user } = asked;
  const volume = await readMember(asked, 'volume', createVolumeSchema(minor));
  const made = await context.store.write(() => {
    requireType(volume['volume_type']);
    const from = readOrigin(asked, volume);
    refuseOthers(volume);
    authorize(
      asked,
      { policy: from?.kind === 'image' ? 'volume:create_from_image' : 'volume:create' },
      'administer',
    );
    if (isTrue(volume['multiattach']))
      throw new ApiError(
        'volume/value',
        'multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. Contact your administrator to create a multiattach enabled volume type and use it to create multiattach volumes.',
      );
    const asksSize = volume['size'] !== undefined && volume['size'] !== null;
    const row = orderVolume(
      context,
      { account: account.id, user: user.id, caller },
      {
        region,
        size: asksSize ? Number(volume['size']) : undefined,
        name: readLabel(volume, 'name', null),
        description: readLabel(volume, 'description', null),
        metadata: readTextMap(volume['metadata']),
        zone: asText(volume['availability_zone']),
        from,
      },
    );
    return renderVolume(asked, row);
  });
  return reply.code(202).send({ volume: made });
}

function requireType(asked: Json | undefined): void {
  if (typeof asked !== 'string' || asked === '' || asked === defaultType.id || asked === defaultType.name)
    return;
  const named = isUuidLike(asked) ? asked : `with name ${asked}`;
  throw new ApiError('volume/not-found', `Volume type ${named} could not be found.`);
}

/** There are no groups and no backups here. */
function refuseOthers(volume: JsonObject): void {
  for (const [member, kind] of [
    ['consistencygroup_id', 'Group'],
    ['group_id', 'Group'],
    ['backup_id', 'Backup'],
  ] as const) {
    const id = volume[member];
    if (id !== undefined && id !== null && id !== '')
      throw new ApiError('volume/not-found', `${kind} ${String(id)} could not be found.`);
  }
}

/** What a new volume is made of. Throws 404, and 400 where it is an image that is not there or several things. */
function readOrigin(asked: Asked, volume: JsonObject): Origin | undefined {
  const { snapshot_id: snapshot, source_volid: source, image_id: id } = volume;
  const image = volume['imageRef'] ?? id;
  const found: Origin[] = [];
  if (typeof snapshot === 'string') found.push({ kind: 'snapshot', snapshot: findSnapshot(asked, snapshot) });
  if (typeof source === 'string') found.push({ kind: 'volume', volume: findVolume(asked, source) });
  if (typeof image === 'string') found.push({ kind: 'image', image: findImage(asked, image) });
  if (found.length > 1)
    throw new ApiError(
      'volume/value',
      'Invalid input received: May specify only one of backup, imageRef, snapshot, source volume',
    );
  return found[0];
}

/** By id, by the end of an address, or by a name that only one image has. Throws 400, 409. */
function findImage({ caller, context, region }: Asked, ref: string): ImageRow {
  const { images, profile, store } = context;
  const byId = images.find(region, ref.split('/').at(-1) ?? '');
  if (byId && canSee({ images, profile }, caller, byId)) return byId;
  const named = store
    .all<ImageRow>('SELECT * FROM images WHERE region = ? AND name = ? ORDER BY created', region, ref)
    .filter((row) => canSee({ images, profile }, caller, row));
  if (named.length > 1)
    throw new ApiError(
      'volume/image',
      `Multiple matches found for '${ref}', use an ID to be more specific.`,
      { status: 409 },
    );
  const [only] = named;
  if (!only) throw noSuchImage();
  return only;
}

async function update(asked: Asked): Promise<unknown> {
  const { context, minor, request } = asked;
  const wanted = await readMember(asked, 'volume', updateVolumeSchema(minor >= 53));
  const volume = await context.store.write(() => {
    const row = findVolume(asked, readParam(request, 'id'));
    if (row.status === 'maintenance') throw invalidVolume('The volume cannot be updated during maintenance.');
    return renderVolume(
      asked,
      context.volumes.change(row, {
        name: readLabel(wanted, 'name', row.name),
        description: readLabel(wanted, 'description', row.description),
        metadata: wanted['metadata'] ? JSON.stringify(readTextMap(wanted['metadata'])) : row.metadata,
      }),
    );
  });
  return { volume };
}

async function remove(asked: Asked): Promise<unknown> {
  const { context, minor, query, reply, request } = asked;
  const cascade = readFlag(query, 'cascade');
  const force = minor >= 23 && readFlag(query, 'force');
  await context.store.free(() => {
    const row = findVolume(asked, readParam(request, 'id'));
    if (force) authorize(asked, { policy: 'volume:force_delete', isForAdmin: true }, 'administer');
    orderDeletion(context, row, { cascade, force });
  });
  return reply.code(202).send();
}

function summarize({ account, context, minor, region }: Asked): JsonObject {
  const rows = context.store.all<VolumeRow>(
    'SELECT * FROM volumes WHERE region = ? AND account = ?',
    region,
    account.id,
  );
  const values = new Map<string, Set<string>>();
  for (const { metadata } of rows)
    for (const [name, value] of Object.entries(readTexts(metadata)))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  return {
    'volume-summary': {
      total_count: rows.length,
      total_size: rows.reduce((sum, { size }) => sum + size, 0),
      ...(minor >= 36
        ? { metadata: Object.fromEntries([...values].map(([name, set]) => [name, [...set]])) }
        : {}),
    },
  };
}
