import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import type { Flavor } from '../../rules/profile/profile.ts';
import type { ServerAmounts, ServerQuota } from '../../rules/service/serverQuota.ts';
import { addressPart } from '../session/address.ts';
import { misbehavior } from '../session/bodies.ts';
import { unlessMissing } from '../session/errors.ts';
import { readPages } from '../session/pages.ts';
import type { Session } from '../session/session.ts';
import { asObject } from './images.ts';

/** A server as Nova 2.1 and Cloud Servers show it (SOURCES: nova §3). */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `BUILD`, `ERROR`, … */
  readonly status: string;
  readonly vmState: string;
  /** Null: nothing is done to it. */
  readonly taskState: string | null;
  /** Absent where it boots from a volume. */
  readonly image?: string;
  readonly flavor: string;
  readonly volumes: readonly string[];
  /** What went wrong, in the cloud's words. */
  readonly fault?: string;
  readonly progress?: number;
  /** ISO 8601. */
  readonly created: string;
}

export interface NamedFlavor extends Flavor {
  readonly name: string;
}

/** Images that Cloud Servers makes by itself, of which it keeps the latest. */
export interface ImageSchedule {
  /** How many. */
  readonly retention: number;
  /** Of a weekly one: `SUNDAY`. */
  readonly day?: string;
}

/** Nova's servers, by its API without microversions, which Cloud Servers has too. Everything throws CloudError. */
export interface Servers {
  /** In every detail, page after page; `query` filters. */
  list(query?: Readonly<Record<string, string>>, signal?: AbortSignal): AsyncGenerator<Server[], void>;
  get(id: string, signal?: AbortSignal): Promise<Server>;
  /** `body`: `{ server: { name, imageRef, flavorRef, … } }`. Answers the id. */
  create(body: Json): Promise<string>;
  /** `action`: `{ name, metadata }`. Answers the id of the image. */
  createImage(server: string, action: Json): Promise<string>;
  /** Any other action, such as `{ reboot: { type: 'SOFT' } }`. */
  act(server: string, action: JsonObject): Promise<void>;
  delete(id: string): Promise<void>;
  /** When Cloud Servers makes images of it by itself; undefined where it does not (SOURCES: rackspace §7). */
  schedule(server: string): Promise<ImageSchedule | undefined>;
  /** Without a schedule, ends it; the images that it made stay. */
  setSchedule(server: string, schedule: ImageSchedule | undefined): Promise<void>;
  flavor(id: string, signal?: AbortSignal): Promise<NamedFlavor>;
  /** What of servers the account may have, and has. */
  limits(): Promise<ServerQuota>;
  /** Those that the account may use; of an administrator, private ones too. */
  flavors(signal?: AbortSignal): Promise<NamedFlavor[]>;
  /** What the newest of its actions of this name says of itself; undefined where it says nothing. */
  lastMessage(server: string, action: string): Promise<string | undefined>;
}

