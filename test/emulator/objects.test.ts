import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { logIn, readEvents, withEmulator } from './harness.ts';

const base = '/dfw/object-store/v1/MossoCloudFS_100001';
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

test('containers: made, described, listed, removed when empty', async () => {
  await withEmulator([], async ({ url }) => {
    const { ask: as } = await logIn(url, 'owner');
    assert.equal(
      (await as('PUT', `${base}/disks`, undefined, { 'x-container-meta-colour': 'blue' })).status,
      201,
    );
    assert.equal((await as('PUT', `${base}/disks`)).status, 202);
    assert.equal((await as('GET', `${base}/none`)).status, 404);
    assert.equal((await as('PUT', `${base}/none/x`, Buffer.from('x'))).status, 404);
    const empty = await as('GET', `${base}/disks`);
    assert.deepEqual([empty.status, empty.text], [204, '']);
    assert.equal((await as('PUT', `${base}/disks/a`, Buffer.from('12345'))).status, 201);
    const head = await as('HEAD', `${base}/disks`);
    assert.equal(head.status, 204);
    assert.equal(head.headers.get('x-container-object-count'), '1');
    assert.equal(head.headers.get('x-container-bytes-used'), '5');
    assert.equal(head.headers.get('x-container-meta-colour'), 'blue');
    const account = await as('HEAD', base);
    assert.equal(account.headers.get('x-account-container-count'), '2'); // `exports` is there from the seed
    assert.equal(account.headers.get('x-account-bytes-used'), '5');
    assert.equal((await as('GET', base)).text, 'disks\nexports\n');
    assert.equal((await as('DELETE', `${base}/disks`)).status, 409);
    assert.equal((await as('DELETE', `${base}/disks/a`)).status, 204);
    assert.equal((await as('DELETE', `${base}/disks/a`)).status, 404);
    assert.equal((await as('DELETE', `${base}/disks`)).status, 204);
    assert.equal((await as('DELETE', `${base}/disks`)).status, 404);
    assert.equal((await as('PUT', `${base}/${'c'.repeat(257)}`)).status, 400);
    // The bare account is the same place, and another region is another.
    assert.equal((await as('HEAD', '/dfw/object-store/v1/100001/exports')).status, 204);
    assert.equal((await as('HEAD', '/ord/object-store/v1/100001/disks')).status, 404);
  });
});

test('objects: stored as sent, with type, metadata and conditions; ranges as asked', async () => {
  await withEmulator([], async ({ url }) => {
    const { ask: as } = await logIn(url, 'owner');
    const path = `${base}/exports/disk.vhd`;
    const bytes = randomBytes(300_000);
    const put = await as('PUT', path, bytes, {
      etag: md5(bytes),
      'content-type': 'application/x-vhd',
      'x-object-meta-made-by': 'me',
    });
    assert.equal(put.status, 201);
    assert.equal(put.headers.get('etag'), md5(bytes));
    const got = await as('GET', path);
    assert.deepEqual(got.bytes, bytes);
    assert.equal(got.headers.get('content-type'), 'application/x-vhd');
    assert.equal(got.headers.get('x-object-meta-made-by'), 'me');
    const head = await as('HEAD', path);
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '300000']);

    const range = async (text: string) => {
      const { status, headers, bytes: part } = await as('GET', path, undefined, { range: text });
      return [status, headers.get('content-range'), part.equals(bytes.subarray(...(slices[text] ?? [0])))];
    };
    const slices: Record<string, [number, number?]> = {
      'bytes=10-19': [10, 20],
      'bytes=299990-': [299_990],
      'bytes=-5': [299_995],
      'bytes=5-999999': [5],
      'bytes=7-3': [0],
    };
    assert.deepEqual(await range('bytes=10-19'), [206, 'bytes 10-19/300000', true]);
    assert.deepEqual(await range('bytes=299990-'), [206, 'bytes 299990-299999/300000', true]);
    assert.deepEqual(await range('bytes=-5'), [206, 'bytes 299995-299999/300000', true]);
    assert.deepEqual(await range('bytes=5-999999'), [206, 'bytes 5-299999/300000', true]);
    assert.deepEqual(await range('bytes=7-3'), [200, null, true]);
    const beyond = await as('GET', path, undefined, { range: 'bytes=300000-' });
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */300000']);

    const conditional = async (headers: Record<string, string>) =>
      (await as('GET', path, undefined, headers)).status;
    assert.equal(await conditional({ 'if-none-match': md5(bytes) }), 304);
    assert.equal(await conditional({ 'if-none-match': '"other"' }), 200);
    assert.equal(await conditional({ 'if-match': `"${md5(bytes)}"` }), 200);
    assert.equal(await conditional({ 'if-match': 'other' }), 412);
    assert.equal(await conditional({ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }), 304);
    assert.equal((await as('PUT', path, Buffer.from('x'), { 'if-none-match': '*' })).status, 412);

    assert.equal((await as('POST', path, undefined, { 'x-object-meta-other': '1' })).status, 202);
    const after = (await as('HEAD', path)).headers;
    assert.deepEqual([after.get('x-object-meta-made-by'), after.get('x-object-meta-other')], [null, '1']);
    assert.equal((await as('GET', `${base}/exports/none`)).status, 404);
    assert.equal((await as('PUT', `${base}/exports/empty`, Buffer.alloc(0))).status, 201);
    assert.deepEqual((await as('GET', `${base}/exports/empty`)).bytes, Buffer.alloc(0));
  });
});

