import { isObject } from '../../../../rules/json.ts';
import { createImageSchema } from '../../../../rules/nova/servers.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { serverImageRefusals } from '../../../../rules/service/createImage.ts';
import { toApiError } from '../../../kernel/apiError.ts';
import { findObject } from '../../../kernel/body.ts';
import { badRequest } from '../api/refuse.ts';
import { takeImage } from '../imaging/begin.ts';
import { anyBody, createBackupBody } from '../schemas/actions.ts';
import { flavorOf } from '../servers/rows.ts';
import type { Action, Doing } from './action.ts';

const imageable = ['active', 'stopped', 'paused', 'suspended'] as const;

/** Actions that take an image of a server. */
export const imageActions = (hasSchemas: boolean): Readonly<Record<string, Action>> => ({
  createImage: {
    schema: (_version, isLegacy) => (hasSchemas ? createImageSchema(isLegacy) : anyBody('createImage')),
    vm: imageable,
    ignoresLock: true,
    existence: 'server-image/server',
    check: refuseByRules,
    run: (doing) => {
      const { name, metadata } = findObject(doing.body, 'createImage');
      const id = takeImage(doing.context, doing.asked, doing.row, {
        name: String(name).trim(),
        metadata: isObject(metadata) ? metadata : {},
        type: 'snapshot',
      });
      const { asked, context } = doing;
      if (asked.version >= 45) return { status: 202, body: { image_id: id } };
      const images = `http://${asked.request.headers.host ?? ''}/${asked.region}/image`;
      return {
        status: 202,
        headers: {
          location: context.profile.compute.hasMicroversions
            ? `${images}/images/${id}`
            : `${asked.root}/images/${id}`,
        },
      };
    },
  },
  createBackup: {
    schema: (_version, isLegacy) => createBackupBody(isLegacy),
    vm: imageable,
    ignoresLock: true,
    check: (doing) => checkCount(doing, 'createBackup'),
    run: (doing) => {
      const { name, metadata, backup_type: kind, rotation } = findObject(doing.body, 'createBackup');
      const { asked, row } = doing;
      if (row.boot_volume !== null) throw badRequest('Backup is not supported for volume-backed instances.');
      const wanted = { name: String(name).trim(), metadata: isObject(metadata) ? metadata : {} };
      removeOldBackups(doing, String(kind), Number(rotation));
      if (Number(rotation) === 0) return { status: 202 };
      const id = takeImage(doing.context, doing.asked, doing.row, {
        ...wanted,
        type: 'backup',
        more: { backup_type: String(kind) },
      });
      if (asked.version >= 45) return { status: 202, body: { image_id: id } };
      return { status: 202, headers: { location: `${asked.root}/images/${id}` } };
    },
  },
});

function checkCount({ body, asked }: Doing, action: string): void {
  const { metadata } = findObject(body, action);
  if (asked.version < 39 && isObject(metadata) && Object.keys(metadata).length > 128)
    throw toApiError({ rule: 'compute/quota', ...answers.imageMetadataLimit(403) });
}

/** Metadata are not counted from 2.39 on. */
function refuseByRules({ context, asked, row, body }: Doing): void {
  const refused = serverImageRefusals(body['createImage'] ?? null, {
    profile: context.profile,
    caller: asked.caller,
    server: {
      id: row.id,
      vm_state: row.vm_state,
      flavor: flavorOf(row).id,
      boot_volume: row.boot_volume !== null,
      task_state: row.task_state ?? '',
    },
  }).find(({ rule }) => asked.version < 39 || rule !== 'server-image/metadata-count');
  if (refused) throw toApiError(refused);
}

/** Keeps the newest of the project's backups of a kind, the one about to be made among them, and those that are protected. */
function removeOldBackups({ asked, context, row }: Doing, kind: string, rotation: number): void {
  const old = context.store.all<{ id: string }>(
    `SELECT images.id FROM images
       JOIN image_properties AS type ON type.image = images.key AND type.name = 'backup_type' AND type.value = ?
       JOIN image_properties AS server ON server.image = images.key AND server.name = 'instance_uuid' AND server.value = ?
     WHERE images.region = ? AND images.owner = ? ORDER BY images.created DESC, images.key DESC LIMIT -1 OFFSET ?`,
    kind,
    row.id,
    row.region,
    asked.account.id,
    Math.max(0, rotation - 1),
  );
  for (const { id } of old) {
    const image = context.images.find(row.region, id);
    if (image?.protected === 0) context.images.remove(image);
  }
}