/** `base` finds the endpoint: a cloud may have no servers. */
export function openServers(session: Session, base: () => string): Servers {
  const address = (id: string): string => `${base()}/servers/${addressPart(id)}`;
  const done = async (url: string, request: { method: string; json?: Json }): Promise<void> => {
    await (await session.send(url, request)).body?.cancel();
  };
  return {
    list: async function* (query = {}, signal) {
      for await (const page of readPages(session, `${base()}/servers/detail`, 'servers', query, signal))
        yield page.map(readServer);
    },
    get: async (id, signal) => readServer(member(await session.json(address(id), { signal }), 'server')),
    create: async (body) => {
      const url = `${base()}/servers`;
      const answer = member(await session.json(url, { method: 'POST', json: body }), 'server');
      return requireId(answer['id'], { method: 'POST', url });
    },
    createImage: async (server, action) => {
      const url = `${address(server)}/action`;
      const json: JsonObject = { createImage: action };
      const answer = await session.send(url, { method: 'POST', json });
      const location = answer.headers.get('location') ?? '';
      await answer.body?.cancel();
      return requireId(location.slice(location.lastIndexOf('/') + 1), { method: 'POST', url });
    },
    act: (server, action) => done(`${address(server)}/action`, { method: 'POST', json: action }),
    delete: (id) => done(address(id), { method: 'DELETE' }),
    schedule: async (server) => {
      const url = `${address(server)}/rax-si-image-schedule`;
      const answer = await unlessMissing(session.json(url));
      if (answer === undefined) return undefined;
      const { retention, day_of_week: day } = member(answer, 'image_schedule');
      return { retention: Number(retention), ...(typeof day === 'string' ? { day } : {}) };
    },
    setSchedule: async (server, schedule) => {
      const url = `${address(server)}/rax-si-image-schedule`;
      if (!schedule) return done(url, { method: 'DELETE' });
      const { retention, day } = schedule;
      const wanted = { retention, ...(day === undefined ? {} : { day_of_week: day }) };
      await done(url, { method: 'POST', json: { image_schedule: wanted } });
    },
    limits: async () => {
      const { absolute } = member(await session.json(`${base()}/limits`), 'limits');
      const found = asObject(absolute ?? null);
      const read = (instances: string, cores: string, ram: string): ServerAmounts => ({
        instances: Number(found[instances] ?? -1),
        cores: Number(found[cores] ?? -1),
        ram: Number(found[ram] ?? -1),
      });
      return {
        limits: read('maxTotalInstances', 'maxTotalCores', 'maxTotalRAMSize'),
        used: read('totalInstancesUsed', 'totalCoresUsed', 'totalRAMUsed'),
      };
    },
    flavor: async (id, signal) =>
      readFlavor(
        member(
          await session.json(`${base()}/flavors/${addressPart(id)}`, { signal, headers: withExtraSpecs }),
          'flavor',
        ),
      ),
    flavors: async (signal) => {
      const found: NamedFlavor[] = [];
      for await (const page of readPages(
        session,
        `${base()}/flavors/detail`,
        'flavors',
        { is_public: 'None' },
        signal,
      ))
        for (const flavor of page) found.push(readFlavor(flavor));
      return found;
    },
    lastMessage: async (server, action) => {
      const { instanceActions: listed } = asObject(
        await session.json(`${address(server)}/os-instance-actions`),
      );
      const found = (Array.isArray(listed) ? listed.filter(isObject) : []).find(
        (one) => one['action'] === action,
      );
      return textOf(found?.['message']);
    },
  };
}

/** What the rules know of a server, in the shape of `server` in schemas/server-image.json. */
export function describeServer(server: Server, imagesTaken?: number): JsonObject {
  return {
    id: server.id,
    flavor: server.flavor,
    boot_volume: server.image === undefined,
    vm_state: server.vmState,
    task_state: server.taskState,
    volumes: [...server.volumes],
    ...(server.image === undefined ? {} : { image: server.image }),
    ...(imagesTaken === undefined ? {} : { disk: { images_taken: imagesTaken } }),
  };
}

function member(body: Json, name: string): JsonObject {
  return asObject(asObject(body)[name] ?? null);
}

function requireId(id: Json | undefined, request: { method: string; url: string }): string {
  if (typeof id === 'string' && id !== '') return id;
  throw misbehavior(request, 'it does not tell the id of what it makes');
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readServer(body: JsonObject): Server {
  const text = (name: string): string => textOf(body[name]) ?? '';
  const image = textOf(asObject(body['image'] ?? null)['id']);
  const fault = textOf(asObject(body['fault'] ?? null)['message']);
  const volumes = body['os-extended-volumes:volumes_attached'];
  const { progress } = body;
  return {
    id: text('id'),
    name: text('name'),
    status: text('status'),
    vmState: text('OS-EXT-STS:vm_state'),
    taskState: textOf(body['OS-EXT-STS:task_state']) ?? null,
    flavor: textOf(asObject(body['flavor'] ?? null)['id']) ?? '',
    volumes: (Array.isArray(volumes) ? volumes.filter(isObject) : []).map(({ id }) => String(id)),
    created: text('created'),
    ...(image === undefined ? {} : { image }),
    ...(fault === undefined ? {} : { fault }),
    ...(typeof progress === 'number' ? { progress } : {}),
  };
}

/** Nova tells extra specs since 2.61, to those who may see them; Cloud Servers does not look at microversions. */
const withExtraSpecs = { 'OpenStack-API-Version': 'compute latest' };

/** Cloud Servers tells the class among extra specs, Nova those of its own. */
function readFlavor(body: JsonObject): NamedFlavor {
  const number = (name: string): number => Number(body[name] ?? 0) || 0;
  const specs = asObject(body['OS-FLV-WITH-EXT-SPECS:extra_specs'] ?? body['extra_specs'] ?? null);
  const texts = Object.entries(specs).filter((spec): spec is [string, string] => typeof spec[1] === 'string');
  return {
    id: String(body['id']),
    name: textOf(body['name']) ?? String(body['id']),
    class: textOf(specs['class']) ?? '',
    ram: number('ram'),
    disk: number('disk'),
    ephemeral: number('OS-FLV-EXT-DATA:ephemeral'),
    vcpus: number('vcpus'),
    extra_specs: Object.fromEntries(texts),
  };
}