test('a body that is not what its ETag says is refused and leaves what was there', async () => {
  await withEmulator([], async ({ url, data }) => {
    const { ask: as } = await logIn(url, 'owner');
    const path = `${base}/exports/disk`;
    await as('PUT', path, Buffer.from('first'));
    const before = readdirSync(join(data, 'blobs')).length;
    assert.equal(
      (await as('PUT', path, Buffer.from('second'), { etag: md5(Buffer.from('third')) })).status,
      422,
    );
    assert.equal((await as('GET', path)).text, 'first');
    for (const [headers, status, text] of [
      [{ 'x-symlink-target': 'exports/x' }, 400, /^Symlink requests require a zero byte body$/],
      [{ 'x-object-manifest': 'no-prefix' }, 400, /must be in the format container\/prefix/],
      [{ 'x-object-manifest': 'c//x' }, 400, /must be in the format container\/prefix/],
      [{ 'x-object-manifest': 'c/a%3Fb' }, 400, /must be in the format container\/prefix/],
      [{ 'x-copy-from': 'exports/y' }, 400, /zero byte body/],
      [{ 'if-none-match': 'abc' }, 400, /only supports \*/],
      [{ 'x-delete-at': 'soon' }, 400, /Non-integer X-Delete-At/],
      [{ 'x-delete-at': '1000' }, 400, /X-Delete-At in past/],
      [{ 'x-delete-after': '0' }, 400, /X-Delete-After in past/],
      [{ 'x-object-meta-a': 'v'.repeat(257) }, 400, /value longer than 256/],
      [{ [`x-object-meta-${'n'.repeat(129)}`]: 'v' }, 400, /name too long/],
    ] as [Record<string, string>, number, RegExp][]) {
      const refused = await as('PUT', path, Buffer.from('x'), headers);
      assert.equal(refused.status, status, JSON.stringify(headers));
      assert.match(refused.text, text);
    }
    assert.equal((await as('GET', path)).text, 'first');
    assert.equal(readdirSync(join(data, 'incoming')).length, 0);
    assert.equal(readdirSync(join(data, 'blobs')).length, before);
  });
});

test('an upload that breaks off leaves nothing', async () => {
  await withEmulator([], async (emulator) => {
    const { url, data } = emulator;
    const { ask: as, token } = await logIn(url, 'owner');
    const broken = request(`${url}${base}/exports/broken`, {
      method: 'PUT',
      headers: { 'x-auth-token': token, 'content-length': 1e6 },
    });
    broken.on('error', () => undefined); // we cut it ourselves
    broken.write(Buffer.alloc(200_000), () => broken.destroy());
    // The request log tells when the emulator has noticed.
    for (;;) {
      const { requests } = JSON.parse(
        (await as('GET', '/emulator/requests', undefined, { authorization: `Bearer ${emulator.token}` }))
          .text,
      );
      if (requests.some(({ path }: { path: string }) => path.endsWith('/broken'))) break;
      await delay(10);
    }
    assert.equal((await as('HEAD', `${base}/exports/broken`)).status, 404);
    // The log knows of the end before the file is closed and removed.
    while (readdirSync(join(data, 'incoming')).length > 0) await delay(10);
  });
});

