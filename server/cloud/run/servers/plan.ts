import type { Facts, MadeBefore } from '../../../rules/facts.ts';
import { asText, isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { readFlavorRef } from '../../../rules/profile/flavors.ts';
import { imagesOfDevices } from '../../../rules/service/bootDevices.ts';
import { serverOf } from '../../../rules/service/imageReferences.ts';
import { serverImage } from '../../../rules/service/serverImage.ts';
import { addAmounts, takeOfQuota } from '../../../rules/service/serverQuota.ts';
import type { ManifestPart } from '../../../workspace/parts.ts';
import type { Cloud } from '../../cloud.ts';
import type { Server } from '../../services/servers.ts';
import { unlessMissing } from '../../session/errors.ts';
import { type Judged, judge } from '../judged.ts';
import { findUsedImage, resolveMaker } from '../targets.ts';
import type { Effect, Impossible, MadeState, World } from '../world.ts';
import { findFlavor, gatherFlavorFacts, gatherServerFacts, listServersByName } from './facts.ts';

/** A server that is built, or an image that is taken of one. */
export type ServerStep =
  | ({
      readonly type: 'server';
      readonly part: ManifestPart;
      readonly body: Json;
      /** Makes the image that it is built of, where the body does not name it yet. */
      readonly by?: ManifestPart;
    } & Judged)
  | ({
      readonly type: 'server-image';
      readonly part: ManifestPart;
      /** Undefined: what `by` builds. */
      readonly server?: string;
      readonly by?: ManifestPart;
    } & Judged)
  | { readonly type: 'impossible'; readonly part: ManifestPart; readonly reason: string };

export interface PlannedServerStep {
  readonly step: ServerStep;
  readonly effects: readonly Effect[];
}

/** Plans the build of a server: of the image that it names, or that a document before makes. Throws CloudError. */
export async function planServer(part: ManifestPart, cloud: Cloud, world: World): Promise<PlannedServerStep> {
  const target = findUsedImage('server', part, world);
  if (target && 'impossible' in target) return refuseRun(part, target.impossible);
  const made = world.makerOfFile(part.path);
  const id = target && 'id' in target ? target.id : undefined;
  const data = id === undefined ? part.data : withImageRef(part.data, id);
  const image =
    target && 'later' in target
      ? world.planned(target.later)?.image
      : id === undefined
        ? undefined
        : (world.planned(id)?.image ?? (await unlessMissing(cloud.images.get(id))) ?? null);
  const reference = readFlavorRef(serverOf(data)['flavorRef']);
  const { flavors, quota } = reference === undefined ? {} : await gatherFlavorFacts(reference, cloud);
  const room = quota && { ...quota, used: addAmounts(quota.used, world.reserved) };
  const missingImages = await listMissing(imagesOfDevices(serverOf(data)), id, cloud);
  const judged = judge(part, data, {
    profile: part.profile,
    caller: world.caller,
    missingImages,
    ...(image === undefined ? {} : { image }),
    ...(flavors ? { flavors } : {}),
    ...(room ? { quota: room } : {}),
    ...(made ? { made: toMade(made) } : {}),
  });
  const { name } = serverOf(data);
  const notes = [...judged.notes, ...(await noteSameName(name, cloud))];
  const [flavor] = flavors ?? [];
  const takes = flavor && room && takeOfQuota(serverOf(data), flavor, room);
  const effect: Effect = {
    type: 'made',
    part,
    state: toState(judged),
    ...(typeof name === 'string' ? { name } : {}),
    ...(image ? { image } : {}),
    ...(takes && !('status' in takes) && judged.refusals.length === 0 ? { takes } : {}),
  };
  const by = target && 'later' in target ? { by: target.later } : {};
  return { step: { type: 'server', part, body: data, ...by, ...judged, notes }, effects: [effect] };
}

/** Which of the images of devices are not there, but for the one that is looked at anyway. */
async function listMissing(
  ids: readonly string[],
  booted: string | undefined,
  cloud: Cloud,
): Promise<string[]> {
  const missing: string[] = [];
  for (const id of ids) if (id !== booted && !(await unlessMissing(cloud.images.get(id)))) missing.push(id);
  return missing;
}

/** Plans an image of a server: of the one that it names, or that a document before builds. Throws CloudError. */
export async function planServerImage(
  part: ManifestPart,
  { cloud, control }: { readonly cloud: Cloud; readonly control?: object },
  world: World,
): Promise<PlannedServerStep> {
  const target = await findServer(part, cloud, world);
  if ('impossible' in target) return refuseRun(part, target.impossible);
  const server = 'server' in target ? target.server : undefined;
  const live = server === undefined ? {} : await gatherServerFacts(server, cloud);
  const facts: Facts = { profile: part.profile, caller: world.caller, ...live };
  const judged = judge(part, part.data, facts);
  const id = server?.id ?? ('server' in target ? serverSaid(part)['id'] : undefined);
  const base =
    'later' in target
      ? world.planned(target.later)?.image
      : server?.image === undefined
        ? undefined
        : (world.planned(server.image)?.image ?? (await unlessMissing(cloud.images.get(server.image))));
  const reference = 'later' in target ? readFlavorRef(serverOf(target.later.data)['flavorRef']) : undefined;
  const [flavor] = reference === undefined ? (live.flavors ?? []) : await findFlavor(reference, cloud);
  const name = nameOfImage(part);
  const effect: Effect = {
    type: 'made',
    part,
    state: toState(judged),
    ...(base ? { image: serverImage(part.data, { base, flavor }, part.profile, world.caller) } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
  return {
    step: {
      type: 'server-image',
      part,
      ...(typeof id === 'string' ? { server: id } : {}),
      ...('later' in target ? { by: target.later } : {}),
      ...judged,
      notes: [...judged.notes, ...noteGuest(part, control !== undefined)],
    },
    effects: [effect],
  };
}

export function toMade({ kind, data }: ManifestPart): MadeBefore {
  return { kind: kind === 'server-image' ? kind : 'import', data };
}

/** What an emulator is told of the guest before its server is imaged: what it is, then what it writes and deletes. */
export function guestChanges(part: ManifestPart): readonly JsonObject[] {
  const { guest, roles } = serverSaid(part);
  const played = Array.isArray(roles) ? roles.filter((role) => playedRoles.some((one) => one === role)) : [];
  return [
    ...(played.length > 0 ? [{ roles: played }] : []),
    ...(Array.isArray(guest) ? guest.filter(isObject) : []),
  ];
}

/** The roles that decide what becomes of servers of the image (DECISIONS 18). */
const playedRoles = ['domain_controller', 'virtual_appliance'] as const;

function noteGuest(part: ManifestPart, isEmulator: boolean): string[] {
  if (serverSaid(part)['guest'] === undefined) return [];
  return isEmulator
    ? ['What the guest writes stays on the disk of its server; an undo does not take it back.']
    : ["What 'guest' says is done in a local emulator only: the guest is left to itself."];
}

function refuseRun(part: ManifestPart, reason: string): PlannedServerStep {
  return {
    step: { type: 'impossible', part, reason },
    effects: [{ type: 'made', part, state: { failed: true } }],
  };
}

function toState({ refusals }: Judged): MadeState {
  return refusals.length > 0 ? { failed: true } : {};
}

function nameOfImage({ data }: ManifestPart): Json | undefined {
  return isObject(data) && isObject(data['createImage']) ? data['createImage']['name'] : undefined;
}

async function noteSameName(name: Json | undefined, cloud: Cloud): Promise<string[]> {
  if (typeof name !== 'string' || name.trim() === '') return [];
  const found = await listServersByName(name, cloud);
  return found.length === 0
    ? []
    : [
        `You have a server '${name}' already (${found.map(({ id }) => id).join(', ')}). This builds another one.`,
      ];
}

function serverSaid({ data }: ManifestPart): JsonObject {
  return serverOf(data);
}

type ServerTarget = { readonly server: Server | null } | { readonly later: ManifestPart } | Impossible;

async function findServer(part: ManifestPart, cloud: Cloud, world: World): Promise<ServerTarget> {
  const { servers, region } = cloud;
  const { id, name } = serverSaid(part);
  if (id !== undefined) return { server: (await unlessMissing(servers.get(asText(id)))) ?? null };
  const inFile = world.serverOfFile(part.path);
  const isInFile = inFile && (name === undefined || name === serverOf(inFile.data)['name']);
  const before = isInFile ? inFile : typeof name === 'string' ? world.serverByName(name) : undefined;
  if (before) {
    const target = resolveMaker(before, world);
    if ('id' in target) return { server: (await unlessMissing(servers.get(target.id))) ?? null };
    return 'later' in target || 'impossible' in target ? target : { server: null };
  }
  if (typeof name !== 'string' || name === '')
    return {
      impossible:
        "The manifest names no server. Write the server's 'id' or 'name' under 'server', or put the document behind the one that builds it.",
    };
  const found = await listServersByName(name, cloud);
  const [only, another] = found;
  if (another)
    return {
      impossible: `You have ${found.length} servers named '${name}': ${found.map((server) => server.id).join(', ')}. Write the 'id' of one under 'server'.`,
    };
  return only ? { server: only } : { impossible: `You have no server named '${name}' in ${region}.` };
}

function withImageRef(data: Json, image: string): Json {
  const server = serverOf(data);
  return isObject(data) && !server['imageRef'] && !Array.isArray(server['block_device_mapping_v2'])
    ? { ...data, server: { ...server, imageRef: image } }
    : data;
}
