import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeDisk } from '../tools/disks.ts';
import { type Caller, logIn, type Running, taskEnd, withEmulator } from './harness.ts';
import { peakOf } from './raw.ts';

const rackspace = '/dfw/object-store/v1/MossoCloudFS_100001';
const openstack = '/regionone/object-store/v1/100001';
const mebibyte = 2 ** 20;
const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex');
const asJson = { accept: 'application/json' };

/** Puts manifests `l1`, `l2` … of a thousand each, or so many, of what is below; `a` is the lowest. */
async function nest({ ask }: Caller, base: string, a: Buffer, levels: number, width = 1000): Promise<void> {
  await ask('PUT', `${base}/c`);
  assert.equal((await ask('PUT', `${base}/c/a`, a)).status, 201);
  for (let level = 1; level <= levels; level++) {
    const path = level === 1 ? 'c/a' : `c/l${level - 1}`;
    const { status, text } = await ask(
      'PUT',
      `${base}/c/l${level}?multipart-manifest=put`,
      Array(width).fill({ path }),
    );
    assert.equal(status, 201, text);
  }
}

/** Reads the beginning of an answer and goes away. Answers its head and what came. */
async function begin({ url }: Running, { token }: Caller, path: string, bytes: number) {
  const asked = request(`${url}${path}`, { headers: { 'x-auth-token': token }, agent: false });
  asked.on('error', () => undefined).end();
  const [response] = await once(asked, 'response');
  let got = Buffer.alloc(0);
  for await (const chunk of response) {
    got = Buffer.concat([got, chunk]);
    if (got.length >= bytes) break;
  }
  return { headers: response.headers, got: got.subarray(0, bytes) };
}

test('a petabyte of nested segments is counted, read from any place, and left again', async (context) => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const a = randomBytes(mebibyte);
    await nest(owner, rackspace, a, 3);
    const l3 = `${rackspace}/c/l3`;
    const size = mebibyte * 1e9;
    assert.equal((await owner.ask('HEAD', l3)).headers.get('content-length'), String(size));
    const { headers, got } = await begin(emulator, owner, l3, 3 * mebibyte);
    assert.equal(headers['content-length'], String(size));
    assert.ok(got.equals(Buffer.concat([a, a, a])));
    const at = 123_456_789 * mebibyte - 5;
    const across = await owner.ask('GET', l3, undefined, { range: `bytes=${at}-${at + 9}` });
    assert.equal(across.headers.get('content-range'), `bytes ${at}-${at + 9}/${size}`);
    assert.ok(across.bytes.equals(Buffer.concat([a.subarray(-5), a.subarray(0, 5)])));
    const last = await owner.ask('GET', l3, undefined, { range: 'bytes=-7' });
    assert.ok(last.bytes.equals(a.subarray(-7)));
    const overlapping = { range: 'bytes=0-,5-,9-,20-' };
    assert.equal((await owner.ask('GET', l3, undefined, overlapping)).status, 416);
    // Whoever went away holds nothing: the content goes with its last name.
    for (const name of ['a', 'l1', 'l2', 'l3']) await owner.ask('DELETE', `${rackspace}/c/${name}`);
    assert.deepEqual(readdirSync(join(emulator.data, 'blobs')), []);
    context.diagnostic(`peak ${peakOf(emulator).toFixed(0)} MiB`);
  });
});

test('manifests of manifests are deleted as far as Swift does, and others are served meanwhile', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url, data }) => {
    const owner = await logIn(url, 'owner');
    const { ask } = owner;
    await nest(owner, rackspace, randomBytes(mebibyte), 3);
    const remove = async (name: string) =>
      (await ask('DELETE', `${rackspace}/c/${name}?multipart-manifest=delete`, undefined, asJson)).json;
    for (const name of ['l3', 'l2'])
      assert.deepEqual(await remove(name), {
        'Response Status': '400 Bad Request',
        'Response Body': 'Too many buffered slo segments to delete.',
        'Number Deleted': 0,
        'Number Not Found': 0,
        Errors: [],
      });
    assert.equal((await ask('HEAD', `${rackspace}/c/a`)).status, 200);
    const answer = await remove('l1');
    assert.deepEqual(
      [answer['Response Status'], answer['Number Deleted'], answer['Number Not Found']],
      ['200 OK', 2, 999],
    );
    assert.deepEqual(await remove('none'), {
      'Response Status': '200 OK',
      'Response Body': '',
      'Number Deleted': 0,
      'Number Not Found': 1,
      Errors: [],
    });

    // Manifests that name each other come to an end, too.
    await ask('PUT', `${rackspace}/c/a`, Buffer.from('x'));
    for (const [name, below] of ['xa', 'yx', 'xy'].map((pair) => [...pair]))
      assert.equal(
        (await ask('PUT', `${rackspace}/c/${name}?multipart-manifest=put`, [{ path: `c/${below}` }])).status,
        201,
      );
    assert.equal((await ask('GET', `${rackspace}/c/x`)).status, 409);
    assert.equal((await remove('x'))['Number Deleted'], 2);
    for (const name of ['a', 'l2', 'l3'])
      assert.equal((await ask('DELETE', `${rackspace}/c/${name}`)).status, 204);
    assert.equal((await ask('GET', `${rackspace}/c`)).text, '');
    assert.deepEqual(readdirSync(join(data, 'blobs')), []);
  });
});

