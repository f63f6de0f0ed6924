import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDisk } from '../tools/disks.ts';
import { type Caller, logIn, taskEnd, withEmulator } from './harness.ts';

const base = '/dfw/object-store/v1/MossoCloudFS_100001';
const mebibyte = 2 ** 20;
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex');
const quoted = (parts: readonly Buffer[]) => `"${md5(parts.map(md5).join(''))}"`;

/** Uploads parts as `c/big/00000`, `c/big/00001` and so on. */
async function uploadParts({ ask }: Caller, parts: readonly Buffer[]): Promise<void> {
  await ask('PUT', `${base}/c`);
  for (const [index, part] of parts.entries())
    assert.equal((await ask('PUT', `${base}/c/big/0000${index}`, part)).status, 201);
}

test('a dynamic large object is what its prefix finds now', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const { ask } = owner;
    const parts = [randomBytes(1000), randomBytes(500), randomBytes(7)];
    const whole = Buffer.concat(parts);
    await uploadParts(owner, parts);
    const path = `${base}/c/whole`;
    const manifest = { 'x-object-manifest': 'c/big%2F', 'content-type': 'application/x-vhd' };
    assert.equal((await ask('PUT', path, Buffer.alloc(0), manifest)).status, 201);
    const got = await ask('GET', path);
    assert.deepEqual([got.status, got.headers.get('etag')], [200, quoted(parts)]);
    assert.ok(got.bytes.equals(whole));
    const head = await ask('HEAD', path);
    assert.deepEqual(
      ['content-length', 'etag', 'x-object-manifest', 'content-type'].map((name) => head.headers.get(name)),
      ['1507', quoted(parts), 'c/big%2F', 'application/x-vhd'],
    );
    const listed = JSON.parse((await ask('GET', `${base}/c?format=json&prefix=whole`)).text);
    assert.deepEqual([listed[0].bytes, listed[0].hash], [0, md5('')]);

    const across = await ask('GET', path, undefined, { range: 'bytes=990-1502' });
    assert.deepEqual([across.status, across.headers.get('content-range')], [206, 'bytes 990-1502/1507']);
    assert.ok(across.bytes.equals(whole.subarray(990, 1503)));
    assert.equal((await ask('GET', path, undefined, { range: 'bytes=1507-' })).status, 416);
    assert.equal((await ask('GET', path, undefined, { 'if-none-match': quoted(parts) })).status, 304);

    const raw = await ask('GET', `${path}?multipart-manifest=get`);
    assert.deepEqual([raw.status, raw.headers.get('etag'), raw.bytes.length], [200, md5(''), 0]);

    // Without a word, as the real one does.
    assert.equal((await ask('DELETE', `${base}/c/big/00001`)).status, 204);
    const short = await ask('GET', path);
    assert.deepEqual([short.status, short.headers.get('content-length')], [200, '1007']);
    assert.ok(short.bytes.equals(Buffer.concat([parts[0] ?? whole, parts[2] ?? whole])));

    // A POST that does not name the manifest again makes it a plain object.
    assert.equal((await ask('POST', path, undefined, { 'x-object-meta-a': '1' })).status, 202);
    assert.equal((await ask('GET', path)).bytes.length, 0);
  });
});

