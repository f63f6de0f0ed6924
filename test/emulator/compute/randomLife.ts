import assert from 'node:assert/strict';
import { openContent } from '../../../server/disks/content.ts';
import { openVhd } from '../../../server/disks/format/vhd.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { randomOf } from '../../fuzz/random.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
} from '../harness.ts';
import { control, lastEvent, settled } from './living.ts';
import { type Accounts, accounts, type Cloud, clouds, type Who } from './randomLifeClouds.ts';

/** A server as the model has it: whose it is, and what its guest has written where. */
interface ModelServer {
  readonly of: Who;
  status: 'ACTIVE' | 'SHUTOFF' | 'PAUSED';
  readonly bytes: Map<number, string>;
}

interface ModelImage {
  /** Undefined: everybody's. */
  readonly of: Who | undefined;
  /** What a server built from it reads. */
  readonly bytes: ReadonlyMap<number, string>;
  /** With the other account. */
  shared: boolean;
}

/** Random lives of servers against a model of a page; `steps` of them. Throws where they differ. */
export async function runRandomLives(
  profile: keyof typeof clouds,
  seed: number,
  steps: number,
): Promise<void> {
  const world = await openWorld(clouds[profile], seed);
  try {
    for (let step = 0; step < steps; step++) {
      const did = await world.step(step);
      await world.compare(`step ${step}: ${did}`);
    }
  } finally {
    await world.close();
  }
}

const offsets = [0, 4096, 1_000_000, 5_000_000];

