import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { control } from '../emulator/compute/living.ts';
import { type Caller, patchType, type Running, taskEnd } from '../emulator/harness.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import { serversWorker } from './serversWorker.ts';

/** One person or program at work, and what they know to be so. */
export interface Worker {
  readonly name: string;
  /** What was answered so far. */
  done(): number;
  /** Does one thing. Throws where the emulator is killed under it. */
  work(owner: Caller, emulator: Running): Promise<void>;
  /** Says what is otherwise than the answers said, of a quiet emulator. */
  verify(owner: Caller): Promise<string[]>;
}

const files = '/dfw/object-store/v1/100001';
export const images = '/dfw/image/v2/images';

/** `kept` is the image that is worked on. */
export function makeWorkers(kept: string, random: () => number, breaches: string[]): Worker[] {
  return [
    objectsWorker(random, 'a'),
    objectsWorker(random, 'b'),
    propertiesWorker(kept),
    importsWorker(breaches),
    exportsWorker(kept, breaches),
    serversWorker(),
    snapshotsWorker(),
  ];
}

/** Asks, and holds the answer to its status. */
export async function expect(
  status: number,
  owner: Caller,
  ...request: [method: string, path: string, body?: Json | Buffer, headers?: Record<string, string>]
) {
  const answer = await owner.ask(...request);
  assert.equal(answer.status, status, `${request[0]} ${request[1]}: ${answer.text}`);
  return answer;
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

function objectsWorker(random: () => number, lane: string): Worker {
  const base = `${files}/soak-${lane}`;
  /** The MD5 of each object; undefined: there is none. */
  const known = new Map<string, string | undefined>();
  /** What was asked for and not answered. */
  let pending: { readonly name: string; readonly md5: string | undefined } | undefined;
  let count = 0;
  return {
    name: `requests of objects (${lane})`,
    done: () => count,
    async work(owner) {
      if (known.size === 0) await owner.ask('PUT', base);
      const name = `o${Math.floor(random() * 40)}`;
      const wasThere = known.get(name) !== undefined;
      if (wasThere && random() < 0.3) {
        pending = { name, md5: undefined };
        await expect(204, owner, 'DELETE', `${base}/${name}`);
      } else {
        const bytes = randomBytes(1 + Math.floor(random() * 200_000));
        pending = { name, md5: md5(bytes) };
        await expect(201, owner, 'PUT', `${base}/${name}`, bytes);
      }
      known.set(name, pending.md5);
      pending = undefined;
      count++;
    },
    async verify(owner) {
      const found: string[] = [];
      for (const [name, is] of new Map([
        ...known,
        ...(pending ? [[pending.name, known.get(pending.name)] as const] : []),
      ])) {
        const { status, bytes } = await owner.ask('GET', `${base}/${name}`);
        const now = status === 200 ? md5(bytes) : undefined;
        const may = pending?.name === name ? [is, pending.md5] : [is];
        if (!may.includes(now)) found.push(`${base}/${name} is ${now}, not ${may.join(' or ')}.`);
        known.set(name, now);
      }
      pending = undefined;
      return found;
    },
  };
}

/** An image whose property counts. */
function propertiesWorker(id: string): Worker {
  let [answered, asked, count] = [0, 0, 0];
  return {
    name: 'property edits',
    done: () => count,
    async work(owner) {
      asked = answered + 1;
      const operations = [{ op: 'add', path: '/soak_count', value: String(asked) }];
      await expect(200, owner, 'PATCH', `${images}/${id}`, operations, patchType);
      answered = asked;
      count++;
    },
    async verify(owner) {
      const is = Number((await owner.ask('GET', `${images}/${id}`)).json['soak_count'] ?? 0);
      const isKnown = is === answered || is === asked;
      const found = isKnown ? [] : [`soak_count is ${is}, and ${answered} was answered.`];
      answered = is;
      return found;
    },
  };
}

/** Tasks that were answered: each is there and succeeds. */
function tasksOf(breaches: string[]) {
  const open = new Set<string>();
  return {
    async run(owner: Caller, emulator: Running, type: string, input: JsonObject): Promise<JsonObject> {
      const id = String(
        (await expect(201, owner, 'POST', '/dfw/image/v2/tasks', { type, input })).json['id'],
      );
      open.add(id);
      const task = await taskEnd(emulator, owner, 'dfw', id);
      open.delete(id);
      if (task['status'] !== 'success') breaches.push(`The ${type} ${id} failed: ${String(task['message'])}`);
      return (task['result'] ?? {}) as JsonObject;
    },
    async verify(owner: Caller): Promise<string[]> {
      const found: string[] = [];
      for (const id of open) {
        const { status, json } = await owner.ask('GET', `/dfw/image/v2/tasks/${id}`);
        if (status !== 200) found.push(`The answered task ${id} is gone.`);
        if (json['status'] === 'failure') found.push(`The task ${id} failed: ${String(json['message'])}`);
        if (json['status'] !== 'pending' && json['status'] !== 'processing') open.delete(id);
      }
      return found;
    },
  };
}

/** Imports a small disk, and answers the image's id. */
export async function importImage(
  owner: Caller,
  emulator: Running,
  name: string,
  run = tasksOf([]).run,
): Promise<string> {
  const path = join(emulator.data, 'soak.vhd');
  makeVhd(path, { guest: 'linux', extents: [{ position: 3 * MiB, bytes: randomBytes(MiB) }] });
  await owner.ask('PUT', `${files}/soak-disks`);
  await expect(201, owner, 'PUT', `${files}/soak-disks/disk.vhd`, readFileSync(path));
  rmSync(path);
  const input = { import_from: 'soak-disks/disk.vhd', image_properties: { name } };
  return String((await run(owner, emulator, 'import', input))['image_id']);
}

function importsWorker(breaches: string[]): Worker {
  const tasks = tasksOf(breaches);
  let count = 0;
  return {
    name: 'imports',
    done: () => count,
    async work(owner, emulator) {
      const image = await importImage(owner, emulator, 'soak import', tasks.run);
      await owner.ask('DELETE', `${images}/${image}`);
      count++;
    },
    verify: tasks.verify,
  };
}

/** Exports into a container that goes again. */
function exportsWorker(image_uuid: string, breaches: string[]): Worker {
  const tasks = tasksOf(breaches);
  let [count, number] = [0, 0];
  return {
    name: 'exports',
    done: () => count,
    async work(owner, emulator) {
      const container = `soak-export-${number++}`;
      await expect(201, owner, 'PUT', `${files}/${container}`);
      await tasks.run(owner, emulator, 'export', { image_uuid, receiving_swift_container: container });
      const objects = JSON.parse((await expect(200, owner, 'GET', `${files}/${container}?format=json`)).text);
      for (const { name } of objects as { name: string }[])
        await expect(204, owner, 'DELETE', `${files}/${container}/${encodeURIComponent(name)}`);
      await expect(204, owner, 'DELETE', `${files}/${container}`);
      count++;
    },
    verify: tasks.verify,
  };
}

function snapshotsWorker(): Worker {
  let [count, number] = [0, 0];
  return {
    name: 'snapshots',
    done: () => count,
    async work(_, emulator) {
      const name = `soak-${number++}`;
      await control(emulator, 'POST', '/snapshots', { name });
      await control(emulator, 'DELETE', `/snapshots/${name}`);
      count++;
      await new Promise((resolve) => setTimeout(resolve, 5000));
    },
    verify: async () => [],
  };
}