test('a static large object knows its segments', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, data }) => {
    const owner = await logIn(url, 'owner');
    const { ask } = owner;
    const parts = [randomBytes(mebibyte), randomBytes(mebibyte + 5), randomBytes(9)];
    const whole = Buffer.concat(parts);
    await uploadParts(owner, parts);
    const segments = parts.map((part, index) => ({
      path: `c/big/0000${index}`,
      etag: md5(part),
      size_bytes: part.length,
    }));
    const path = `${base}/c/whole`;
    const put = await ask('PUT', `${path}?multipart-manifest=put`, segments);
    assert.deepEqual([put.status, put.headers.get('etag')], [201, quoted(parts)]);
    const got = await ask('GET', path);
    assert.deepEqual(
      [got.headers.get('etag'), got.headers.get('x-static-large-object')],
      [quoted(parts), 'True'],
    );
    assert.ok(got.bytes.equals(whole));
    const across = await ask('GET', path, undefined, { range: `bytes=${mebibyte - 3}-${2 * mebibyte + 8}` });
    assert.ok(across.bytes.equals(whole.subarray(mebibyte - 3, 2 * mebibyte + 9)));
    const stored = JSON.parse((await ask('GET', `${path}?multipart-manifest=get`)).text);
    assert.deepEqual(
      stored.map(({ name, bytes, hash }: Record<string, unknown>) => [name, bytes, hash]),
      segments.map(({ path: name, size_bytes, etag }) => [`/${name}`, size_bytes, etag]),
    );
    const again = (await ask('GET', `${path}?multipart-manifest=get&format=raw`)).text;
    assert.equal(
      (await ask('PUT', `${base}/c/again?multipart-manifest=put`, Buffer.from(again))).status,
      201,
    );
    const [listed] = JSON.parse((await ask('GET', `${base}/c?format=json&prefix=whole`)).text);
    assert.deepEqual([listed.bytes, listed.slo_etag], [whole.length, quoted(parts)]);
    assert.equal((await ask('POST', path, undefined, { 'x-object-meta-a': '1' })).status, 202);
    assert.equal((await ask('HEAD', path)).headers.get('content-length'), String(whole.length));

    // One of others, with parts of them.
    const nested = [
      { path: 'c/whole', range: '0-9' },
      { path: 'c/big/00002', range: '-4' },
    ];
    const small = await ask('PUT', `${base}/c/nested?multipart-manifest=put`, nested);
    assert.deepEqual([small.status, /at least 1048576/.test(small.text)], [400, true]);
    const wide = [
      { path: 'c/whole', range: '5-' },
      { path: 'c/big/00002', range: '-4' },
    ];
    assert.equal((await ask('PUT', `${base}/c/nested?multipart-manifest=put`, wide)).status, 201);
    const expected = Buffer.concat([whole.subarray(5), whole.subarray(-4)]);
    assert.ok((await ask('GET', `${base}/c/nested`)).bytes.equals(expected));

    const files = readdirSync(join(data, 'blobs')).length;
    assert.equal((await ask('PUT', `${base}/c/big/00001`, Buffer.from('changed'))).status, 201);
    const broken = await ask('GET', path);
    assert.deepEqual([broken.status, /segment \/c\/big\/00001/.test(broken.text)], [409, true]);
    assert.equal((await ask('GET', path, undefined, { range: 'bytes=0-9' })).status, 206);
    assert.equal((await ask('DELETE', `${base}/c/big/00001`)).status, 204);
    assert.equal((await ask('GET', path)).status, 409);
    assert.equal((await ask('HEAD', path)).status, 200);
    assert.equal(readdirSync(join(data, 'blobs')).length, files - 1);

    const plain = await ask('DELETE', `${base}/c/big/00002?multipart-manifest=delete`);
    assert.match(plain.text, /Not an SLO manifest/);
    const gone = await ask('DELETE', `${path}?multipart-manifest=delete`, undefined, {
      accept: 'application/json',
    });
    assert.deepEqual([gone.status, gone.json['Number Deleted'], gone.json['Number Not Found']], [200, 3, 1]);
    assert.equal((await ask('GET', `${base}/c`)).text, 'again\nnested\n');
  });
});

test('a manifest is refused with what is wrong of each segment', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, data }) => {
    const owner = await logIn(url, 'owner');
    const part = randomBytes(10);
    await uploadParts(owner, [part]);
    const put = async (body: Buffer | object, headers?: Record<string, string>) => {
      const sent = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      const { status, text } = await owner.ask('PUT', `${base}/c/x?multipart-manifest=put`, sent, headers);
      return [status, text.replace(/^.*<p>|<\/p>.*$/gs, '').trim()];
    };
    const path = '/c/big/00000';
    assert.deepEqual(await put(Buffer.from('[')), [400, 'Manifest must be valid JSON.']);
    assert.deepEqual(await put({}), [400, 'Manifest must be a list.']);
    assert.deepEqual(await put(Array(1001).fill({ path })), [
      413,
      'Number of object-backed segments must be <= 1000',
    ]);
    assert.deepEqual(await put([{ path: 'c' }, { path, size_bytes: 0 }]), [
      400,
      'Index 0: path does not refer to an object. Path must be of the form /container/object.\nIndex 1: too small; each segment must be at least 1 byte.',
    ]);
    assert.deepEqual(await put([{ path, size_bytes: 11 }, { path: 'c/none' }, { path, etag: 'x' }]), [
      400,
      'Errors:\n/c/big/00000, Size Mismatch\nc/none, 404 Not Found\n/c/big/00000, Etag Mismatch',
    ]);
    assert.deepEqual(await put([{ path, range: '10-' }]), [
      400,
      'Errors:\n/c/big/00000, Unsatisfiable Range',
    ]);
    assert.deepEqual(await put([{ path, data: 'eA==' }]), [
      400,
      'Index 0: inline data is not done by the emulator',
    ]);
    assert.equal((await put([{ path }], { etag: md5('other') }))[0], 422);
    assert.equal((await put([{ path }], { etag: md5(md5(part)) }))[0], 201);
    assert.deepEqual(readdirSync(join(data, 'incoming')), []);
  });
});

