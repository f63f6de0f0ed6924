import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readHashName } from '../../server/emulator/store/names.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
} from '../emulator/harness.ts';
import { makeDisk } from '../tools/disks.ts';

/** One kind of work that is killed: how to keep it going, and what must hold afterwards. */
export type Work = 'uploads' | 'imports';

export interface Summary {
  readonly kills: number;
  /** Kills that hit work that was not answered yet. */
  readonly midway: number;
  readonly answered: number;
  /** Imports that went on after a start, or files that a start removed. */
  readonly recovered: number;
  readonly breaches: readonly string[];
}

/**
 * Kills the emulator (SIGKILL) at random moments while four connections write, starts it again on the same data, and
 * proves: what was answered is there, what was not is there whole or not at all, no file is left over, and the log of
 * the start says what it did.
 */
export async function crashRounds(work: Work, kills: number, random: () => number): Promise<Summary> {
  const data = temporaryFolder();
  const ledger: Ledger = { objects: new Map(), tags: new Set(), tasks: new Set(), ended: new Map() };
  const found: Found = { breaches: [], recovered: 0 };
  let midway = 0;
  let answered = 0;
  try {
    // Slow enough that imports are hit at every step, fast enough for many rounds.
    const args = ['--seed', 'demo', '--speed', '150'];
    let emulator = await start(data, ...args);
    const image = await prepare(emulator);
    for (let round = 0; round < kills; round += 1) {
      const owner = await logIn(emulator.url, 'owner');
      const writers = write(owner, work, round, ledger, random, image);
      await delay(work === 'uploads' ? 5 + random() * 150 : 20 + random() * 700);
      await emulator.end('SIGKILL');
      const result = await writers;
      midway += result.unanswered > 0 || hasUnfinished(ledger) ? 1 : 0;
      answered += result.answered;
      emulator = await start(data, ...args);
      await verify(emulator, work, ledger, image, result.attempted, found);
      if (found.breaches.length > 0) {
        found.breaches.unshift(`round ${round}:`);
        break;
      }
    }
    if (work === 'imports') await verifyImports(emulator, ledger, found);
    await emulator.end();
  } finally {
    removeFolder(data);
  }
  return { kills, midway, answered, recovered: found.recovered, breaches: found.breaches };
}

interface Ledger {
  /** Answered uploads: path → MD5. */
  readonly objects: Map<string, string>;
  readonly tags: Set<string>;
  /** Answered imports whose end was not seen. */
  readonly tasks: Set<string>;
  /** Task → image. */
  readonly ended: Map<string, string>;
}

interface Found {
  readonly breaches: string[];
  recovered: number;
}

interface Written {
  readonly answered: number;
  readonly unanswered: number;
  /** Unanswered uploads: path → MD5 of what was sent. */
  readonly attempted: ReadonlyMap<string, string>;
}

const files = '/dfw/object-store/v1/100001';
const images = '/dfw/image/v2/images';

async function prepare(emulator: Running): Promise<string> {
  const owner = await logIn(emulator.url, 'owner');
  const disk = join(emulator.data, 'disk.vhd');
  makeDisk(disk, 'linux');
  const put = await owner.ask('PUT', `${files}/exports/disk.vhd`, readFileSync(disk));
  if (put.status !== 201) throw new Error(`The disk was not uploaded: ${put.status}`);
  const task = await importOnce(owner);
  const ended = await taskEnd(emulator, owner, 'dfw', task);
  return imageOf(ended);
}

async function importOnce(owner: Caller): Promise<string> {
  const input = { import_from: 'exports/disk.vhd', image_properties: { name: 'crash' } };
  const { status, json } = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  if (status !== 201) throw new Error(`The task was not taken: ${status}`);
  return String(json['id']);
}

function imageOf(task: unknown): string {
  const { result } = JSON.parse(JSON.stringify(task));
  return String(result?.image_id);
}

