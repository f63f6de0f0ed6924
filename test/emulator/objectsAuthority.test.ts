import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ask as bare, type Caller, logIn, withEmulator } from './harness.ts';

const account = '/dfw/object-store/v1/MossoCloudFS_100001';
const other = '/dfw/object-store/v1/MossoCloudFS_100002';
const secret = Buffer.from('only for the account');

/** A path with the query of a temporary URL, signed as a script for a real Swift signs it. */
function signed(method: string, path: string, key: string): string {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const text = `${method}\n${expires}\n${path.replace(/^\/dfw\/object-store/, '')}`;
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return `${path}?temp_url_sig=${signature}&temp_url_expires=${expires}`;
}

/** Container `c` with a key of its own beside `private`, which holds `segment`; the account's key is `of-account`. */
async function furnish({ ask }: Caller): Promise<void> {
  await ask('POST', account, undefined, { 'x-account-meta-temp-url-key': 'of-account' });
  await ask('PUT', `${account}/c`, undefined, { 'x-container-meta-temp-url-key': 'of-c' });
  await ask('PUT', `${account}/private`);
  await ask('PUT', `${account}/private/segment`, secret);
  await ask('PUT', `${account}/c/segment`, Buffer.from('of c'));
  const large = async (name: string, path: string) => {
    assert.equal(
      (await ask('PUT', `${account}/c/static-${name}?multipart-manifest=put`, [{ path }])).status,
      201,
    );
    const headers = { 'x-object-manifest': path };
    assert.equal((await ask('PUT', `${account}/c/dynamic-${name}`, Buffer.alloc(0), headers)).status, 201);
  };
  await large('private', 'private/segment');
  await large('own', 'c/segment');
}

test("a container's key vouches for its container alone, the account's for the account", async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    await furnish(owner);
    const get = async (name: string, key: string, method = 'GET') => {
      const { status, text } = await bare(url, method, signed(method, `${account}/c/${name}`, key));
      return status === 200 ? text : status;
    };
    assert.deepEqual([await get('static-private', 'of-c'), await get('dynamic-private', 'of-c')], [409, 401]);
    assert.equal(await get('dynamic-private', 'of-c', 'HEAD'), 401);
    assert.deepEqual([await get('static-own', 'of-c'), await get('dynamic-own', 'of-c')], ['of c', 'of c']);
    assert.equal(await get('static-private', 'of-account'), String(secret));
    assert.equal(await get('dynamic-private', 'of-account'), String(secret));

    // A manifest is bytes like others, and only its own object is deleted.
    const put = signed('PUT', `${account}/c/new`, 'of-c');
    const manifest = Buffer.from(JSON.stringify([{ path: 'private/segment' }]));
    const none = Buffer.from(JSON.stringify([{ path: 'private/none' }]));
    for (const body of [manifest, none]) {
      const { status, text } = await bare(url, 'PUT', `${put}&multipart-manifest=put`, body);
      assert.deepEqual([status, text], [201, '']);
      assert.equal((await owner.ask('GET', `${account}/c/new`)).text, String(body));
    }
    const raw = signed('GET', `${account}/c/static-private`, 'of-c');
    assert.equal((await bare(url, 'GET', `${raw}&multipart-manifest=get`)).status, 409);
    const remove = `${signed('DELETE', `${account}/c/static-private`, 'of-c')}&multipart-manifest=delete`;
    assert.equal((await bare(url, 'DELETE', remove)).status, 204);
    assert.equal((await owner.ask('GET', `${account}/private/segment`)).text, String(secret));

    // Headers that point elsewhere.
    for (const header of ['x-object-manifest', 'x-symlink-target'])
      for (const method of ['PUT', 'POST', 'DELETE']) {
        const at = signed(method, `${account}/c/new`, 'of-c');
        const { status, text } = await bare(url, method, at, undefined, { [header]: 'private/segment' });
        assert.deepEqual([status, /is not allowed in this tempurl/.test(text)], [400, true]);
      }
  });
});

