import { isObject, type JsonObject } from '../../../../rules/json.ts';
import { rebuildSchema } from '../../../../rules/nova/servers.ts';
import { readFlavorRef } from '../../../../rules/profile/flavors.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { toApiError } from '../../../kernel/apiError.ts';
import { findObject } from '../../../kernel/body.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import { readContent } from '../../volumes/orders.ts';
import { badRequest } from '../api/refuse.ts';
import { shortenIPv6 } from '../api/words.ts';
import { beginGuestDisk, encodeGuestDisk, readGuestDisk } from '../imaging/guestDisk.ts';
import { anyBody, resizeBody } from '../schemas/actions.ts';
import { makePassword } from '../servers/create.ts';
import { requireKeypair } from '../servers/hints.ts';
import { findBootImage, keepOfImage } from '../servers/image.ts';
import { beginMigration, takeMigration } from '../servers/migrations.ts';
import { refuseBuild, refuseExtras } from '../servers/refuseBuild.ts';
import { flavorOf, readObject, type ServerRow } from '../servers/rows.ts';
import { loadShown, viewChanged } from '../servers/view.ts';
import { type Action, begin, type Doing } from './action.ts';

/** Actions that give a server another flavor or another disk. */
export const changeActions: Readonly<Record<string, Action>> = {
  resize: {
    schema: () => resizeBody,
    vm: ['active', 'stopped'],
    run: (doing) => {
      const { context, asked, row, body } = doing;
      const wanted = findObject(body, 'resize');
      const reference = readFlavorRef(wanted['flavorRef']) ?? '';
      const diskConfig = wanted['OS-DCF:diskConfig'];
      const flavor = context.flavors.find(reference.slice(reference.lastIndexOf('/') + 1), asked);
      const old = flavorOf(row);
      if (!flavor) throw toApiError({ rule: 'compute/request', ...answers.flavorMissing(reference) });
      if (flavor.id === old.id) throw badRequest('When resizing, instances must change flavor!');
      if (flavor.disk === 0 && old.disk !== 0 && row.boot_volume === null)
        throw badRequest('Resize to zero disk flavor is not allowed.');
      const image = row.image === null ? undefined : findBootImage(context, asked, row.image);
      if (image)
        refuseBuild(
          context,
          asked,
          { name: row.name, flavorRef: flavor.id, imageRef: image.id },
          flavor,
          image,
        );
      context.quotas.require(
        { region: row.region, account: { id: row.account }, user: { id: row.user } },
        {
          instances: 0,
          cores: Math.max(0, flavor.vcpus - old.vcpus),
          ram: Math.max(0, flavor.ram - old.ram),
        },
        { min: 1, max: 1 },
      );
      beginMigration(context, asked, row, flavor.id);
      return begin(doing, 'resize', 'resize_prep', 'resize', {
        flavor: JSON.stringify(flavor),
        old_flavor: row.flavor,
        disk_config: typeof diskConfig === 'string' ? diskConfig : row.disk_config,
        disk_bytes: Math.max(row.disk_bytes, flavor.disk * 2 ** 30),
      });
    },
  },
  confirmResize: {
    schema: () => anyBody('confirmResize'),
    vm: ['resized'],
    run: (doing) => {
      takeMigration(doing.context, doing.row, 'confirming');
      begin(doing, 'confirmResize', null, 'confirmResize');
      return { status: 204 };
    },
  },
  revertResize: {
    schema: () => anyBody('revertResize'),
    vm: ['resized'],
    run: (doing) => {
      takeMigration(doing.context, doing.row, 'reverting');
      return begin(doing, 'revertResize', 'resize_reverting', 'revertResize');
    },
  },
  rebuild: {
    schema: rebuildSchema,
    vm: ['active', 'stopped', 'error'],
    run: rebuild,
  },
};