test('equal content is stored once and goes with its last name', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, data }) => {
    const { ask: as } = await logIn(url, 'owner');
    const files = () => readdirSync(join(data, 'blobs')).length;
    const bytes = randomBytes(1000);
    await as('PUT', `${base}/c`);
    await Promise.all([1, 2, 3, 4, 5].map((n) => as('PUT', `${base}/c/${n}`, bytes)));
    assert.equal(files(), 1);
    // One name goes and another comes at once: the content stays.
    await Promise.all([
      as('DELETE', `${base}/c/1`),
      as('PUT', `${base}/c/6`, bytes),
      as('PUT', `${base}/c/2`, Buffer.from('other')),
    ]);
    assert.equal(files(), 2);
    for (const n of [3, 4, 5, 6]) {
      assert.deepEqual((await as('GET', `${base}/c/${n}`)).bytes, bytes);
      assert.equal((await as('DELETE', `${base}/c/${n}`)).status, 204);
    }
    assert.equal(files(), 1);
    assert.deepEqual((await as('PUT', `${base}/c/7`, bytes)).status, 201);
    assert.deepEqual((await as('GET', `${base}/c/7`)).bytes, bytes);
  });
});

test('listings: order, prefix, delimiter, marker, limit, plain and JSON', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask: as } = await logIn(url, 'owner');
    await as('PUT', `${base}/c`);
    const names = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', '\u{1F600}', 'z', '\uFFFD'];
    await Promise.all(
      names.map((name) => as('PUT', `${base}/c/${encodeURIComponent(name)}`, Buffer.from(name))),
    );
    const list = async (query: string) =>
      (await as('GET', `${base}/c?${query}`)).text.split('\n').slice(0, -1);
    // Byte order of UTF-8, in which U+1F600 follows U+FFFD.
    const sorted = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'z', '\uFFFD', '\u{1F600}'];
    assert.deepEqual(await list(''), sorted);
    assert.deepEqual(await list('delimiter=/'), ['a', 'b/', 'd', 'e/', 'z', '\uFFFD', '\u{1F600}']);
    assert.deepEqual(await list('prefix=b/'), ['b/1', 'b/2', 'b/c/3']);
    assert.deepEqual(await list('prefix=b/&delimiter=/'), ['b/1', 'b/2', 'b/c/']);
    assert.deepEqual(await list('delimiter=/&limit=2'), ['a', 'b/']);
    assert.deepEqual(await list('delimiter=/&limit=2&marker=b/'), ['d', 'e/']);
    assert.deepEqual(await list('marker=b/2&end_marker=e'), ['b/c/3', 'd']);
    assert.deepEqual(await list('limit=0'), []);
    assert.equal((await as('GET', `${base}/c?limit=10001`)).status, 412);
    const [first] = JSON.parse((await as('GET', `${base}/c?format=json&limit=1`)).text);
    assert.deepEqual(
      { ...first, last_modified: '' },
      {
        name: 'a',
        bytes: 1,
        hash: md5(Buffer.from('a')),
        content_type: 'application/octet-stream',
        last_modified: '',
      },
    );
    assert.match(first.last_modified, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    const subdirs = JSON.parse(
      (await as('GET', `${base}/c?delimiter=/&prefix=b`, undefined, { accept: 'application/json' })).text,
    );
    assert.deepEqual(subdirs, [{ subdir: 'b/' }]);
  });
});

test('every change of objects and containers is told in the event stream', async () => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const { ask: as } = await logIn(emulator.url, 'owner');
    await as('PUT', `${base}/c`);
    await as('PUT', `${base}/c/x`, Buffer.from('1'));
    await as('PUT', `${base}/c/x`, Buffer.from('22'));
    await as('DELETE', `${base}/c/x`);
    await as('DELETE', `${base}/c`);
    const events = await readEvents(
      emulator,
      'after=0',
      ({ kind, data }) => kind === 'container' && data['action'] === 'delete',
    );
    assert.deepEqual(
      events.map(({ kind, data }) => `${kind} ${data['action']} ${data['id']} ${data['bytes'] ?? ''}`),
      [
        'container create c ',
        'object create c/x 1',
        'object update c/x 2',
        'object delete c/x ',
        'container delete c ',
      ],
    );
    assert.deepEqual(
      events.map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    );
    const resumed = await readEvents(emulator, 'after=3', ({ seq }) => seq === 5);
    assert.deepEqual(
      resumed.map(({ seq }) => seq),
      [4, 5],
    );
    const lost = await readEvents(emulator, 'after=900', () => true);
    assert.equal(lost[0]?.kind, 'reset');
  });
});
