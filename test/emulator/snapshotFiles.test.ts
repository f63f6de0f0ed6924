import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tarHeader } from '../../server/disks/format/tar.ts';
import { checkFolder } from '../../server/emulator/check.ts';
import { ask, logIn, type Running, removeFolder, start as startOn, temporaryFolder } from './harness.ts';

/** Snapshots as files: what goes out of one emulator comes into another, and nothing else does. */

const files = '/dfw/object-store/v1/100001';
const folder = temporaryFolder();
const started: Running[] = [];
let source: Running;
let file: Buffer;
/** As large as a segment that is not the last has to be. */
const first = 'first '.padEnd(2 ** 20, '.');

before(async () => {
  source = await start(join(folder, 'source'), '--seed', 'empty');
  const owner = await logIn(source.url, 'owner');
  await owner.ask('PUT', `${files}/c`);
  for (const [name, text] of [
    ['s1', first],
    ['s2', 'second'],
  ] as const)
    assert.equal((await owner.ask('PUT', `${files}/c/${name}`, Buffer.from(text))).status, 201);
  const manifest = [{ path: '/c/s1' }, { path: '/c/s2' }];
  const large = await owner.ask('PUT', `${files}/c/large?multipart-manifest=put`, manifest);
  assert.equal(large.status, 201, large.text);
  // A copy of a large object is content that lies in that of its segments.
  const copied = await owner.ask('PUT', `${files}/c/copy`, Buffer.alloc(0), { 'x-copy-from': '/c/large' });
  assert.equal(copied.status, 201, copied.text);
  for (const name of ['s1', 's2', 'large']) await owner.ask('DELETE', `${files}/c/${name}`);
  await owner.ask('PUT', `${files}/c/n%C3%A4me%20%2F..%2F`, Buffer.from('odd'));
  assert.equal((await control(source, 'POST', '/snapshots', { name: 'kept' })).status, 201);
  await owner.ask('DELETE', `${files}/c/copy`);
  const got = await control(source, 'GET', '/snapshots/kept');
  assert.equal(got.status, 200, got.text);
  assert.equal(got.headers.get('content-type'), 'application/x-tar');
  assert.equal(Number(got.headers.get('content-length')), got.bytes.length);
  file = got.bytes;
});
after(async () => {
  for (const one of started) if (one.process.exitCode === null) await one.end();
  removeFolder(folder);
});

const control = (
  { url, token }: Running,
  method: string,
  path: string,
  body?: object | Buffer,
  headers: Record<string, string> = {},
) =>
  ask(url, method, `/emulator${path}`, body === undefined ? undefined : (body as Buffer), {
    authorization: `Bearer ${token}`,
    ...headers,
  });

async function start(data: string, ...args: string[]): Promise<Running> {
  const one = await startOn(data, ...args);
  started.push(one);
  return one;
}

async function requireContent({ url }: Running): Promise<void> {
  const owner = await logIn(url, 'owner');
  assert.equal((await owner.ask('GET', `${files}/c/copy`)).text, `${first}second`);
  assert.equal((await owner.ask('GET', `${files}/c/n%C3%A4me%20%2F..%2F`)).text, 'odd');
  assert.equal((await owner.ask('GET', `${files}/c/s1`)).status, 404);
}

/** Starts on a new folder with a file, and answers what it says where it does not serve. */
async function refusedStart(bytes: Buffer, ...args: string[]): Promise<string> {
  const path = join(folder, 'refused.snapshot');
  writeFileSync(path, bytes);
  const failure = await start(join(folder, `refused-${Math.random()}`), '--snapshot', path, ...args).then(
    () => 'It started.',
    (error: Error) => error.message,
  );
  return failure;
}

test('a snapshot file is an ordinary tar, with nothing in it but what the snapshot holds', () => {
  const path = join(folder, 'listed.tar');
  writeFileSync(path, file);
  const { stdout, status } = spawnSync('tar', ['-tf', path], { encoding: 'utf8' });
  assert.equal(status, 0);
  assert.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((name) => name.replace(/[0-9a-f]{64}/, 'HASH')),
    ['snapshot.json', 'records.jsonl', 'blobs/HASH', 'blobs/HASH', 'blobs/HASH'],
  );
});

test('an upload becomes a snapshot to go back to, and its bytes are freed with it', async () => {
  const target = await start(join(folder, 'target'), '--seed', 'empty');
  const put = await control(target, 'PUT', '/snapshots/brought', file);
  assert.equal(put.status, 201, put.text);
  assert.deepEqual([put.json['name'], put.json['bytes']], ['brought', 2 ** 20 + 9]);
  assert.equal((await control(target, 'PUT', '/snapshots/brought', file)).status, 409);
  assert.equal((await control(target, 'POST', '/snapshots/brought/restore', {})).status, 200);
  await requireContent(target);
  const again = await control(target, 'GET', '/snapshots/brought');
  assert.equal(again.status, 200);
  assert.equal((await control(target, 'DELETE', '/snapshots/brought')).status, 204);
  const owner = await logIn(target.url, 'owner');
  for (const name of ['copy', 'n%C3%A4me%20%2F..%2F'])
    assert.equal((await owner.ask('DELETE', `${files}/c/${name}`)).status, 204);
  assert.deepEqual(readdirSync(join(target.data, 'blobs')), []);
  assert.deepEqual(readdirSync(join(target.data, 'incoming')), []);
  await target.end();
  assert.deepEqual(await checkFolder(target.data, true), []);
});