test('a bulk delete keeps nobody waiting and gives up after a thousand failures', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${rackspace}/full`);
    await ask('PUT', `${rackspace}/full/x`, Buffer.from('x'));
    const names = Buffer.from('full\n'.repeat(1500));
    const { json } = await ask('POST', `${rackspace}?bulk-delete`, names, asJson);
    assert.deepEqual(
      [json['Response Status'], json['Response Body'], (json['Errors'] as unknown[]).length],
      ['400 Bad Request', 'Max delete failures exceeded', 1000],
    );
  });
});

test('ten levels of manifests are read, eleven are in conflict', async () => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    await nest(owner, openstack, Buffer.from('x'), 11, 1);
    assert.equal((await owner.ask('GET', `${openstack}/c/l10`)).text, 'x');
    assert.equal((await owner.ask('GET', `${openstack}/c/l11`)).status, 409);
    assert.equal((await owner.ask('HEAD', `${openstack}/c/l11`)).headers.get('content-length'), '1');
  });
});

test('ninety thousand segments of a byte are one body, and their copy one object', async (context) => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const { ask } = owner;
    await nest(owner, openstack, Buffer.from('x'), 5, 300);
    assert.equal((await ask('HEAD', `${openstack}/c/l5`)).headers.get('content-length'), String(300 ** 5));
    const whole = Buffer.alloc(90_000, 'x');
    assert.ok((await ask('GET', `${openstack}/c/l2`)).bytes.equals(whole));
    const copied = await ask('COPY', `${openstack}/c/l2`, undefined, { destination: 'c/copy' });
    assert.deepEqual([copied.status, copied.headers.get('etag')], [201, md5(whole)]);
    assert.equal((await ask('COPY', `${openstack}/c/l4`, undefined, { destination: 'c/x' })).status, 413);
    for (const name of ['l1', 'l2']) await ask('DELETE', `${openstack}/c/${name}`);
    assert.ok((await ask('GET', `${openstack}/c/copy`)).bytes.equals(whole));
    context.diagnostic(`peak ${peakOf(emulator).toFixed(0)} MiB`);
  });
});

test('an import reads a disk of many pieces as one file, and none that is larger than any', async (context) => {
  await withEmulator(['--seed', 'empty', '--speed', '1000000'], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const { ask } = owner;
    await nest(owner, rackspace, randomBytes(mebibyte), 3);
    const run = async (object: string) => {
      const input = { import_from: `c/${object}`, image_properties: { name: object } };
      const { json } = await ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
      return taskEnd(emulator, owner, 'dfw', String(json['id']));
    };
    const huge = await run('l3');
    assert.deepEqual(
      [huge['status'], /^609: The physical size/.test(String(huge['message']))],
      ['failure', true],
    );
    const file = join(emulator.data, 'disk.vhd');
    makeDisk(file, 'linux');
    const disk = readFileSync(file);
    const count = 1500;
    const length = Math.ceil(disk.length / count);
    for (let at = 0; at < count; at += 50)
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          ask(
            'PUT',
            `${rackspace}/c/p/${String(at + n).padStart(4, '0')}`,
            disk.subarray((at + n) * length, (at + n + 1) * length),
          ),
        ),
      );
    await ask('PUT', `${rackspace}/c/disk`, Buffer.alloc(0), { 'x-object-manifest': 'c/p/' });
    const whole = await run('disk');
    assert.equal(whole['status'], 'success', String(whole['message']));
    assert.ok((await ask('GET', `${rackspace}/c/disk`)).bytes.equals(disk));
    assert.deepEqual(readdirSync(join(emulator.data, 'incoming')), []);
    context.diagnostic(`peak ${peakOf(emulator).toFixed(0)} MiB`);
  });
});

test('eight megabytes of a manifest cost little more, whatever they are', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (context) => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async (emulator) => {
    const { ask } = await logIn(emulator.url, 'owner');
    await ask('PUT', `${openstack}/c`);
    const path = `${openstack}/c/x?multipart-manifest=put`;
    // Kept alive, so that an answer which comes while the body is still being sent is read.
    const put = async (text: string) =>
      (await ask('PUT', path, Buffer.from(text), { connection: 'keep-alive' })).status;
    const before = peakOf(emulator);
    const most = 8 * mebibyte;
    assert.equal(await put(`[${'{},'.repeat(most / 3 - 1)}{}]`), 413);
    assert.equal(await put('['.repeat(most)), 413);
    assert.equal(await put(`[{"path":"c/a",${'"x":1,'.repeat(1e6)}"y":1}]`), 413);
    assert.equal(await put(' '.repeat(most)), 400);
    assert.equal(await put(`[{"path":"c/${'\\"'.repeat(1e6)}"}]`), 400);
    assert.equal(await put(' '.repeat(most + 1)), 413);
    const grown = peakOf(emulator) - before;
    assert.ok(grown < 200, `${grown} MiB more`);
    context.diagnostic(`${grown.toFixed(0)} MiB more`);
  });
});

test('a copy of a manifest is checked as a manifest that is sent', async () => {
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const { ask } = owner;
    await nest(owner, openstack, Buffer.from('x'), 2, 3);
    const copy = () =>
      ask('COPY', `${openstack}/c/l2?multipart-manifest=get`, undefined, { destination: 'c/copy' });
    assert.equal((await copy()).status, 201);
    const { headers, text } = await ask('GET', `${openstack}/c/copy`);
    assert.deepEqual([headers.get('x-static-large-object'), text], ['True', 'x'.repeat(9)]);
    await ask('PUT', `${openstack}/c/l1`, Buffer.from('other'));
    assert.equal((await copy()).status, 400);
  });
});
