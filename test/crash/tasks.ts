import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkFolder } from '../../server/emulator/check.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { exportFailures, importFailures } from '../../server/rules/service/answers.ts';
import {
  ask,
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
} from '../emulator/harness.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { isCut, type Summary } from './rounds.ts';
import { breachesOnceStarted, storeBreaches } from './storeCheck.ts';
import { contentOf } from './vhdContent.ts';

const files = '/dfw/object-store/v1/100001';
const images = '/dfw/image/v2/images';
const tasks = '/dfw/image/v2/tasks';

/** An answered task, and what it may fail with since something of it went away. */
interface Asked {
  readonly type: 'import' | 'export';
  readonly failures: readonly string[];
}

interface Ledger {
  readonly asked: Map<string, Asked>;
  /** What an import made that stays; exports are of these. */
  readonly kept: string[];
  readonly breaches: string[];
  /** Containers that exports may have been into, made in earlier rounds. */
  readonly containers: Set<string>;
  /** The hash of each imported disk's content. */
  readonly contents: Set<string>;
  serial: number;
}

/**
 * Kills the emulator (SIGKILL) at random moments while imports and exports run, whose objects, containers and images go
 * away under some of them; starts it again and proves that every task ends as it may, that what it made is whole, and in
 * the end that nothing is left: once all is deleted the data folder holds what it held at first.
 */
export async function crashTasks(kills: number, random: () => number): Promise<Summary> {
  const data = temporaryFolder();
  const config = join(data, 'crash.cloud-images.json');
  writeFileSync(config, JSON.stringify({ emulator: { exportSegmentBytes: MiB + 4096 } }));
  const args = ['--seed', 'demo', '--speed', '150', '--config', config];
  const ledger: Ledger = {
    asked: new Map(),
    kept: [],
    breaches: [],
    containers: new Set(),
    contents: new Set(),
    serial: 0,
  };
  const { breaches } = ledger;
  let [midway, answered, recovered] = [0, 0, 0];
  try {
    let emulator = await start(data, ...args);
    const before = await counts(emulator);
    await prepare(emulator, ledger);
    for (let round = 0; round < kills && breaches.length === 0; round += 1) {
      const working = work(emulator, ledger, random);
      await delay(20 + random() * 900);
      await emulator.end('SIGKILL');
      answered += await working;
      midway += ledger.asked.size > 0 ? 1 : 0;
      breaches.push(...storeBreaches(data, 'killed'));
      emulator = await start(data, ...args);
      recovered += emulator.log().split('Resuming').length - 1;
      breaches.push(...(await breachesOnceStarted(data)));
      await settle(emulator, ledger, round % 10 === 9);
      if (breaches.length > 0) breaches.unshift(`round ${round}:`);
    }
    if (breaches.length === 0) {
      await settle(emulator, ledger, true);
      await emulator.end();
      breaches.push(...(await checkFolder(data, true)));
      emulator = await start(data, ...args);
      await removeAll(emulator, breaches);
      const after = await counts(emulator);
      if (after !== before) breaches.push(`At first there was ${before}, in the end ${after}.`);
    }
    await emulator.end();
    breaches.push(...(await checkFolder(data, true)));
  } finally {
    removeFolder(data);
  }
  return { kills, midway, answered, recovered, breaches };
}

/** Two disks, one of them in parts, and an image of each. */
async function prepare(emulator: Running, ledger: Ledger): Promise<void> {
  const owner = await logIn(emulator.url, 'owner');
  for (const name of ['plain', 'parts']) {
    const bytes = newDisk(emulator, ledger, [3, 9, 33]);
    const put = (object: string, part: Buffer, headers = {}) =>
      expect(201, owner, 'PUT', `${files}/exports/${object}`, part, headers);
    if (name === 'plain') await put('plain.vhd', bytes);
    else {
      await put('part/1', bytes.subarray(0, 2 * MiB));
      await put('part/2', bytes.subarray(2 * MiB));
      await put('parts.vhd', Buffer.alloc(0), { 'x-object-manifest': 'exports/part/' });
    }
    const id = await post(owner, 'import', importOf(`exports/${name}.vhd`));
    const ended = await taskEnd(emulator, owner, 'dfw', id);
    ledger.kept.push(resultOf(ended, 'image_id'));
  }
}

/** A disk like no other. */
function newDisk({ data }: Running, { contents }: Ledger, places: readonly number[]): Buffer {
  const path = join(data, 'disk.vhd');
  const extents = places.map((at) => ({ position: at * MiB, bytes: randomBytes(MiB + 700) }));
  makeVhd(path, { guest: 'linux', extents });
  const bytes = readFileSync(path);
  contents.add(contentOf(bytes));
  return bytes;
}

function importOf(source: string): JsonObject {
  return { import_from: source, image_properties: { name: 'crash' } };
}

