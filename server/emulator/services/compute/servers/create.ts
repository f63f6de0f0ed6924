import { randomInt, randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { createSchema } from '../../../../rules/nova/servers.ts';
import { readFlavorRef } from '../../../../rules/profile/flavors.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { hasDevices } from '../../../../rules/service/bootDevices.ts';
import { imageIdOf } from '../../../../rules/service/imageReferences.ts';
import { toApiError } from '../../../kernel/apiError.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ImageRow } from '../../images/view.ts';
import type { Answer, ComputeRequest } from '../api/compute.ts';
import { requireWriter } from '../api/permissions.ts';
import { badRequest, forbidden, refusePolicy } from '../api/refuse.ts';
import { isTrue, shortenIPv6 } from '../api/words.ts';
import { findGuest } from '../life/guests.ts';
import { addLife } from '../life/job.ts';
import {
  type AwaitedVolume,
  keepOfVolume,
  orderDevices,
  readDevices,
  refuseTwoForms,
  type VolumeDevice,
} from './devices.ts';
import { readGroup, requireKeypair } from './hints.ts';
import { findZone } from './hosts.ts';
import { findBootImage, keepOfImage } from './image.ts';
import { allocateAddress, readNetworks, readSecurityGroups } from './networks.ts';
import type { NewServer } from './records.ts';
import { refuseBuild } from './refuseBuild.ts';
import { power, type ServerFlavor, type ServerRow } from './rows.ts';
import { linksOf } from './view.ts';

/** `POST /servers` (SOURCES: nova §4). */
export async function createServer(context: EmulatorContext, asked: ComputeRequest): Promise<Answer> {
  const { profile, store, servers } = context;
  const body = await asked.read(profile.compute.hasMicroversions ? createSchema(asked.version) : oldBody);
  const server = isObject(body['server']) ? body['server'] : {};
  requireWriter(context, asked, 'servers:create');
  const counts = readCounts(server);
  const password = typeof server['adminPass'] === 'string' ? server['adminPass'] : makePassword();
  return store.write(() => {
    const draft = draftServer(context, asked, body, server);
    const count = context.quotas.require(
      asked,
      {
        instances: counts.max,
        cores: draft.flavor.vcpus * counts.max,
        ram: draft.flavor.ram * counts.max,
      },
      counts,
    );
    const built = Array.from({ length: count }, (_, index) =>
      enter(context, asked, server, draft, { index, count }),
    );
    for (const { row, volumes } of built) {
      if (Array.isArray(server['tags'])) servers.setTags(row, server['tags'].map(String));
      servers.act(row, {
        action: 'create',
        request: asked.request.id,
        user: asked.user.id,
        account: asked.account.id,
      });
      addLife(context, row, 'create', volumes);
    }
    return answerCreated(
      asked,
      built.map(({ row }) => row),
      server,
      password,
    );
  });
}

/** Rackspace's API has no schema: its rules say what is wrong. */
const oldBody = { type: 'object', properties: { server: { type: 'object' } }, required: ['server'] } as const;

function readCounts(server: JsonObject): { min: number; max: number } {
  const min = Number(server['min_count'] ?? 1);
  const max = Number(server['max_count'] ?? min);
  if (min > max) throw badRequest('min_count must be <= max_count');
  return { min, max };
}

interface Draft {
  readonly flavor: ServerFlavor;
  readonly devices: readonly VolumeDevice[];
  readonly server: Omit<
    NewServer,
    'id' | 'name' | 'hostname' | 'launch_index' | 'network' | 'address' | 'mac' | 'boot_volume'
  > & {
    readonly attachment: ReturnType<typeof readNetworks>;
  };
}

/** Everything that several servers of one request have in common. Throws what refuses the request, in Nova's order. */
function draftServer(
  context: EmulatorContext,
  asked: ComputeRequest,
  body: JsonObject,
  server: JsonObject,
): Draft {
  const { flavors } = context;
  const zone = readZone(context, asked, server['availability_zone']);
  const attachment = readNetworks(context, server['networks'], asked);
  const reference = readFlavorRef(server['flavorRef']);
  const flavor = reference === undefined ? undefined : flavors.find(reference, asked);
  refuseTwoForms(server);
  const imageId = imageIdOf('server', { server })?.toLowerCase();
  const image = imageId === undefined ? undefined : (findBootImage(context, asked, imageId) ?? null);
  if (!flavor) refuseBuild(context, asked, server, undefined, image);
  const groups = readSecurityGroups(context, asked, server['security_groups']);
  requireKeypair(context, asked, server['key_name']);
  if (!flavor) throw badRequest('Flavor could not be found.');
  refuseBuild(context, asked, server, flavor, image);
  const devices = readDevices(context, asked, server);
  if (Number(server['max_count'] ?? server['min_count'] ?? 1) > 1 && devices.some(({ volume }) => volume))
    throw badRequest('Cannot attach one or more volumes to multiple instances');
  const root = devices.find(({ isRoot }) => isRoot);
  const disk = root ? keepOfVolume(context, root) : image && keepOfImage(context, asked, image, flavor);
  if (!disk) throw toApiError({ rule: 'server/image-ref', ...answers.imageRefMissing() });
  return {
    flavor,
    devices,
    server: {
      ...blank,
      ...disk,
      ...(hasDevices(server) ? { image: server['imageRef'] ? (image?.id ?? null) : null } : {}),
      ...readSettings(server, asked.version),
      attachment,
      region: asked.region,
      account: asked.account.id,
      user: asked.user.id,
      flavor: JSON.stringify(flavor),
      disk_config: readDiskConfig(server, image, context),
      zone: zone ?? null,
      security_groups: JSON.stringify(groups),
      reservation: makeReservation(),
      server_group: readGroup(context, asked, body) ?? null,
    },
  };
}

/** A server that nobody has built yet. */
const blank = {
  vm_state: 'building',
  task_state: 'scheduling',
  power_state: power.none,
  old_flavor: null,
  host: null,
  locked: null,
  locked_reason: null,
  fault: null,
  root_device: '/dev/vda',
  progress: 0,
} as const;

/** What the request says of the server and is not checked against anything. */
function readSettings(server: JsonObject, version: number) {
  const certificates = server['trusted_image_certificates'];
  return {
    description: readDescription(server, version),
    metadata: JSON.stringify(server['metadata'] ?? {}),
    key_name: textOrNull(server['key_name']),
    config_drive: isTrue(server['config_drive']) ? 1 : 0,
    access4: textOrNull(server['accessIPv4']),
    access6: shortenIPv6(textOrNull(server['accessIPv6'])),
    user_data: textOrNull(server['user_data']),
    trusted_certs: certificates ? JSON.stringify(certificates) : null,
  };
}

/** `r-` and eight letters and digits. */
function makeReservation(): string {
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz';
  return `r-${Array.from({ length: 8 }, () => digits.charAt(randomInt(digits.length))).join('')}`;
}

function readDescription(server: JsonObject, version: number): string | null {
  return version >= 19 ? textOrNull(server['description']) : String(server['name']).trim();
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function readDiskConfig(
  server: JsonObject,
  image: ImageRow | null | undefined,
  { images }: EmulatorContext,
): string {
  const asked = server['OS-DCF:diskConfig'];
  if (typeof asked === 'string') return asked;
  return image && /^true$/i.test(String(images.view(image).get('auto_disk_config') ?? ''))
    ? 'AUTO'
    : 'MANUAL';
}

/** The zone that is asked for. Throws 400 where there is none of this name, and 403 for a host. */
function readZone(
  { store }: EmulatorContext,
  asked: ComputeRequest,
  wanted: Json | undefined,
): string | undefined {
  if (typeof wanted !== 'string' || wanted === '') return undefined;
  const [zone = '', host, ...more] = wanted.split(':');
  if (more.length > 1) throw badRequest('Unable to parse availability_zone');
  if (host !== undefined && !asked.isAdmin) throw refusePolicy('servers:create:forced_host');
  if (host === undefined && zone !== findZone(store, asked.region))
    throw badRequest('The requested availability zone is not available');
  return zone;
}

function enter(
  context: EmulatorContext,
  asked: ComputeRequest,
  server: JsonObject,
  { server: { attachment, ...draft }, devices }: Draft,
  { index, count }: { index: number; count: number },
): { row: ServerRow; volumes: AwaitedVolume[] } {
  const wanted = String(server['name']).trim();
  const suffix = count > 1 ? `-${index + 1}` : '';
  const id = randomUUID();
  const guest = draft.image === null ? undefined : findGuest(context, asked.region, draft.image);
  const kept = guest?.roles.includes('virtual_appliance') ? guest : undefined;
  const hostname =
    typeof server['hostname'] === 'string' && asked.version >= 90
      ? server['hostname']
      : makeHostname(wanted, id, suffix);
  const place = allocateAddress(context, context.servers.next(), attachment);
  const volumes = orderDevices(context, asked, devices);
  const [first] = volumes;
  const row = context.servers.create({
    ...draft,
    boot_volume: devices.some(({ isRoot }) => isRoot) ? (first?.id ?? null) : null,
    ...place,
    // An appliance keeps what it was called and had (DECISIONS 18).
    address: kept ? (kept.address ?? place.address) : place.address,
    hostname: kept?.hostname ?? hostname,
    id,
    name: `${wanted}${suffix}`,
    launch_index: index,
  });
  return { row, volumes };
}

/** A host name of a server's name, as Nova makes it. */
function makeHostname(name: string, id: string, suffix = ''): string {
  const plain = name
    .replaceAll(/[ _]/g, '-')
    .replaceAll(/[^\w.-]+/g, '')
    .toLowerCase()
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .replaceAll('.', '-')
    .slice(0, 63);
  return plain === '' ? `Server-${id}` : `${plain}${suffix}`;
}

function answerCreated(
  asked: ComputeRequest,
  rows: readonly ServerRow[],
  server: JsonObject,
  password: string,
): Answer {
  const [row] = rows;
  if (!row) throw forbidden('No server was asked for.');
  if (isTrue(server['return_reservation_id']))
    return { status: 202, body: { reservation_id: row.reservation } };
  return {
    status: 202,
    headers: { location: `${asked.root}/servers/${row.id}` },
    body: {
      server: {
        id: row.id,
        links: linksOf(row.id, 'servers', asked),
        'OS-DCF:diskConfig': row.disk_config,
        security_groups: server['security_groups'] ?? [{ name: 'default' }],
        adminPass: password,
      },
    },
  };
}

const letters = ['23456789', 'ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz'] as const;

/** Twelve characters that are not taken for each other. */
export function makePassword(): string {
  const choose = (among: string) => among.charAt(randomInt(among.length));
  return [...letters, ...Array.from({ length: 9 }, () => letters.join(''))]
    .map((among) => ({ character: choose(among), order: randomInt(2 ** 32) }))
    .sort((one, other) => one.order - other.order)
    .map(({ character }) => character)
    .join('');
}
