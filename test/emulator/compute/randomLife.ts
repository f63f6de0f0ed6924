import assert from 'node:assert/strict';
import type { JsonObject } from '../../../server/rules/json.ts';
import { randomOf } from '../../fuzz/random.ts';
import { type Caller, logIn, type Running, removeFolder, start, temporaryFolder } from '../harness.ts';
import { compute } from './asking.ts';
import { control, lastEvent, makeImage, settled } from './living.ts';

/** A server as the model has it: what it is, and what its guest has written where. */
interface ModelServer {
  status: 'ACTIVE' | 'SHUTOFF' | 'PAUSED';
  image: string;
  readonly bytes: Map<number, string>;
}

interface ModelImage {
  /** What a server built from it reads. */
  readonly bytes: ReadonlyMap<number, string>;
  shared: boolean;
}

/** Random lives of servers against a model of a page; `steps` of them. Throws where they differ. */
export async function runRandomLives(seed: number, steps: number): Promise<void> {
  const world = await openWorld(seed);
  try {
    for (let step = 0; step < steps; step++) {
      const did = await world.step(step);
      await world.compare(`step ${step}: ${did}`);
    }
  } finally {
    await world.close();
  }
}

const images = '/regionone/image/v2/images';
const args = ['--profile', 'openstack', '--seed', 'empty', '--speed', '1000000'];
const offsets = [0, 4096, 1_000_000, 5_000_000];

async function openWorld(seed: number) {
  // Long, since its parts share state that nothing else may reach.
  const data = temporaryFolder();
  let emulator = await start(data, ...args);
  let owner = await logIn(emulator.url, 'owner');
  let partner = await logIn(emulator.url, 'partner');
  const servers = new Map<string, ModelServer>();
  const known = new Map<string, ModelImage>();
  const base = await makeImage(owner, { visibility: 'shared' });
  known.set(base, { bytes: new Map(), shared: false });

  const wait = async (id: string, ask: () => Promise<{ status: number; text: string }>, wanted: number) => {
    const seq = await lastEvent(emulator);
    const { status, text } = await ask();
    assert.equal(status, wanted, text);
    await settled(emulator, id, seq);
  };
  const act = (id: string, action: JsonObject) =>
    wait(id, () => owner.ask('POST', `${compute}/servers/${id}/action`, action), 202);

  const verbs: Readonly<Record<string, (pick: Pick) => Promise<string | undefined>>> = {
    build: async ({ image }) => {
      if (servers.size >= 8) return undefined;
      const seq = await lastEvent(emulator);
      const body = { server: { name: 'web', flavorRef: '1', imageRef: image } };
      const made = await owner.ask('POST', `${compute}/servers`, body);
      assert.equal(made.status, 202, made.text);
      const id = String((made.json['server'] as JsonObject)['id']);
      await settled(emulator, id, seq);
      servers.set(id, { status: 'ACTIVE', image, bytes: new Map(known.get(image)?.bytes) });
      return id;
    },
    write: async ({ server, offset, word }) => {
      if (!server) return undefined;
      const base64 = Buffer.from(word).toString('base64');
      await control(emulator, 'POST', `/servers/regionone/${server}/disk`, { write: { offset, base64 } });
      servers.get(server)?.bytes.set(offset, word);
      return `${server} ${offset}`;
    },
    image: async ({ server }) => {
      const of = server === undefined ? undefined : servers.get(server);
      if (!server || !of || known.size >= 12) return undefined;
      const seq = await lastEvent(emulator);
      const headers = { 'openstack-api-version': 'compute 2.45' };
      const path = `${compute}/servers/${server}/action`;
      const asked = await owner.ask('POST', path, { createImage: { name: 'copy' } }, headers);
      assert.equal(asked.status, 202, asked.text);
      await settled(emulator, server, seq);
      const id = String(asked.json['image_id']);
      known.set(id, { bytes: new Map(of.bytes), shared: false });
      return id;
    },
    share: async ({ image }) => {
      const of = known.get(image);
      if (!of || of.shared || image !== base) return undefined;
      const { status, text } = await owner.ask('POST', `${images}/${image}/members`, { member: '100002' });
      assert.equal(status, 200, text);
      of.shared = true;
      return image;
    },
    deleteImage: async ({ image }) => {
      if (image === base) return undefined;
      assert.equal((await owner.ask('DELETE', `${images}/${image}`)).status, 204);
      known.delete(image);
      return image;
    },
    rebuild: async ({ server, image }) => {
      const of = server === undefined ? undefined : servers.get(server);
      if (!server || !of || of.status !== 'ACTIVE') return undefined;
      await act(server, { rebuild: { imageRef: image } });
      if (of.image !== image) of.image = image;
      of.bytes.clear();
      for (const [offset, word] of known.get(image)?.bytes ?? []) of.bytes.set(offset, word);
      return `${server} from ${image}`;
    },
    pause: async ({ server }) => change(server, 'ACTIVE', { pause: null }, 'PAUSED'),
    unpause: async ({ server }) => change(server, 'PAUSED', { unpause: null }, 'ACTIVE'),
    stop: async ({ server }) => change(server, 'ACTIVE', { 'os-stop': null }, 'SHUTOFF'),
    start: async ({ server }) => change(server, 'SHUTOFF', { 'os-start': null }, 'ACTIVE'),
    delete: async ({ server }) => {
      if (!server) return undefined;
      await wait(server, () => owner.ask('DELETE', `${compute}/servers/${server}`), 204);
      servers.delete(server);
      return server;
    },
    kill: async () => {
      await emulator.end('SIGKILL');
      emulator = await start(data, ...args);
      owner = await logIn(emulator.url, 'owner');
      partner = await logIn(emulator.url, 'partner');
      return 'the emulator';
    },
  };
  const change = async (
    id: string | undefined,
    from: ModelServer['status'],
    action: JsonObject,
    to: ModelServer['status'],
  ) => {
    const of = id === undefined ? undefined : servers.get(id);
    if (id === undefined || of?.status !== from) return undefined;
    await act(id, action);
    of.status = to;
    return id;
  };
  return {
    step: async (number: number) => {
      const random = randomOf(seed, number);
      const names = Object.keys(verbs).filter((name) => name !== 'kill' || random.once(10));
      const name = random.pick(names as [string, ...string[]]);
      const done = await verbs[name]?.({
        server: random.pick([...servers.keys(), ''] as [string]),
        image: random.pick([...known.keys()] as [string]),
        offset: random.pick(offsets as [number]),
        word: `w${number}`,
      });
      return `${name} ${done ?? '(nothing)'}`;
    },
    compare: (label: string) => compareAll(emulator, owner, partner, servers, known, base, label),
    close: async () => {
      await emulator.end();
      removeFolder(data);
    },
  };
}

