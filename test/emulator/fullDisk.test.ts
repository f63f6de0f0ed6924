import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from '../../server/emulator/check.ts';
import type { JsonObject } from '../../server/rules/types.ts';
import { MiB, makeVhd } from '../tools/disks.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
} from './harness.ts';

const files = '/dfw/object-store/v1/100001';
const full = "The disk that holds the emulator's data folder is full. Make room, and try again.";
const room = 40;

/** Runs `use` on a file system of its own, small and in memory. */
async function onSmallDisk(use: (data: string) => Promise<void>): Promise<void> {
  const data = temporaryFolder();
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const run = (...command: string[]) => {
    const [name = '', ...parameters] = [...asRoot, ...command];
    execFileSync(name, parameters);
  };
  run('mount', '-t', 'tmpfs', '-o', `size=${room}m,mode=0777`, 'tmpfs', data);
  try {
    await use(data);
  } finally {
    run('umount', data);
    removeFolder(data);
  }
}

const skip = process.platform !== 'linux' && 'needs a file system of a size of its own (Linux)';

test('uploads, imports and exports on a full disk fail with a sentence and leave nothing', { skip }, () =>
  onSmallDisk(async (data) => {
    const emulator = await start(data, '--speed', '100000');
    const owner = await logIn(emulator.url, 'owner');
    const disk = join(temporaryFolder(), 'disk.vhd');
    makeVhd(disk, { guest: 'linux', extents: [{ position: 4 * MiB, bytes: randomBytes(8 * MiB) }] });
    // Kept alive, so that an answer which comes while the body is still being sent is read.
    const put = (name: string, bytes: Buffer) =>
      owner.ask('PUT', `${files}/exports/${name}`, bytes, { connection: 'keep-alive' });
    const fill = async (left: number) => {
      const free = Number(execFileSync('stat', ['-f', '-c', '%a', data])) * 4096;
      assert.ok(free > left, `${free} bytes are free`);
      writeFileSync(join(data, 'filler'), Buffer.alloc(free - left));
    };
    const empty = () => removeFolder(join(data, 'filler'));
    const blobs = () => readdirSync(join(data, 'blobs')).sort();
    const run = (type: string, input: JsonObject) => ended(emulator, owner, type, input);
    const importInput = { import_from: 'exports/disk.vhd', image_properties: { name: 'disk' } };

    await fill(4 * MiB);
    const before = blobs();
    const refused = await put('disk.vhd', readFileSync(disk));
    assert.equal(refused.status, 507);
    assert.ok(refused.text.includes(full.replace("'", '&#39;')) || refused.text.includes(full), refused.text);
    assert.equal((await owner.ask('GET', `${files}/exports/disk.vhd`)).status, 404);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [before, []]);

    empty();
    assert.equal((await put('disk.vhd', readFileSync(disk))).status, 201);
    await fill(4 * MiB);
    const held = blobs();
    const broken = await run('import', importInput);
    assert.deepEqual([broken['status'], broken['message']], ['failure', full]);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [held, []]);

    empty();
    const made = await run('import', importInput);
    assert.equal(made['status'], 'success', String(made['message']));
    const image = String((made['result'] as JsonObject)['image_id']);
    const exportInput = { image_uuid: image, receiving_swift_container: 'exports' };
    await fill(4 * MiB);
    const packed = blobs();
    const lost = await run('export', exportInput);
    assert.deepEqual([lost['status'], lost['message']], ['failure', full]);
    assert.deepEqual([blobs(), readdirSync(join(data, 'incoming'))], [packed, []]);
    await emulator.end();
    empty();
    assert.deepEqual(await checkFolder(data, true), []);
  }),
);

async function ended(emulator: Running, owner: Caller, type: string, input: JsonObject): Promise<JsonObject> {
  const { status, json, text } = await owner.ask('POST', '/dfw/image/v2/tasks', { type, input });
  assert.equal(status, 201, text);
  return taskEnd(emulator, owner, 'dfw', String(json['id']));
}