async function openWorld(cloud: Cloud, seed: number) {
  // Long, since its parts share state that nothing else may reach.
  const data = temporaryFolder();
  let emulator = await start(data, ...cloud.args);
  let callers = await logInAll(emulator);
  const servers = new Map<string, ModelServer>();
  const known = new Map<string, ModelImage>();
  const base = await cloud.findBase(callers.owner);
  known.set(base, { of: undefined, bytes: new Map(), shared: false });

  const path = (who: Who) => cloud.compute(accounts[who]);
  const sees = (who: Who, { of, shared }: ModelImage) => of === undefined || of === who || shared;
  const mine = (who: Who, id: string) => {
    const server = servers.get(id);
    return server?.of === who ? server : undefined;
  };
  const wait = async (id: string, ask: () => Promise<{ status: number; text: string }>, wanted: number) => {
    const seq = await lastEvent(emulator);
    const { status, text } = await ask();
    assert.equal(status, wanted, text);
    await settled(emulator, id, seq);
  };
  const act = (who: Who, id: string, action: JsonObject) =>
    wait(id, () => callers[who].ask('POST', `${path(who)}/servers/${id}/action`, action), 202);
  const change = async (
    { who, server }: Pick,
    from: ModelServer['status'],
    action: JsonObject,
    to: ModelServer['status'],
  ) => {
    const of = mine(who, server);
    if (of?.status !== from) return undefined;
    await act(who, server, action);
    of.status = to;
    return server;
  };

  const verbs: Readonly<Record<string, (pick: Pick) => Promise<string | undefined>>> = {
    build: async ({ who, image }) => {
      const from = known.get(image);
      if (servers.size >= 8 || !from) return undefined;
      const seq = await lastEvent(emulator);
      const body = { server: { name: 'web', flavorRef: cloud.flavor, imageRef: image } };
      const made = await callers[who].ask('POST', `${path(who)}/servers`, body);
      if (!sees(who, from)) {
        assert.equal(made.status, 400, made.text);
        return `${who} may not, from ${image}`;
      }
      assert.equal(made.status, 202, made.text);
      const id = String((made.json['server'] as JsonObject)['id']);
      await settled(emulator, id, seq);
      servers.set(id, { of: who, status: 'ACTIVE', bytes: new Map(from.bytes) });
      return `${id} of ${who}`;
    },
    write: async ({ who, server, offset, word }) => {
      const of = mine(who, server);
      if (!of) return undefined;
      const base64 = Buffer.from(word).toString('base64');
      await control(emulator, 'POST', `/servers/${cloud.region}/${server}/disk`, {
        write: { offset, base64 },
      });
      of.bytes.set(offset, word);
      return `${server} ${offset}`;
    },
    image: async ({ who, server, word }) => {
      const of = mine(who, server);
      if (!of || known.size >= 12) return undefined;
      await act(who, server, { createImage: { name: word } });
      const { json } = await callers[who].ask('GET', `${cloud.images}?name=${word}`);
      const [taken] = json['images'] as JsonObject[];
      assert.equal(taken?.['owner'], accounts[who]);
      known.set(String(taken?.['id']), { of: who, bytes: new Map(of.bytes), shared: false });
      return `${String(taken?.['id'])} of ${server}`;
    },
    share: async ({ who, image }) => {
      const of = known.get(image);
      if (of?.of !== who || of.shared) return undefined;
      await cloud.share(callers[who], image, accounts[other(who)]);
      of.shared = true;
      return image;
    },
    unshare: async ({ who, image }) => {
      const of = known.get(image);
      if (of?.of !== who || !of.shared) return undefined;
      const member = `${cloud.images}/${image}/members/${accounts[other(who)]}`;
      assert.equal((await callers[who].ask('DELETE', member)).status, 204);
      of.shared = false;
      return image;
    },
    deleteImage: async ({ who, image }) => {
      const of = known.get(image);
      if (of?.of === undefined) return undefined;
      const { status } = await callers[who].ask('DELETE', `${cloud.images}/${image}`);
      if (of.of !== who) {
        assert.equal(status, sees(who, of) ? 403 : 404);
        return `${who} may not ${image}`;
      }
      assert.equal(status, 204);
      known.delete(image);
      return image;
    },
    exportImage: async ({ who, image }) => {
      const of = known.get(image);
      if (!cloud.exports || !of) return undefined;
      const account = accounts[who];
      const input = { image_uuid: image, receiving_swift_container: 'exports' };
      const made = await callers[who].ask('POST', cloud.tasks, { type: 'export', input });
      assert.equal(made.status, 201, made.text);
      const ended = await taskEnd(emulator, callers[who], cloud.region, String(made.json['id']));
      assert.equal(ended['status'], of.of === who ? 'success' : 'failure', JSON.stringify(ended));
      if (of.of !== who) return `${who} may not ${image}`;
      const object = `/dfw/object-store/v1/MossoCloudFS_${account}/exports/${image}.vhd`;
      const { bytes } = await callers[who].ask('GET', object);
      await compareVhd(bytes, of.bytes, image);
      for (const segment of await listSegments(callers[who], account, image))
        await callers[who].ask('DELETE', segment);
      await callers[who].ask('DELETE', object);
      return image;
    },
    rebuild: async ({ who, server, image }) => {
      const [of, from] = [mine(who, server), known.get(image)];
      if (of?.status !== 'ACTIVE' || !from || !sees(who, from)) return undefined;
      await act(who, server, { rebuild: { imageRef: image } });
      of.bytes.clear();
      for (const [offset, word] of from.bytes) of.bytes.set(offset, word);
      return `${server} from ${image}`;
    },
    pause: (pick) => change(pick, 'ACTIVE', { pause: null }, 'PAUSED'),
    unpause: (pick) => change(pick, 'PAUSED', { unpause: null }, 'ACTIVE'),
    stop: (pick) => change(pick, 'ACTIVE', { 'os-stop': null }, 'SHUTOFF'),
    start: (pick) => change(pick, 'SHUTOFF', { 'os-start': null }, 'ACTIVE'),
    delete: async ({ who, server }) => {
      if (!mine(who, server)) return undefined;
      await wait(server, () => callers[who].ask('DELETE', `${path(who)}/servers/${server}`), 204);
      servers.delete(server);
      return server;
    },
    kill: async () => {
      await emulator.end('SIGKILL');
      emulator = await start(data, ...cloud.args);
      callers = await logInAll(emulator);
      return 'the emulator';
    },
  };
  return {
    step: async (number: number) => {
      const random = randomOf(seed, number);
      const names = Object.keys(verbs).filter((name) => name !== 'kill' || random.once(10));
      const name = random.pick(names as [string, ...string[]]);
      const who = random.once(3) ? 'partner' : 'owner';
      const done = await verbs[name]?.({
        who,
        server: random.pick([...servers.keys(), ''] as [string]),
        image: random.pick([...known.keys()] as [string]),
        offset: random.pick(offsets as [number]),
        word: `w${number}`,
      });
      return `${name} ${done ?? '(nothing)'}`;
    },
    compare: async (label: string) => {
      for (const who of ['owner', 'partner'] as const) {
        await compareServers(callers[who], path(who), who, servers, label);
        for (const [id, image] of known) {
          const { status } = await callers[who].ask('GET', `${cloud.images}/${id}`);
          assert.equal(status, sees(who, image) ? 200 : 404, `${label}: ${id} as ${who}`);
        }
        const { json } = await callers[who].ask('GET', `${cloud.images}?owner=${accounts[who]}&limit=100`);
        assert.deepEqual(
          (json['images'] as JsonObject[])
            .flatMap(({ id, status }) => (id === base ? [] : [`${String(id)} ${String(status)}`]))
            .sort(),
          [...known].flatMap(([id, { of }]) => (of === who ? [`${id} active`] : [])).sort(),
          label,
        );
      }
      await compareDisks(emulator, cloud.region, servers, label);
    },
    close: async () => {
      await emulator.end();
      removeFolder(data);
    },
  };
}