/** Three connections that begin a few tasks each, and take things away from under some, until the emulator is gone. */
async function work(emulator: Running, ledger: Ledger, random: () => number): Promise<number> {
  let answered = 0;
  const untilCut = async (turns: (owner: Caller) => Promise<void>) => {
    try {
      const owner = await logIn(emulator.url, 'owner');
      await turns(owner);
      for (;;) await owner.ask('GET', images);
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  };
  const begin = async (owner: Caller, type: Asked['type'], input: JsonObject, failures: string[] = []) => {
    const id = await post(owner, type, input);
    ledger.asked.set(id, { type, failures });
    answered += 1;
  };
  const container = async (owner: Caller) => {
    const name = `c${ledger.serial++}`;
    ledger.containers.add(name);
    await expect(201, owner, 'PUT', `${files}/${name}`);
    return name;
  };
  const pick = () => ledger.kept[Math.floor(random() * ledger.kept.length)] ?? '';
  const exportOf = (image: string, into: string) => ({
    image_uuid: image,
    receiving_swift_container: into,
  });
  await Promise.all([
    untilCut(async (owner) => {
      await begin(owner, 'import', importOf('exports/plain.vhd'));
      await begin(owner, 'import', importOf('exports/parts.vhd'));
    }),
    untilCut(async (owner) => {
      for (let turn = 0; turn < 2; turn += 1)
        await begin(owner, 'export', exportOf(pick(), await container(owner)));
      const gone = await container(owner);
      await begin(owner, 'export', exportOf(pick(), gone), [exportFailures.container(gone)]);
      await delay(random() * 400);
      await owner.ask('DELETE', `${files}/${gone}`); // refused where the export was faster
    }),
    untilCut(async (owner) => {
      const source = `exports/source-${ledger.serial++}.vhd`;
      await expect(201, owner, 'PUT', `${files}/${source}`, newDisk(emulator, ledger, [5]));
      await begin(owner, 'import', importOf(source), [importFailures.objectMissing()]);
      await delay(random() * 400);
      await expect(204, owner, 'DELETE', `${files}/${source}`);
    }),
  ]);
  return answered;
}

/** Looks at what has ended, or (`wait`) at all once it has, and takes away what it made. */
async function settle(
  emulator: Running,
  { asked, kept, breaches, containers, contents }: Ledger,
  wait: boolean,
): Promise<void> {
  const owner = await logIn(emulator.url, 'owner');
  for (const [id, { type, failures }] of asked) {
    const answer = await owner.ask('GET', `${tasks}/${id}`);
    if (answer.status !== 200) breaches.push(`The answered task ${id} is gone.`);
    const task = wait ? await taskEnd(emulator, owner, 'dfw', id) : answer.json;
    const { status, message } = task;
    if (status === 'pending' || status === 'processing') continue;
    asked.delete(id);
    if (status === 'failure') {
      if (!failures.includes(String(message))) breaches.push(`The ${type} ${id} failed: ${message}`);
    } else if (type === 'import') {
      const image = resultOf(task, 'image_id');
      const { json } = await owner.ask('GET', `${images}/${image}`);
      if (json['status'] !== 'active') breaches.push(`Image ${image} is ${json['status']}.`);
      // The oldest goes, which exports may be reading.
      kept.push(image);
    } else {
      const location = resultOf(task, 'export_location');
      const { bytes } = await owner.ask('GET', `${files}/${location}`);
      if (!contents.has(contentOf(bytes))) breaches.push(`${location} does not hold what was imported.`);
    }
  }
  if (!wait) return;
  for (const image of kept.splice(2)) await expect(204, owner, 'DELETE', `${images}/${image}`);
  for (const container of containers) {
    await removeObjects(owner, container);
    await owner.ask('DELETE', `${files}/${container}`); // it may have gone under its export
  }
  containers.clear();
}

/** Everything that the account has, and time goes on until its tasks have expired. */
async function removeAll(emulator: Running, breaches: string[]): Promise<void> {
  const owner = await logIn(emulator.url, 'owner');
  const listed = await owner.ask('GET', `${images}?visibility=private&limit=1000`);
  for (const { id } of listed.json['images'] as JsonObject[])
    await expect(204, owner, 'DELETE', `${images}/${id}`);
  const { text } = await owner.ask('GET', `${files}?format=json`);
  for (const { name } of JSON.parse(text)) {
    await removeObjects(owner, name);
    if (name !== 'exports') await expect(204, owner, 'DELETE', `${files}/${name}`);
  }
  let next: string | undefined = '/v2/tasks?limit=1000';
  while (next) {
    const page: JsonObject = (await owner.ask('GET', `/dfw/image${next}`)).json;
    for (const { id, status } of page['tasks'] as JsonObject[])
      if (status !== 'success' && status !== 'failure') breaches.push(`Task ${id} is ${status} for ever.`);
    next = page['next'] === undefined ? undefined : String(page['next']);
  }
  await control(emulator, 'POST', '/emulator/clock', { step: '49h' });
}

async function removeObjects(owner: Caller, container: string): Promise<void> {
  const { status, text } = await owner.ask('GET', `${files}/${container}?format=json`);
  if (status !== 200) return;
  for (const { name } of JSON.parse(text))
    await expect(204, owner, 'DELETE', `${files}/${container}/${name}`);
}

/** What the emulator holds. */
async function counts(emulator: Running): Promise<string> {
  const found = (await control(emulator, 'GET', '/emulator')).json['counts'];
  return JSON.stringify(found);
}

function control({ url, token }: Running, method: string, path: string, body?: Json) {
  return ask(url, method, path, body, { authorization: `Bearer ${token}` });
}

async function post(owner: Caller, type: string, input: JsonObject): Promise<string> {
  return String((await expect(201, owner, 'POST', tasks, { type, input })).json['id']);
}

async function expect(wanted: number, owner: Caller, ...request: Parameters<Caller['ask']>) {
  const answer = await owner.ask(...request);
  if (answer.status !== wanted)
    throw new Error(`${request[0]} ${request[1]} answered ${answer.status}: ${answer.text}`);
  return answer;
}

function resultOf(task: JsonObject, name: string): string {
  const { result } = task;
  return String(typeof result === 'object' && result !== null && !Array.isArray(result) ? result[name] : '');
}
