import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { openListings } from '../../server/cloud/services/containers.ts';
import { type FileUpload, readSegments, uploadFile } from '../../server/cloud/services/largeObjects.ts';
import { startEmulator } from '../tools/emulator.ts';

/** Files in segments of 1 MiB, against an emulator. */
const MiB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-large-'));
const file = join(folder, 'disk.bin');
let emulator: Awaited<ReturnType<typeof startEmulator>>;
let cloud: Cloud;

before(async () => {
  emulator = await startEmulator({ data: join(folder, 'data') });
  const credentials = { userName: 'owner', password: 'emulator', project: '100001', region: 'DFW' };
  cloud = await connect({ ...credentials, authUrl: `${emulator.url}/identity/v3` });
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes four pieces, each of one letter. */
function write(letters: string): void {
  writeFileSync(file, Buffer.concat([...letters].map((letter) => Buffer.alloc(MiB, letter))));
}

const upload = (options: FileUpload = {}): Promise<number> =>
  uploadFile(cloud.objects, 'c', 'disk.bin', file, { segmentBytes: MiB, ...options });

/** Stops an upload as soon as the first bytes of its third piece leave. */
async function stopped(options: FileUpload = {}): Promise<void> {
  const abort = new AbortController();
  const progress = (sent: number): void => {
    if (sent > 2 * MiB) abort.abort(new Error('stopped'));
  };
  await assert.rejects(upload({ ...options, progress, signal: abort.signal }), /stopped/);
}

const segments = async (): Promise<string[]> =>
  (await cloud.objects.list('c_segments')).map(({ name }) => name);

async function content(): Promise<string> {
  const stream = await cloud.objects.getObject('c', 'disk.bin');
  const whole = Buffer.from(await new Response(stream).arrayBuffer());
  return [0, 1, 2, 3].map((at) => String.fromCharCode(whole[at * MiB] ?? 0)).join('');
}

test('an upload in segments that is stopped goes on, or leaves nothing where that is wanted', async () => {
  await cloud.objects.putContainer('c');
  write('abcd');
  await stopped({ discards: true });
  assert.deepEqual(await cloud.objects.list('c'), []);
  assert.ok(!(await openListings(cloud.session, cloud.region).containers()).includes('c_segments'));
  await stopped();
  assert.equal((await segments()).length, 2);
  assert.equal(await upload(), 2 * MiB);
  assert.equal(await content(), 'abcd');
  assert.equal(await upload(), 0);
});

test('one that replaces another leaves that as it is until it is whole; equal pieces are not sent, and none is left over', async () => {
  write('abXY');
  const was = await segments();
  await stopped({ discards: true });
  assert.deepEqual([await content(), await segments()], ['abcd', was]);
  assert.equal(await upload(), 2 * MiB);
  assert.equal(await content(), 'abXY');
  const listed = (await readSegments(cloud.objects, 'c', 'disk.bin'))?.segments.map(({ name }) => name);
  assert.deepEqual((await segments()).sort(), listed?.sort());
  utimesSync(file, 1, 1);
  assert.equal(await upload(), 0, 'the same content');
  assert.equal(await uploadFile(cloud.objects, 'c', 'disk.bin', file), 4 * MiB);
  assert.deepEqual(await segments(), [], 'in one piece it has none');
  assert.equal(await content(), 'abXY');
});