/** Four connections that write until the emulator is gone. */
async function write(
  owner: Caller,
  work: Work,
  round: number,
  ledger: Ledger,
  random: () => number,
  image: string,
): Promise<Written> {
  const attempted = new Map<string, string>();
  let answered = 0;
  let unanswered = 0;
  const lane = async (number: number) => {
    for (let turn = 0; ; turn += 1) {
      const name = `r${round}-${number}-${turn}`;
      try {
        if (work === 'imports' && number === 0) {
          // A few at a time, so that the queue neither dries up nor grows.
          if (turn < 3) ledger.tasks.add(await importOnce(owner));
          else await owner.ask('GET', images);
        } else if (number === 3) {
          await writeTag(owner, `${images}/${image}/tags`, name, ledger.tags);
        } else if (work === 'uploads' && number === 2) {
          await writeJoined(owner, name, random, attempted, ledger.objects);
        } else {
          const path = `${files}/exports/${name}`;
          const bytes = content(1 + Math.floor(random() * 2_000_000), name);
          const md5 = createHash('md5').update(bytes).digest('hex');
          attempted.set(path, md5);
          const { status } = await owner.ask('PUT', path, bytes);
          if (status !== 201) throw new Error(`Upload answered ${status}`);
          attempted.delete(path);
          ledger.objects.set(path, md5);
        }
        answered += 1;
      } catch (error) {
        if (!isCut(error)) throw error;
        unanswered += 1;
        return;
      }
    }
  };
  await Promise.all([0, 1, 2, 3].map(lane));
  return { answered, unanswered, attempted };
}

/** Whether a request failed because the emulator was killed under it. */
export function isCut(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET'].includes(code) || isCut(error.cause);
}

/** Two segments, a copy that joins them, and the segments gone: what the copy holds lies in what was theirs. */
async function writeJoined(
  owner: Caller,
  name: string,
  random: () => number,
  attempted: Map<string, string>,
  objects: Map<string, string>,
): Promise<void> {
  const expect = async (wanted: number, method: string, path: string, bytes?: Buffer, headers = {}) => {
    const { status } = await owner.ask(method, `${files}/exports/${path}`, bytes, headers);
    if (status !== wanted) throw new Error(`${method} ${path} answered ${status}`);
  };
  const parts = [1, 2].map((part) => content(1 + Math.floor(random() * 200_000), `${name}/${part}`));
  for (const [index, part] of parts.entries()) await expect(201, 'PUT', `${name}/${index}`, part);
  const manifest = { 'x-object-manifest': `exports/${name}/` };
  await expect(201, 'PUT', `${name}-all`, Buffer.alloc(0), manifest);
  const path = `${files}/exports/${name}-joined`;
  const md5 = createHash('md5').update(Buffer.concat(parts)).digest('hex');
  attempted.set(path, md5);
  await expect(201, 'COPY', `${name}-all`, undefined, { destination: `exports/${name}-joined` });
  attempted.delete(path);
  objects.set(path, md5);
  for (const index of parts.keys()) await expect(204, 'DELETE', `${name}/${index}`);
}

/** Adds a tag, and takes an old one away, which nobody counts on from before that is asked. */
async function writeTag(owner: Caller, path: string, name: string, tags: Set<string>): Promise<void> {
  const [oldest] = tags;
  if (tags.size >= 50 && oldest !== undefined) {
    tags.delete(oldest);
    await owner.ask('DELETE', `${path}/${oldest}`);
  }
  const { status } = await owner.ask('PUT', `${path}/${name}`);
  if (status === 204) tags.add(name);
}

/** Bytes that differ by name and compress as badly as a real disk. */
function content(size: number, name: string): Buffer {
  const piece = createHash('sha512').update(name).digest();
  return Buffer.alloc(size, piece);
}