interface Pick {
  /** Empty: none. */
  readonly server: string;
  readonly image: string;
  readonly offset: number;
  readonly word: string;
}

async function compareAll(
  emulator: Running,
  owner: Caller,
  partner: Caller,
  servers: ReadonlyMap<string, ModelServer>,
  known: ReadonlyMap<string, ModelImage>,
  base: string,
  label: string,
): Promise<void> {
  const listed = (await owner.ask('GET', `${compute}/servers/detail`)).json['servers'] as JsonObject[];
  assert.deepEqual(
    listed.map(({ id, status }) => `${String(id)} ${String(status)}`).sort(),
    [...servers].map(([id, { status }]) => `${id} ${status}`).sort(),
    label,
  );
  const { json } = await owner.ask('GET', `${images}?visibility=all&limit=100`);
  assert.deepEqual(
    (json['images'] as JsonObject[]).map(({ id, status }) => `${String(id)} ${String(status)}`).sort(),
    [...known.keys()].map((id) => `${id} active`).sort(),
    label,
  );
  const shared = await partner.ask('GET', `${images}/${base}`);
  assert.equal(shared.status, known.get(base)?.shared ? 200 : 404, label);
  for (const [id, { bytes }] of servers)
    for (const [offset, word] of bytes) {
      const path = `/servers/regionone/${id}/disk?offset=${offset}&length=${word.length}`;
      const read = Buffer.from(String((await control(emulator, 'GET', path))['base64']), 'base64').toString();
      assert.equal(read, word, `${label}: ${id} at ${offset}`);
    }
}

const [, script, steps = '10000', seed = String(Date.now())] = process.argv;
if (script === import.meta.filename) {
  console.log(`seed ${seed}`);
  await runRandomLives(Number(seed), Number(steps));
  console.log(`${steps} steps, no difference`);
}