test('copies refer to the same content, and those of large objects to their segments', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, data }) => {
    const owner = await logIn(url, 'owner');
    const { ask } = owner;
    const parts = [randomBytes(700), randomBytes(300)];
    const whole = Buffer.concat(parts);
    await uploadParts(owner, parts);
    const files = () => readdirSync(join(data, 'blobs')).length;
    const meta = { 'x-object-meta-colour': 'blue', 'content-type': 'text/x' };
    await ask('POST', `${base}/c/big/00000`, undefined, meta);
    const copied = await ask('COPY', `${base}/c/big/00000`, undefined, {
      destination: 'c/copy%20one',
      'x-object-meta-size': 'small',
    });
    assert.deepEqual([copied.status, copied.headers.get('x-copied-from')], [201, 'c/big/00000']);
    const copy = await ask('GET', `${base}/c/copy%20one`);
    assert.deepEqual(
      ['x-object-meta-colour', 'x-object-meta-size', 'content-type'].map((name) => copy.headers.get(name)),
      ['blue', 'small', 'text/x'],
    );
    assert.ok(copy.bytes.equals(whole.subarray(0, 700)));
    const fresh = await ask('PUT', `${base}/c/fresh`, Buffer.alloc(0), {
      'x-copy-from': '/c/big/00000',
      'x-fresh-metadata': 'true',
    });
    assert.equal(fresh.status, 201);
    assert.equal((await ask('HEAD', `${base}/c/fresh`)).headers.get('x-object-meta-colour'), null);
    assert.equal(files(), 2);

    await ask('PUT', `${base}/c/whole`, Buffer.alloc(0), { 'x-object-manifest': 'c/big/' });
    const joined = await ask('COPY', `${base}/c/whole`, undefined, { destination: 'c/joined' });
    assert.deepEqual([joined.status, joined.headers.get('etag')], [201, md5(whole)]);
    const manifest = await ask('COPY', `${base}/c/whole?multipart-manifest=get`, undefined, {
      destination: 'c/also',
    });
    assert.equal(manifest.status, 201);
    assert.equal((await ask('HEAD', `${base}/c/also`)).headers.get('x-object-manifest'), 'c/big/');
    assert.equal(files(), 3); // the segments, and the empty manifest
    for (const name of ['big/00000', 'big/00001', 'fresh', 'copy%20one', 'whole', 'also'])
      assert.equal((await ask('DELETE', `${base}/c/${name}`)).status, 204);
    const left = await ask('GET', `${base}/c/joined`);
    assert.equal(left.headers.get('x-object-manifest'), null);
    assert.ok(left.bytes.equals(whole));
    const part = await ask('GET', `${base}/c/joined`, undefined, { range: 'bytes=600-899' });
    assert.ok(part.bytes.equals(whole.subarray(600, 900)));
    assert.equal(files(), 2);
    assert.equal((await ask('COPY', `${base}/c/joined`, undefined, { destination: 'c/third' })).status, 201);
    assert.equal((await ask('DELETE', `${base}/c/joined`)).status, 204);
    assert.ok((await ask('GET', `${base}/c/third`)).bytes.equals(whole));
    assert.equal((await ask('DELETE', `${base}/c/third`)).status, 204);
    assert.equal(files(), 0);

    assert.equal((await ask('COPY', `${base}/c/none`, undefined, { destination: 'c/x' })).status, 404);
    assert.equal((await ask('COPY', `${base}/c/none`)).status, 412);
    assert.equal((await ask('COPY', `${base}/c/none`, undefined, { destination: 'c' })).status, 412);
    const other = { destination: 'c/x', 'destination-account': 'MossoCloudFS_100002' };
    assert.equal((await ask('COPY', `${base}/c/none`, undefined, other)).status, 403);
    const observer = await logIn(url, 'observer');
    assert.equal(
      (await observer.ask('COPY', `${base}/c/none`, undefined, { destination: 'c/x' })).status,
      403,
    );
  });
});

test('a disk in segments, of either kind, is imported as one file', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const { ask } = owner;
    const file = join(emulator.data, 'disk.vhd');
    makeDisk(file, 'linux');
    const disk = readFileSync(file);
    const third = Math.ceil(disk.length / 3);
    const parts = [0, 1, 2].map((index) => disk.subarray(index * third, (index + 1) * third));
    await uploadParts(owner, parts);
    await ask('PUT', `${base}/exports/dynamic.vhd`, Buffer.alloc(0), { 'x-object-manifest': 'c/big/' });
    await ask('PUT', `${base}/exports/joined.vhd`, Buffer.alloc(0), { 'x-copy-from': 'exports/dynamic.vhd' });
    const run = async (object: string) => {
      const input = { import_from: `exports/${object}`, image_properties: { name: object } };
      const { json } = await ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
      return taskEnd(emulator, owner, 'dfw', String(json['id']));
    };
    for (const object of ['dynamic.vhd', 'joined.vhd']) {
      const { status, message } = await run(object);
      assert.equal(status, 'success', String(message));
    }
    assert.equal((await ask('DELETE', `${base}/c/big/00001`)).status, 204);
    const broken = await run('dynamic.vhd');
    assert.equal(broken['status'], 'failure');
    assert.equal((await run('joined.vhd'))['status'], 'success');
  });
});
