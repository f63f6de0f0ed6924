import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { readStoredDisk } from '../../server/cloud/stored/storedDisk.ts';
import { readStored } from '../../server/cloud/stored/storedObject.ts';
import { blockStates } from '../../server/disks/blockStates.ts';
import { GiB, MiB, makeVhd } from '../tools/disks.ts';
import { startEmulator } from '../tools/emulator.ts';

/** A VHD in Cloud Files in four segments, of which some are lost. Its blocks 0, 3 and 7 are written. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-stored-'));
let emulator: Awaited<ReturnType<typeof startEmulator>>;
let cloud: Cloud;
let pieces: Buffer[];

before(async () => {
  emulator = await startEmulator({ data: join(folder, 'data') });
  const credentials = { userName: 'owner', password: 'emulator', project: '100001', region: 'DFW' };
  cloud = await connect({ ...credentials, authUrl: `${emulator.url}/identity/v3` });
  const path = join(folder, 'disk.vhd');
  const extents = [0, 3, 7].map((block) => ({ position: block * 2 * MiB, bytes: randomBytes(2 * MiB) }));
  makeVhd(path, { virtualSize: 20 * MiB, extents });
  const bytes = readFileSync(path);
  const length = Math.ceil(bytes.length / 4);
  pieces = [0, 1, 2, 3].map((at) => bytes.subarray(at * length, (at + 1) * length));
  await cloud.objects.putContainer('c');
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

async function put(name: string, bytes: Uint8Array): Promise<void> {
  const open = async function* () {
    yield bytes;
  };
  await cloud.objects.putContent('c', name, { size: bytes.length, open });
}

/** Stores the disk as an export does, without the segments that are lost. */
async function putDynamic(name: string, ...lost: readonly number[]): Promise<void> {
  for (const [at, piece] of pieces.entries())
    if (!lost.includes(at + 1)) await put(`${name}-0000${at + 1}`, piece);
  await cloud.objects.putDynamic('c', name, `c/${name}-`);
}

async function read(name: string) {
  const object = await readStored(cloud.objects, { container: 'c', name });
  const disk = await readStoredDisk(cloud.objects, object);
  const states = [...(disk?.map?.states ?? [])].flatMap((state, at) =>
    Array<string>(disk?.map?.lengths[at] ?? 0).fill(blockStates[state] ?? ''),
  );
  return { object, disk, states: states.join(' ') };
}

test('a whole object of segments is read as one disk', async () => {
  await putDynamic('whole.vhd');
  const { object, disk, states } = await read('whole.vhd');
  assert.equal(object.form, 'segments');
  assert.deepEqual(object.segments.map(({ state, start }) => [state, start]).at(1), [
    'there',
    pieces[0]?.length,
  ]);
  assert.deepEqual([disk?.type, disk?.virtualSize, disk?.damage], ['dynamic', 20 * MiB, []]);
  assert.equal(states, 'allocated free free allocated free free free allocated free free');
});

test('a segment that is missing has its place among the others, and the blocks in it are lost', async () => {
  await putDynamic('gap.vhd', 2);
  const { object, disk, states } = await read('gap.vhd');
  assert.deepEqual(
    object.segments.map(({ name, state }) => `${name} ${state}`),
    ['gap.vhd-00001 there', 'gap.vhd-00002 missing', 'gap.vhd-00003 there', 'gap.vhd-00004 there'],
  );
  assert.equal(object.segments[1]?.bytes, pieces[1]?.length);
  assert.deepEqual(disk?.damage, [], 'the gap is told of once, by the segment');
  assert.equal(states, 'lost free free lost free free free allocated free free');
});

test('where the table of blocks is lost, no block is claimed to be anything', async () => {
  await putDynamic('front.vhd', 1);
  const { object, disk } = await read('front.vhd');
  assert.equal(object.segments[0]?.state, 'missing');
  assert.equal(disk?.virtualSize, 20 * MiB, 'the footer at the end says it');
  assert.equal(disk?.map, undefined);
});

test('a table of blocks that is lost in part is no table', async () => {
  const path = join(folder, 'large.vhd');
  makeVhd(path, { virtualSize: 1024 * GiB, extents: [{ position: 0, bytes: randomBytes(2 * MiB) }] });
  const bytes = readFileSync(path);
  for (let at = 0; at * MiB < bytes.length; at++)
    await put(`large-${at}`, bytes.subarray(at * MiB, (at + 1) * MiB));
  await cloud.objects.putStatic('c', 'large.vhd', await cloud.objects.list('c', 'large-'), 'c');
  assert.equal((await read('large.vhd')).disk?.map?.lengths.length, 2);
  await cloud.objects.deleteObject('c', 'large-1');
  const { disk } = await read('large.vhd');
  assert.deepEqual([disk?.virtualSize, disk?.map], [1024 * GiB, undefined]);
});

test('a static object tells segments that are gone from those that became other content', async () => {
  for (const [at, piece] of pieces.entries()) await put(`static-${at}`, piece);
  const listed = await cloud.objects.list('c', 'static-');
  await cloud.objects.putStatic('c', 'static.vhd', listed, 'c');
  await cloud.objects.deleteObject('c', 'static-2');
  await put('static-3', Buffer.from(pieces[3]?.toReversed() ?? []));
  const { object } = await read('static.vhd');
  assert.deepEqual(
    object.segments.map(({ state }) => state),
    ['there', 'there', 'missing', 'replaced'],
  );
});

test('what is no disk, what has no segment left and what is not there each say so', async () => {
  await put('text.vhd', Buffer.from('<html>not a disk</html>'));
  const text = await read('text.vhd');
  assert.deepEqual([text.object.form, text.disk], ['whole', undefined]);
  await putDynamic('empty.vhd', 1, 2, 3, 4);
  const empty = await readStored(cloud.objects, { container: 'c', name: 'empty.vhd' });
  assert.deepEqual([empty.form, empty.segments], ['segments', []]);
  const gone = await readStored(cloud.objects, { container: 'c', name: 'gone.vhd' });
  assert.equal(gone.form, 'gone');
});