test('the source of a copy is asked for as the request itself is, and a refusal does not tell what is there', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const partner = await logIn(url, 'partner');
    await furnish(owner);
    await partner.ask('PUT', `${other}/c`);
    await partner.ask('PUT', `${other}/c/theirs`, Buffer.from('of the partner'));
    const put = signed('PUT', `${account}/c/copy`, 'of-c');
    const copy = async (headers: Record<string, string>, as?: Caller) => {
      const token = as ? { 'x-auth-token': as.token } : {};
      const { status, text } = await bare(url, 'PUT', put, Buffer.alloc(0), { ...token, ...headers });
      return [status, text];
    };
    for (const as of [undefined, owner, partner]) {
      const answers = await Promise.all([
        copy({ 'x-copy-from': 'private/segment' }, as),
        copy({ 'x-copy-from': 'private/none' }, as),
        copy({ 'x-copy-from': 'none/none' }, as),
        copy({ 'x-copy-from': 'c/theirs', 'x-copy-from-account': 'MossoCloudFS_100002' }, as),
        copy({ 'x-copy-from': 'c/none', 'x-copy-from-account': '100002' }, as),
      ]);
      assert.deepEqual(new Set(answers.map(([status]) => status)), new Set([401]));
      assert.equal(new Set(answers.map(([, text]) => text)).size, 1);
    }
    assert.equal((await copy({ 'x-copy-from': 'c/segment' }))[0], 201);
    assert.equal((await owner.ask('GET', `${account}/c/copy`)).text, 'of c');
    assert.equal((await copy({ 'x-copy-from': 'c/static-private' }))[0], 409);
    assert.equal((await copy({ 'x-copy-from': 'c/dynamic-private' }))[0], 401);
    const ofAccount = signed('PUT', `${account}/c/copy`, 'of-account');
    const whole = await bare(url, 'PUT', ofAccount, Buffer.alloc(0), { 'x-copy-from': 'private/segment' });
    assert.equal(whole.status, 201);
    const across = { 'x-copy-from': 'c/theirs', 'x-copy-from-account': '100002' };
    assert.equal((await bare(url, 'PUT', ofAccount, Buffer.alloc(0), across)).status, 401);

    // No temporary URL is for COPY, whoever's token stands beside it.
    const at = signed('COPY', `${account}/private/segment`, 'of-account');
    assert.equal((await owner.ask('COPY', at, undefined, { destination: 'c/x' })).status, 401);
    // By tokens: from another account only what is open to all, to another account nothing.
    const from = { 'x-copy-from': 'c/segment', 'x-copy-from-account': '100001' };
    const taken = () => partner.ask('PUT', `${other}/c/taken`, Buffer.alloc(0), from);
    assert.equal((await taken()).status, 403);
    await owner.ask('POST', `${account}/c`, undefined, { 'x-container-read': '.r:*' });
    assert.equal((await taken()).status, 201);
    const to = { destination: 'c/given', 'destination-account': '100002' };
    assert.equal((await owner.ask('COPY', `${account}/c/segment`, undefined, to)).status, 403);
  });
});

test('an open container opens no other: each segment is asked for, and listing goes with reading', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const partner = await logIn(url, 'partner');
    await furnish(owner);
    const open = (container: string, readers: string) =>
      owner.ask('POST', `${account}/${container}`, undefined, { 'x-container-read': readers });
    const seen = async (name: string) => {
      const { status, text } = await bare(url, 'GET', `${account}/c/${name}`);
      return status === 200 ? text : status;
    };
    await open('c', '.r:*');
    assert.deepEqual([await seen('static-private'), await seen('static-own')], [409, 'of c']);
    // The segments of a dynamic one are found by a listing.
    assert.deepEqual([await seen('dynamic-private'), await seen('dynamic-own')], [401, 401]);
    assert.equal((await partner.ask('GET', `${account}/c/dynamic-private`)).status, 403);
    assert.equal((await partner.ask('GET', `${account}/c/static-private`)).status, 409);
    await open('c', '.r:*,.rlistings');
    assert.deepEqual([await seen('dynamic-private'), await seen('dynamic-own')], [401, 'of c']);
    await open('private', '.r:*');
    assert.deepEqual([await seen('static-private'), await seen('dynamic-private')], [String(secret), 401]);
    await open('private', '.rlistings');
    assert.deepEqual([await seen('static-private'), await seen('dynamic-private')], [409, 401]);
    assert.equal((await bare(url, 'GET', `${account}/private`)).status, 401);
    for (const name of ['c/none', 'private/none', 'private/segment', 'none/none'])
      for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']) {
        const { status } = await bare(url, method, `${account}/${name}`);
        assert.equal(status, name === 'c/none' && /GET|HEAD/.test(method) ? 404 : 401, `${method} ${name}`);
      }
    assert.equal((await owner.ask('GET', `${account}/c/static-private`)).text, String(secret));
  });
});