interface Pick {
  readonly who: Who;
  /** Empty: none. */
  readonly server: string;
  readonly image: string;
  readonly offset: number;
  readonly word: string;
}

const other = (who: Who): Who => (who === 'owner' ? 'partner' : 'owner');

async function logInAll({ url }: Running): Promise<Accounts<Caller>> {
  return { owner: await logIn(url, 'owner'), partner: await logIn(url, 'partner') };
}

async function compareServers(
  caller: Caller,
  path: string,
  who: Who,
  servers: ReadonlyMap<string, ModelServer>,
  label: string,
): Promise<void> {
  const listed = (await caller.ask('GET', `${path}/servers/detail`)).json['servers'] as JsonObject[];
  assert.deepEqual(
    listed.map(({ id, status }) => `${String(id)} ${String(status)}`).sort(),
    [...servers].flatMap(([id, { of, status }]) => (of === who ? [`${id} ${status}`] : [])).sort(),
    label,
  );
}

async function compareDisks(
  emulator: Running,
  region: string,
  servers: ReadonlyMap<string, ModelServer>,
  label: string,
): Promise<void> {
  for (const [id, { bytes }] of servers)
    for (const [offset, word] of bytes) {
      const path = `/servers/${region}/${id}/disk?offset=${offset}&length=${word.length}`;
      const read = Buffer.from(String((await control(emulator, 'GET', path))['base64']), 'base64').toString();
      assert.equal(read, word, `${label}: ${id} at ${offset}`);
    }
}

/** An exported VHD has what the guest wrote, where it wrote it. */
async function compareVhd(file: Buffer, bytes: ReadonlyMap<number, string>, label: string): Promise<void> {
  const source = { size: file.length, read: (at: number, length: number) => file.subarray(at, at + length) };
  const vhd = await openVhd(source);
  const content = vhd && openContent(vhd);
  assert.ok(content, `${label} is no VHD`);
  for (const [offset, word] of bytes)
    assert.equal(
      Buffer.from(await content.read(offset, word.length)).toString(),
      word,
      `${label} at ${offset}`,
    );
}

async function listSegments(caller: Caller, account: string, image: string): Promise<string[]> {
  const files = `/dfw/object-store/v1/MossoCloudFS_${account}`;
  const { text } = await caller.ask('GET', `${files}/exports?prefix=${image}`);
  return text.split('\n').flatMap((name) => (name === '' ? [] : [`${files}/exports/${name}`]));
}

const [, script, steps = '10000', seed = String(Date.now()), profile = 'openstack'] = process.argv;
if (script === import.meta.filename) {
  console.log(`seed ${seed}, ${profile}`);
  await runRandomLives(profile as keyof typeof clouds, Number(seed), Number(steps));
  console.log(`${steps} steps, no difference`);
}