test('a new folder begins with a file, and a folder that holds a cloud is left alone', async () => {
  const path = join(folder, 'kept.snapshot');
  writeFileSync(path, file);
  const data = join(folder, 'begun');
  const begun = await start(data, '--snapshot', path);
  await requireContent(begun);
  assert.deepEqual((await control(begun, 'GET', '/snapshots')).json, { snapshots: [] });
  await begun.end();
  assert.deepEqual(await checkFolder(data, true), []);
  await assert.rejects(start(data, '--snapshot', path), /holds a cloud already, and --snapshot is for a new/);
});

test('the profile and the release of a new folder are those of the file, unless others are given', async () => {
  const cloud = await start(
    join(folder, 'openstack'),
    ...['--profile', 'openstack', '--release', '2024.1', '--seed', 'demo'],
  );
  await control(cloud, 'POST', '/snapshots', { name: 'x' });
  const { bytes } = await control(cloud, 'GET', '/snapshots/x');
  await cloud.end();
  const path = join(folder, 'openstack.snapshot');
  writeFileSync(path, bytes);
  const begun = await start(join(folder, 'openstack2'), '--snapshot', path);
  const { profile, release } = (await control(begun, 'GET', '')).json;
  assert.deepEqual([profile, release], ['openstack', '2024.1']);
  const reader = await logIn(begun.url, 'owner');
  const { images } = (await reader.ask('GET', '/regionone/image/v2/images')).json as {
    images: { id: string }[];
  };
  const image = await reader.ask('GET', `/regionone/image/v2/images/${images[0]?.id}/file`);
  assert.equal(image.status, 200, 'content that is named by SHA-512 came along');
  const foreign = await control(begun, 'PUT', '/snapshots/other', file);
  assert.deepEqual([foreign.status, foreign.rule], [400, 'emulator/snapshot']);
  assert.match(foreign.text, /profile rackspace, and this is one of openstack/);
  await begun.end();
  assert.match(
    await refusedStart(bytes, '--profile', 'rackspace'),
    /profile openstack, and this is one of rackspace/,
  );
});

const sizeAt = (header: number) => Number.parseInt(file.toString('latin1', header + 124, header + 136), 8);
const recordsAt = () => 512 + file.indexOf('records.jsonl');
const describeRecords = (text: string) => ({
  bytes: Buffer.byteLength(text),
  sha256: createHash('sha256').update(text).digest('hex'),
});

/** Puts another head, or other records, into the file. */
async function forge(changeHead: (head: Record<string, unknown>) => void, records?: string): Promise<Buffer> {
  const next = (at: number) => at + 512 + Math.ceil(sizeAt(at) / 512) * 512;
  const head = JSON.parse(file.toString('utf8', 512, 512 + sizeAt(0)));
  changeHead(head);
  const entry = async (name: string, bytes: Buffer) =>
    Buffer.concat([
      await tarHeader(name, bytes.length),
      bytes,
      Buffer.alloc((512 - (bytes.length % 512)) % 512),
    ]);
  const second = next(0);
  return Buffer.concat([
    await entry('snapshot.json', Buffer.from(JSON.stringify(head))),
    records === undefined
      ? file.subarray(second, next(second))
      : await entry('records.jsonl', Buffer.from(records)),
    file.subarray(next(second)),
  ]);
}

test('a file of an earlier version is taken; what it does not know begins as it does in an older data folder', async () => {
  const text = file.toString('utf8', recordsAt(), recordsAt() + sizeAt(recordsAt() - 512));
  const lines = text.trimEnd().split('\n');
  const from = lines.findIndex((line) => line.startsWith('{"table":"objects"'));
  const to = lines.findIndex((line, index) => index > from && line.startsWith('{'));
  // Objects had no versions, and there was no table of them.
  const older = lines.flatMap((line, index) => {
    if (line.startsWith('{"table":"object_versions"')) return [];
    if (index < from || index >= to) return [line];
    const row = JSON.parse(line);
    return [
      JSON.stringify(index === from ? { ...row, columns: row.columns.slice(0, -1) } : row.slice(0, -1)),
    ];
  });
  assert.match(lines[from] ?? '', /,"version"\]\}$/);
  const records = `${older.join('\n')}\n`;
  const forged = await forge((head) => {
    head['schema'] = 11;
    head['records'] = describeRecords(records);
    head['contents'] = { count: 4, bytes: 0 };
  }, records);
  // A content that no record names is not kept.
  const more = Buffer.from('more');
  const name = `blobs/${createHash('sha256').update(more).digest('hex')}`;
  const entry = [await tarHeader(name, more.length), more, Buffer.alloc(512 - more.length)];
  const bytes = Buffer.concat([forged.subarray(0, -1024), ...entry, Buffer.alloc(1024)]);
  const target = await start(join(folder, 'older'), '--seed', 'empty');
  const put = await control(target, 'PUT', '/snapshots/older', bytes);
  assert.equal(put.status, 201, put.text);
  assert.equal(readdirSync(join(target.data, 'blobs')).length, 3);
  assert.equal((await control(target, 'POST', '/snapshots/older/restore', {})).status, 200);
  await requireContent(target);
  await target.end();
  assert.deepEqual(await checkFolder(target.data, true), []);
});

