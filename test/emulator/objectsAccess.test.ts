import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ask as bare, logIn, withEmulator } from './harness.ts';

const account = '/dfw/object-store/v1/MossoCloudFS_100001';
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** A temporary URL's query, signed as a script for a real Swift signs it. */
function signed(text: string, key: string, expires: number | string, digest = 'sha256'): string {
  return `temp_url_sig=${createHmac(digest, key).update(text).digest('hex')}&temp_url_expires=${expires}`;
}

test('temporary URLs open one object, one method, until they expire', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${account}/c`, undefined, { 'x-container-meta-temp-url-key-2': 'of-c' });
    assert.equal(
      (await ask('POST', account, undefined, { 'x-account-meta-temp-url-key': 'key' })).status,
      204,
    );
    await ask('PUT', `${account}/c/dir/my%20disk`, Buffer.from('bytes'), {
      'x-object-meta-secret': '1',
      'x-object-meta-public-colour': 'blue',
    });
    const path = `${account}/c/dir/my%20disk`;
    const plain = '/v1/MossoCloudFS_100001/c/dir/my disk';
    const until = inAnHour();
    const get = async (query: string, method = 'GET', at = path) => {
      const { status, text, headers } = await bare(url, method, `${at}?${query}`);
      return { status, text, headers };
    };
    for (const digest of ['sha1', 'sha256', 'sha512'])
      assert.equal(
        (await get(signed(`GET\n${until}\n${plain}`, 'key', until, digest))).text,
        'bytes',
        digest,
      );
    const whole = signed(`GET\n${until}\n${account}/c/dir/my disk`, 'of-c', until);
    const opened = await get(whole);
    assert.equal(opened.text, 'bytes');
    assert.equal(
      opened.headers.get('content-disposition'),
      `attachment; filename="my disk"; filename*=UTF-8''my%20disk`,
    );
    assert.deepEqual(
      ['x-object-meta-secret', 'x-object-meta-public-colour'].map((name) => opened.headers.get(name)),
      [null, 'blue'],
    );
    assert.match((await get(`${whole}&filename=a.vhd`)).headers.get('content-disposition') ?? '', /"a\.vhd"/);
    assert.equal((await get(`${whole}&inline`)).headers.get('content-disposition'), 'inline');
    assert.equal((await get(whole, 'HEAD')).status, 200);
    const iso = new Date(until * 1000).toISOString().replace('.000', '');
    const asText = signed(`GET\n${until}\n${plain}`, 'key', iso);
    assert.equal((await get(asText)).status, 200);
    const code = createHmac('sha512', 'key').update(`GET\n${until}\n${plain}`).digest('base64url');
    assert.equal((await get(`temp_url_sig=sha512:${code}&temp_url_expires=${until}`)).status, 200);
    const prefix = signed(`GET\n${until}\nprefix:/v1/MossoCloudFS_100001/c/dir/`, 'key', until);
    assert.equal((await get(`${prefix}&temp_url_prefix=dir/`)).status, 200);

    const refused = async (query: string, method = 'GET', at = path) => {
      const { status, text } = await get(query, method, at);
      assert.deepEqual([status, /Temp URL invalid/.test(text) || method === 'HEAD'], [401, true], query);
    };
    await refused(whole, 'PUT');
    await refused(whole, 'DELETE');
    await refused(whole, 'GET', `${account}/c/dir/other`);
    await refused(`${prefix}&temp_url_prefix=other/`);
    await refused(signed(`GET\n${until}\n${plain}`, 'other key', until));
    await refused(whole.replace(/expires=\d+/, `expires=${until + 1}`));
    await refused(signed(`GET\n1000\n${plain}`, 'key', 1000));
    await refused(`temp_url_expires=${until}`);
    await refused('temp_url_sig=zz&temp_url_expires=soon');

    const upload = signed(`PUT\n${until}\n/v1/MossoCloudFS_100001/c/new`, 'key', until);
    const at = `${account}/c/new?${upload}`;
    assert.equal((await bare(url, 'PUT', at, Buffer.from('new'))).status, 201);
    assert.equal((await bare(url, 'HEAD', at)).status, 200);
    assert.equal((await bare(url, 'GET', at)).status, 401);
    assert.equal(
      (await bare(url, 'PUT', at, Buffer.alloc(0), { 'x-object-manifest': 'c/dir/' })).status,
      400,
    );
    assert.equal((await ask('GET', `${account}/c/new`)).text, 'new');

    await ask('POST', account, undefined, { 'x-remove-account-meta-temp-url-key': 'x' });
    await refused(signed(`GET\n${until}\n${plain}`, 'key', until));
  });
});

test('a container may be opened to all readers', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const partner = await logIn(url, 'partner');
    await ask('PUT', `${account}/c`, undefined, { 'x-container-meta-temp-url-key': 'k' });
    await ask('PUT', `${account}/c/x`, Buffer.from('bytes'));
    assert.equal((await bare(url, 'GET', `${account}/c/x`)).status, 401);
    assert.equal((await partner.ask('GET', `${account}/c/x`)).status, 403);
    const open = (readers: string) => ask('POST', `${account}/c`, undefined, { 'x-container-read': readers });
    assert.equal((await open('.r:*')).status, 204);
    assert.equal((await bare(url, 'GET', `${account}/c/x`)).text, 'bytes');
    assert.equal((await partner.ask('HEAD', `${account}/c/x`)).status, 200);
    assert.equal((await bare(url, 'GET', `${account}/c`)).status, 401);
    assert.equal((await bare(url, 'PUT', `${account}/c/y`, Buffer.from('y'))).status, 401);
    assert.equal((await open('.r:*,.rlistings')).status, 204);
    const listing = await bare(url, 'GET', `${account}/c`);
    assert.deepEqual([listing.text, listing.headers.get('x-container-meta-temp-url-key')], ['x\n', null]);
    const own = (await ask('HEAD', `${account}/c`)).headers;
    assert.deepEqual(
      [own.get('x-container-read'), own.get('x-container-meta-temp-url-key')],
      ['.r:*,.rlistings', 'k'],
    );
    assert.equal((await open('')).status, 204);
    assert.equal((await bare(url, 'GET', `${account}/c/x`)).status, 401);
  });
});

test('/info tells limits and middleware without a token; every answer names its transaction', async () => {
  await withEmulator([], async ({ url }) => {
    for (const path of ['/info', '/dfw/object-store/info']) {
      const { status, json } = await bare(url, 'GET', path);
      assert.equal(status, 200);
      const { swift, slo, tempurl, bulk_delete: bulk } = JSON.parse(JSON.stringify(json));
      assert.deepEqual([swift.max_meta_count, swift.max_file_size], [90, 5 * 2 ** 30]);
      assert.deepEqual([slo.max_manifest_segments, slo.min_segment_size], [1000, 2 ** 20]);
      assert.deepEqual(tempurl.allowed_digests, ['sha1', 'sha256', 'sha512']);
      assert.equal(bulk.max_deletes_per_request, 10_000);
    }
    const refused = await bare(url, 'GET', account);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('x-trans-id') ?? '', /^tx[0-9a-f]{21}-[0-9a-f]{10}$/);
    assert.equal(refused.headers.get('x-trans-id'), refused.headers.get('x-openstack-request-id'));
    assert.match(refused.text, /^<html><h1>Unauthorized<\/h1>/);
  });
});
