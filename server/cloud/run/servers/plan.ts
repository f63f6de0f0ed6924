import type { Facts, MadeBefore } from '../../../rules/facts.ts';
import { asText, isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { readFlavorRef } from '../../../rules/profile/flavors.ts';
import type { Flavor } from '../../../rules/profile/profile.ts';
import { serverOf } from '../../../rules/service/imageReferences.ts';
import { countBuildable } from '../../../rules/service/serverQuota.ts';
import type { ManifestPart } from '../../../workspace/parts.ts';
import type { Cloud } from '../../cloud.ts';
import type { Server } from '../../services/servers.ts';
import { unlessMissing } from '../../session/errors.ts';
import type { PlanRefusal } from '../calls.ts';
import { type Judged, judge } from '../judged.ts';
import { expectImage, findUsedImage, resolveMaker } from '../targets.ts';
import type { Effect, Impossible, World } from '../world.ts';
import { findFlavor, gatherServerFacts, listServersByName } from './facts.ts';

/** A server that is built, or an image that is taken of one. */
export type ServerStep =
  | ({ readonly type: 'server'; readonly part: ManifestPart; readonly body: Json } & Judged)
  | ({
      readonly type: 'server-image';
      readonly part: ManifestPart;
      /** Undefined: what another document of its file builds. */
      readonly server?: string;
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
      ? expectImage(target.later, world).image
      : id === undefined
        ? undefined
        : (world.planned(id)?.image ?? (await unlessMissing(cloud.images.get(id))) ?? null);
  const reference = readFlavorRef(serverOf(data)['flavorRef']);
  const flavors = reference === undefined ? undefined : await findFlavor(reference, cloud);
  const judged = judge(part, data, {
    profile: part.profile,
    caller: world.caller,
    ...(image === undefined ? {} : { image }),
    ...(flavors ? { flavors } : {}),
    ...(made ? { made: toMade(made) } : {}),
  });
  const notes = [...judged.notes, ...(await noteSameName(serverOf(data)['name'], cloud))];
  const refusals =
    judged.refusals.length > 0 ? judged.refusals : await refuseOverQuota(serverOf(data), flavors?.[0], cloud);
  const whole = { refusals, notes };
  return { step: { type: 'server', part, body: data, ...whole }, effects: [toEffect(part, whole)] };
}

/** What the cloud answers where the account may not have so much; it looks at that last. */
async function refuseOverQuota(
  server: JsonObject,
  flavor: Flavor | undefined,
  { servers }: Cloud,
): Promise<PlanRefusal[]> {
  if (!flavor) return [];
  const min = Number(server['min_count'] ?? 1);
  const max = Number(server['max_count'] ?? min);
  const { limits, used } = await servers.limits();
  const wanted = { instances: max, cores: flavor.vcpus * max, ram: flavor.ram * max };
  const found = countBuildable(limits, used, wanted, { min, max });
  return typeof found === 'number' ? [] : [{ ...found, rule: 'compute/quota', pointer: '/server' }];
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
  const facts: Facts = {
    profile: part.profile,
    caller: world.caller,
    ...(server === undefined ? {} : await gatherServerFacts(server, cloud)),
  };
  const judged = judge(part, part.data, facts);
  const id = server?.id ?? ('server' in target ? serverSaid(part)['id'] : undefined);
  return {
    step: {
      type: 'server-image',
      part,
      ...(typeof id === 'string' ? { server: id } : {}),
      ...judged,
      notes: [...judged.notes, ...noteGuest(part, control !== undefined)],
    },
    effects: [toEffect(part, judged)],
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

function toEffect(part: ManifestPart, { refusals }: Judged): Effect {
  const name = isObject(part.data) && isObject(part.data['createImage']) && part.data['createImage']['name'];
  const state = refusals.length > 0 ? { failed: true as const } : {};
  return { type: 'made', part, state, ...(typeof name === 'string' ? { name } : {}) };
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
  const before = world.serverOfFile(part.path);
  if (before && (name === undefined || name === serverOf(before.data)['name'])) {
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