test('a file that is damaged, foreign or newer is refused with a sentence, and leaves nothing', async () => {
  const records = recordsAt();
  const flipped = Buffer.from(file);
  flipped.writeUInt8((flipped[records + 20] ?? 0) ^ 1, records + 20);
  const content = Buffer.from(file);
  const at = content.lastIndexOf('blobs/') + 512;
  content.writeUInt8((content[at] ?? 0) ^ 1, at);
  const tarred = join(folder, 'foreign.tar');
  spawnSync('tar', ['-cf', tarred, '-C', folder, 'listed.tar']);
  const withRecords = (text: string) =>
    forge((head) => {
      head['records'] = describeRecords(text);
    }, text);
  const renamed = Buffer.from(
    file.toString('latin1').replace(/blobs\/[0-9a-f]{64}/, `../${'x'.repeat(67)}`),
    'latin1',
  );
  const cases: [string, Buffer, RegExp][] = [
    ['nothing', Buffer.alloc(0), /no snapshot of an emulator/],
    ['text', Buffer.from('hello'.repeat(1000)), /no snapshot of an emulator/],
    ['another tar', readFileSync(tarred), /no snapshot of an emulator/],
    ['cut in a content', file.subarray(0, file.length - 1600), /is damaged: it is cut short/],
    ['cut in the records', file.subarray(0, records + 100), /is damaged: it is cut short/],
    ['a bit of the records', flipped, /is damaged: its records are not what they were/],
    ['a bit of a content', content, /is damaged: content .* is not what its name says/],
    ['a path outside', renamed, /damaged/],
    [
      'a later layout',
      await forge((head) => Object.assign(head, { format: 2, version: '9.9' })),
      /later version .*9\.9/,
    ],
    ['later records', await forge((head) => Object.assign(head, { schema: 999 })), /later version/],
    [
      'a later service',
      await forge((head) => Object.assign(head, { services: { moon: 1 } })),
      /later version/,
    ],
    [
      'a table of the store',
      await withRecords('{"table":"meta","columns":["name"]}\n["x"]\n'),
      /records of 'meta'/,
    ],
    [
      'a column that is SQL',
      await withRecords('{"table":"users","columns":["id, 1"]}\n'),
      /columns that are not known/,
    ],
    [
      'a value of another type',
      await withRecords('{"table":"users","columns":["id"]}\n[1]\n'),
      /a row of 'users' does not fit/,
    ],
    ['no line of JSON', await withRecords('x\n'), /do not fit together/],
    [
      'content that is missing',
      await withRecords(
        `{"table":"objects","columns":["container","name","blob"]}\n[1,"n","${'0'.repeat(64)}"]\n`,
      ),
      /do not fit together/,
    ],
  ];
  const target = await startEmpty();
  for (const [name, bytes, message] of cases) {
    const answer = await control(target, 'PUT', '/snapshots/bad', bytes);
    assert.deepEqual([answer.status, answer.rule], [400, 'emulator/snapshot'], `${name}: ${answer.text}`);
    assert.match(answer.text, message, name);
  }
  assert.deepEqual((await control(target, 'GET', '/snapshots')).json, { snapshots: [] });
  for (const kept of ['blobs', 'incoming']) assert.deepEqual(readdirSync(join(target.data, kept)), [], kept);
  assert.equal((await control(target, 'GET', '/snapshots/none')).status, 404);
  for (const method of ['GET', 'PUT'])
    assert.equal((await ask(target.url, method, '/emulator/snapshots/kept')).status, 401);
  await target.end();
  assert.deepEqual(await checkFolder(target.data, true), []);
  for (const index of [3]) {
    const [name = '', bytes = file, message = /./] = cases[index] ?? [];
    assert.match(await refusedStart(bytes), message, name);
  }
  assert.match(await refusedStart(file, '--seed', 'empty'), /Use either --seed or --snapshot/);
});

function startEmpty(): Promise<Running> {
  return start(join(folder, 'empty'), '--seed', 'empty');
}

test('--discard removes what the emulator made, and nothing else', async () => {
  const data = join(folder, 'discarded');
  const one = await start(data, '--seed', 'empty', '--discard');
  writeFileSync(join(data, 'mine.txt'), 'mine');
  await one.end();
  assert.deepEqual(readdirSync(data), ['mine.txt']);
});
