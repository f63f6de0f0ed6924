import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError, notFound } from '../../../kernel/apiError.ts';
import { asText, findObject } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import { isTrue } from '../../compute/api/words.ts';
import { readBody, readTextMap, requireSchema } from '../body.ts';
import { invalidVolume, orderDeletion, orderExtension, orderSnapshotDeletion } from '../orders.ts';
import {
  type Asked,
  authorize,
  findSnapshot,
  findVolume,
  type OnVolumes,
  refusePolicy,
} from '../requests.ts';
import { requireSnapshotReset, requireVolumeReset, resetSnapshot, resetVolume } from '../resetStatus.ts';
import type { VolumeRow } from '../rows.ts';
import { actionSchema, actionSchemas, snapshotResetSchema } from '../schemas.ts';
import { orderUpload } from '../upload.ts';
import { defaultType, formatTime, readTexts } from '../views.ts';

interface Action {
  readonly policy: string;
  readonly isForAdmin?: boolean;
  /** Otherwise 202 without a body. */
  readonly status?: number;
  /** Inside `store.write`. Answers the body. */
  run(asked: Asked, row: VolumeRow, value: JsonObject): JsonObject | undefined;
}

const prefix = 'volume_extension:volume_actions';

const actions: Readonly<Record<string, Action>> = {
  'os-reserve': {
    policy: `${prefix}:reserve`,
    run: ({ context }, row) => {
      if (row.status !== 'available')
        throw invalidVolume(`Volume status must be available to reserve, but the status is ${row.status}.`);
      context.volumes.change(row, { status: 'attaching' });
      return undefined;
    },
  },
  'os-unreserve': {
    policy: `${prefix}:unreserve`,
    run: ({ context }, row) => {
      const isHeld = context.volumes.attachmentsOf(row).length > 0;
      if (row.status === 'attaching')
        context.volumes.change(row, { status: isHeld ? 'in-use' : 'available' });
      return undefined;
    },
  },
  'os-begin_detaching': {
    policy: `${prefix}:begin_detaching`,
    run: ({ context }, row) => {
      if (row.status !== 'in-use')
        throw invalidVolume(
          "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach.",
        );
      context.volumes.change(row, { status: 'detaching' });
      return undefined;
    },
  },
  'os-roll_detaching': {
    policy: `${prefix}:roll_detaching`,
    run: ({ context }, row) => {
      if (row.status === 'detaching') context.volumes.change(row, { status: 'in-use' });
      return undefined;
    },
  },
  'os-attach': { policy: `${prefix}:attach`, run: attach },
  'os-detach': { policy: `${prefix}:detach`, run: detach },
  'os-extend': {
    policy: 'volume:extend',
    run: ({ context, minor }, row, { new_size: size }) => {
      orderExtension(context, row, Number(size), minor >= 42);
      return undefined;
    },
  },
  'os-set_bootable': {
    policy: 'volume:update',
    status: 200,
    run: ({ context }, row, { bootable }) => {
      context.volumes.change(row, { bootable: isTrue(bootable) ? 1 : 0 });
      return undefined;
    },
  },
  'os-update_readonly_flag': {
    policy: 'volume:update_readonly_flag',
    run: ({ context }, row, { readonly }) => {
      if (row.status !== 'available')
        throw invalidVolume(
          `Volume ${row.id} status must be available to update readonly flag, but current status is: ${row.status}.`,
        );
      context.volumes.change(row, { readonly: isTrue(readonly) ? 'True' : 'False' });
      return undefined;
    },
  },
  'os-volume_upload_image': { policy: `${prefix}:upload_image`, run: upload },
  'os-set_image_metadata': {
    policy: 'volume_extension:volume_image_metadata:set',
    status: 200,
    run: ({ context }, row, { metadata }) => {
      const texts = { ...readTexts(row.image_metadata ?? '{}'), ...readTextMap(metadata) };
      context.volumes.change(row, { image_metadata: JSON.stringify(texts) });
      return { metadata: texts };
    },
  },
  'os-show_image_metadata': {
    policy: 'volume:get_volume_metadata',
    status: 200,
    run: (_asked, row) => {
      if (row.image_metadata === null) throw noImageMetadata(row);
      return { metadata: readTexts(row.image_metadata) };
    },
  },
  'os-unset_image_metadata': {
    policy: 'volume_extension:volume_image_metadata:remove',
    status: 200,
    run: ({ context }, row, { key }) => {
      const { [String(key)]: gone, ...rest } = readTexts(row.image_metadata ?? '{}');
      if (gone === undefined) throw noImageMetadata(row);
      context.volumes.change(row, { image_metadata: JSON.stringify(rest) });
      return undefined;
    },
  },
  'os-reset_status': {
    policy: 'volume_extension:volume_admin_actions:reset_status',
    isForAdmin: true,
    run: resetVolume,
  },
  'os-force_delete': {
    policy: 'volume_extension:volume_admin_actions:force_delete',
    isForAdmin: true,
    run: ({ context }, row) => {
      orderDeletion(context, row, { force: true });
      return undefined;
    },
  },
};