function rebuild(doing: Doing) {
  const { context, asked, row, body } = doing;
  const wanted = findObject(body, 'rebuild');
  const id = String(wanted['imageRef']).toLowerCase();
  const image = findBootImage(context, asked, id);
  // A server keeps what it was built from: its own image need not be there any more.
  const isOwn = id === row.image;
  if (!image && !isOwn) throw badRequest('Cannot find image for rebuild', 'server/image');
  const flavor = flavorOf(row);
  refuseExtras(wanted, 128);
  if (image)
    refuseBuild(context, asked, { name: row.name, flavorRef: flavor.id, imageRef: id }, flavor, image);
  requireKeypair(context, asked, wanted['key_name']);
  if (row.boot_volume !== null) rebuildVolume(doing, row.boot_volume, id, image);
  context.servers.forgetWrites(row);
  const kept: Partial<ServerRow> =
    image && !isOwn && row.boot_volume === null
      ? keepOfImage(context, asked, image, flavor)
      : renewGuestDisk(context, row);
  begin(doing, 'rebuild', 'rebuilding', 'rebuild', {
    ...kept,
    ...readRebuild(wanted, asked.version),
    progress: 0,
  });
  if (kept.disk_blob !== undefined && row.disk_blob !== null) context.blobs.release(row.disk_blob);
  const now = context.servers.find(row.region, row.id) ?? row;
  const [shown] = loadShown(context, [now]);
  const { adminPass = makePassword() } = wanted;
  return {
    status: 202,
    headers: { location: `${asked.root}/servers/${row.id}` },
    body: {
      server: {
        ...(shown ? withoutUserData(viewChanged(shown, asked)) : {}),
        ...(asked.version >= 54 ? { key_name: now.key_name } : {}),
        adminPass,
        ...(asked.version >= 57 ? { user_data: now.user_data } : {}),
      },
    },
  };
}

/** The volume that a server boots from keeps its data; from 2.93 on another image may give it others. Throws 400. */
function rebuildVolume(
  { asked, context }: Doing,
  volume: string,
  id: string,
  image: ImageRow | undefined,
): void {
  const { blobs, volumes } = context;
  const row = volumes.find(asked.region, volume);
  if (readObject(row?.image_metadata ?? '{}')['image_id'] === id) return;
  if (asked.version < 93 || !row || !image)
    throw badRequest(
      `Image ${id} is unacceptable: Unable to rebuild with a different image for a volume-backed server.`,
    );
  volumes.change(row, readContent(context, { kind: 'image', image }));
  if (row.blob !== null && row.blob !== image.blob) blobs.release(row.blob);
}

/** A rebuild shows the user data to everybody, and not once more to administrators. */
function withoutUserData({ 'OS-EXT-SRV-ATTR:user_data': _, ...server }: JsonObject): JsonObject {
  return server;
}

/** The disk of a server's own image, as it was when the server was built. */
function renewGuestDisk({ store, clock }: EmulatorContext, row: ServerRow): Partial<ServerRow> {
  const { roles, imported } = readGuestDisk(row, clock.now());
  const { size } = store.get<{ size: number }>('SELECT size FROM blobs WHERE hash = ?', row.disk_blob) ?? {
    size: 0,
  };
  return encodeGuestDisk(beginGuestDisk(size, clock.now(), { roles, imported }));
}

function readRebuild(wanted: JsonObject, version: number): Partial<ServerRow> {
  const has = (name: string) => Object.hasOwn(wanted, name);
  const text = (name: string) => {
    const value = wanted[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    ...(has('name') ? { name: String(wanted['name']).trim() } : {}),
    ...(has('description') ? { description: text('description') } : {}),
    ...(isObject(wanted['metadata']) ? { metadata: JSON.stringify(wanted['metadata']) } : {}),
    ...(has('OS-DCF:diskConfig') ? { disk_config: String(wanted['OS-DCF:diskConfig']) } : {}),
    ...(has('accessIPv4') ? { access4: text('accessIPv4') } : {}),
    ...(has('accessIPv6') ? { access6: shortenIPv6(text('accessIPv6')) } : {}),
    ...(has('key_name') ? { key_name: text('key_name') } : {}),
    ...(has('user_data') ? { user_data: text('user_data') } : {}),
    ...(has('hostname') && version >= 90 ? { hostname: String(wanted['hostname']) } : {}),
    ...(has('trusted_image_certificates')
      ? {
          trusted_certs:
            wanted['trusted_image_certificates'] === null
              ? null
              : JSON.stringify(wanted['trusted_image_certificates']),
        }
      : {}),
  };
}