async function verify(
  emulator: Running,
  work: Work,
  ledger: Ledger,
  image: string,
  attempted: ReadonlyMap<string, string>,
  found: Found,
): Promise<void> {
  const owner = await logIn(emulator.url, 'owner');
  const { breaches } = found;
  for (const [path, md5] of ledger.objects) await expectWhole(owner, path, md5, true, breaches);
  for (const [path, md5] of attempted) await expectWhole(owner, path, md5, false, breaches);
  const shown = (await owner.ask('GET', `${images}/${image}`)).json;
  const tags = new Set(Array.isArray(shown['tags']) ? shown['tags'] : []);
  for (const tag of ledger.tags) if (!tags.has(tag)) breaches.push(`The answered tag ${tag} is gone.`);
  for (const id of ledger.tasks) {
    const { status, json } = await owner.ask('GET', `/dfw/image/v2/tasks/${id}`);
    if (status !== 200) breaches.push(`The answered task ${id} is gone.`);
    const resumed = emulator.log().includes(`Resuming import task ${id}`);
    const ended = json['status'] === 'success' || json['status'] === 'failure';
    if (resumed) found.recovered += 1;
    if (!resumed && !ended)
      breaches.push(`The log of the start does not tell of task ${id}, which is ${json['status']}.`);
    if (json['status'] === 'failure') breaches.push(`Task ${id} failed: ${json['message']}`);
    if (json['status'] === 'success') {
      ledger.ended.set(id, imageOf(json));
      ledger.tasks.delete(id);
    }
  }
  const removed = /left unanswered: (\d+) unfinished files, (\d+) files/.exec(emulator.log());
  found.recovered += removed ? Number(removed[1]) + Number(removed[2]) : 0;
  checkFiles(emulator, work, breaches);
  // Room for the next rounds: what has been proven once need not be proven again.
  for (const path of [...ledger.objects.keys()].slice(0, -10)) {
    const { status } = await owner.ask('DELETE', path);
    if (status !== 204) breaches.push(`${path} could not be deleted: ${status}`);
    ledger.objects.delete(path);
  }
}

async function expectWhole(
  owner: Caller,
  path: string,
  md5: string,
  mustBe: boolean,
  breaches: string[],
): Promise<void> {
  const { status, bytes, headers } = await owner.ask('GET', path);
  if (status === 404 && !mustBe) return;
  const is = createHash('md5').update(bytes).digest('hex');
  if (status !== 200 || is !== md5 || headers.get('etag') !== md5)
    breaches.push(
      `${path} answered ${status} with MD5 ${is}; ${mustBe ? 'it was answered' : 'it was sent'} with ${md5}.`,
    );
}

/** Every stored file has a record of its size, and every record its file. An import that goes on may be writing one. */
function checkFiles({ data, log }: Running, work: Work, breaches: string[]): void {
  const waiting = readdirSync(join(data, 'incoming')).length;
  const going = log().split('Resuming').length - 1;
  if (waiting > (work === 'imports' ? going : 0)) breaches.push(`${waiting} unfinished files were left.`);
  for (const name of readdirSync(join(data, 'blobs'))) {
    const is = createHash(readHashName(name))
      .update(readFileSync(join(data, 'blobs', name)))
      .digest('hex');
    if (is !== name) breaches.push(`The file ${name} holds other bytes.`);
  }
}

function hasUnfinished({ tasks }: Ledger): boolean {
  return tasks.size > 0;
}

/** In the end every import has made exactly one image, and nothing else is left. */
async function verifyImports(emulator: Running, ledger: Ledger, found: Found): Promise<void> {
  const owner = await logIn(emulator.url, 'owner');
  for (const id of ledger.tasks) {
    const ended = await taskEnd(emulator, owner, 'dfw', id);
    if (ended['status'] !== 'success')
      found.breaches.push(`Task ${id} ended as ${ended['status']}: ${ended['message']}`);
    ledger.ended.set(id, imageOf(ended));
  }
  const listed = JSON.parse((await owner.ask('GET', `${images}?name=crash&limit=1000`)).text).images;
  const ids = new Set(listed.map(({ id }: { id: string }) => id));
  for (const [task, image] of ledger.ended)
    if (!ids.has(image)) found.breaches.push(`Task ${task} says image ${image}, which is not there.`);
  // A task whose answer was cut off may have made an image as well; none may have made two.
  const tasks = new Set<string>();
  let next: string | undefined = '/v2/tasks?limit=100';
  while (next) {
    const page: { tasks: { id: string; status: string }[]; next?: string } = JSON.parse(
      (await owner.ask('GET', `/dfw/image${next}`)).text,
    );
    for (const { id, status } of page.tasks) if (status === 'success') tasks.add(id);
    next = page.next;
  }
  if (listed.length !== Math.min(tasks.size, 1000))
    found.breaches.push(`${tasks.size} imports made ${listed.length} images.`);
  if (!existsSync(join(emulator.data, 'emulator.db'))) found.breaches.push('The store is gone.');
}