/** POST /volumes/ID/action (SOURCES: cinder §4). */
export function actionRoutes(on: OnVolumes): void {
  on('POST', '/volumes/:id/action', undefined, async (asked) => {
    const { context, reply, request } = asked;
    const { name, value, body } = await readAction(asked);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw refuseAction(asked, name);
    if (isSchemaName(name)) requireSchema(body, actionSchema(name, asked.minor));
    if (name === 'os-reset_status') requireVolumeReset(findObject(value));
    const { policy, isForAdmin = false, status = 202 } = action;
    const answer = await context.store.write(() => {
      const row = findVolume(asked, readParam(request, 'id'));
      authorize(asked, { policy, isForAdmin }, 'administer');
      return action.run(asked, row, isObject(value) ? value : {});
    });
    return reply.code(status).send(answer);
  });
  on('POST', '/snapshots/:id/action', undefined, async (asked) => {
    const { context, reply, request } = asked;
    const { name, value, body } = await readAction(asked);
    if (name !== 'os-reset_status' && name !== 'os-force_delete') throw refuseAction(asked, name);
    if (name === 'os-reset_status') {
      requireSchema(body, snapshotResetSchema);
      requireSnapshotReset(findObject(value));
    }
    await context.store.write(() => {
      const row = findSnapshot(asked, readParam(request, 'id'));
      const policy = `volume_extension:snapshot_admin_actions:${name.slice('os-'.length)}`;
      authorize(asked, { policy, isForAdmin: true }, 'administer');
      if (name === 'os-force_delete') orderSnapshotDeletion(context, row, true);
      else resetSnapshot(asked, row, findObject(value));
    });
    return reply.code(202).send();
  });
}

/** The one member of the body, which names the action. Throws 400. */
async function readAction(asked: Asked): Promise<{ name: string; value: Json; body: Json }> {
  const body = await readBody(asked);
  const members = isObject(body) ? Object.entries(body) : [];
  const [only] = members;
  if (!only || members.length > 1) throw new ApiError('request/body', 'Malformed request body');
  return { name: only[0], value: only[1], body };
}

/** Actions of Cinder that are not served, by the microversion that they came with. */
const notServed: Readonly<Record<string, number>> = {
  'os-initialize_connection': 0,
  'os-terminate_connection': 0,
  'os-retype': 0,
  'os-force_detach': 0,
  'os-migrate_volume': 0,
  'os-migrate_volume_completion': 0,
  'os-unmanage': 0,
  'os-update_snapshot_status': 0,
  revert: 40,
  'os-reimage': 68,
};

function refuseAction({ minor }: Asked, name: string): ApiError {
  const since = Object.hasOwn(notServed, name) ? notServed[name] : undefined;
  if (since === undefined) return noSuchAction(name);
  return minor < since
    ? notFound('volume/not-found')
    : new ApiError('emulator/not-yet', `The action ${name} is not emulated.`);
}

export function noSuchAction(name: string): ApiError {
  return new ApiError(
    'volume/value',
    `There is no such action: ${name}. Verify the request body and Content-Type header and try again.`,
  );
}

function noImageMetadata({ id }: VolumeRow): ApiError {
  return new ApiError('volume/not-found', `Glance metadata for volume/snapshot ${id} cannot be found.`);
}

function isSchemaName(name: string): name is keyof typeof actionSchemas {
  return Object.hasOwn(actionSchemas, name);
}

function attach({ context }: Asked, row: VolumeRow, value: JsonObject): undefined {
  const { volumes } = context;
  const mode = asText(value['mode']) ?? 'rw';
  const server = asText(value['instance_uuid']) ?? null;
  if (row.readonly === 'True' && mode !== 'ro')
    throw new ApiError('volume/state', `Invalid attaching mode '${mode}' for volume ${row.id}.`);
  const held = volumes.attachmentsOf(row);
  if (row.status === 'in-use' && held.some((one) => one.server === server)) return undefined;
  if (row.status === 'in-use')
    throw new ApiError(
      'volume/state',
      'Error attaching volume - InvalidVolume: Invalid volume: volume is already attached and multiple attachments are not enabled',
    );
  const reserved = held.find((one) => one.server === server) ?? volumes.reserve(row, server, mode);
  volumes.attach(reserved, {
    mode,
    device: asText(value['mountpoint']) ?? null,
    host: asText(value['host_name']) ?? null,
  });
  const now = volumes.byKey(row.key);
  if (now && now.readonly === null) volumes.change(now, { readonly: 'False' });
  return undefined;
}

function detach({ context }: Asked, row: VolumeRow, value: JsonObject): undefined {
  const { volumes } = context;
  const held = volumes.attachmentsOf(row);
  const id = asText(value['attachment_id']);
  const [only] = held;
  if (id === undefined && held.length > 1)
    throw new ApiError(
      'volume/state',
      'Error detaching volume - InvalidVolume: Invalid volume: Detach volume failed: More than one attachment, but no attachment_id provided.',
    );
  const attachment = id === undefined ? only : held.find((one) => one.id === id);
  if (attachment) volumes.detach(attachment);
  else volumes.change(row, { status: 'available', attached_mode: null });
  return undefined;
}

function upload(asked: Asked, row: VolumeRow, value: JsonObject): JsonObject {
  const { context, isAdmin, minor } = asked;
  if (!context.profile.offers.create) throw refusePolicy(`${prefix}:upload_image`);
  const visibility =
    minor >= 1 ? (asText(value['visibility']) ?? 'private') : context.profile.images.defaultVisibility;
  if (visibility === 'public' && !isAdmin)
    authorize(asked, { policy: `${prefix}:upload_public`, isForAdmin: true }, 'administer');
  const image = orderUpload(context, row, {
    name: String(value['image_name']),
    diskFormat: asText(value['disk_format']) ?? 'raw',
    containerFormat: asText(value['container_format']) ?? 'bare',
    visibility,
    isProtected: isTrue(value['protected']),
  });
  return {
    'os-volume_upload_image': {
      id: row.id,
      updated_at: formatTime(row.updated),
      status: 'uploading',
      display_description: row.description,
      size: row.size,
      volume_type: { ...defaultType },
      image_id: image.id,
      container_format: image.container_format,
      disk_format: image.disk_format,
      image_name: image.name,
      protected: image.protected === 1,
      visibility: image.visibility,
    },
  };
}
