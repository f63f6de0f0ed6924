import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask as bare, logIn, withEmulator } from './harness.ts';

test('v1.0 answers token and addresses in headers, for user and API key', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    for (const path of ['/v1.0', '/identity/v1.0/']) {
      const { status, headers } = await bare(url, 'GET', path, undefined, {
        'x-auth-user': 'owner',
        'x-auth-key': 'emulator-owner',
      });
      assert.equal(status, 204);
      const storage = headers.get('x-storage-url') ?? '';
      assert.match(storage, /^http:\/\/[\d.:]+\/dfw\/object-store\/v1\/MossoCloudFS_100001$/);
      assert.match(headers.get('x-cdn-management-url') ?? '', /\/dfw\/object-cdn\/v1\/MossoCloudFS_100001$/);
      assert.equal(headers.get('x-storage-token'), headers.get('x-auth-token'));
      const token = headers.get('x-auth-token') ?? '';
      const account = await bare(url, 'HEAD', new URL(storage).pathname, undefined, {
        'x-auth-token': token,
      });
      assert.equal(account.status, 204);
    }
    for (const headers of [
      { 'x-auth-user': 'owner', 'x-auth-key': 'emulator' },
      { 'x-auth-user': 'owner' },
      {},
    ]) {
      const refused = await bare(url, 'GET', '/v1.0', undefined, headers as Record<string, string>);
      assert.deepEqual([refused.status, refused.rule], [401, 'identity/login']);
    }
  });
  await withEmulator(['--profile', 'openstack', '--seed', 'empty'], async ({ url }) => {
    assert.equal((await bare(url, 'GET', '/v1.0')).status, 404);
  });
});

test('the CDN is in the catalogue, and knows of no container', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const auth = { 'RAX-KSKEY:apiKeyCredentials': { username: 'owner', apiKey: 'emulator-owner' } };
    const { text } = await bare(url, 'POST', '/identity/v2.0/tokens', { auth });
    const cdn = JSON.parse(text).access.serviceCatalog.find(
      ({ type }: { type: string }) => type === 'rax:object-cdn',
    );
    assert.deepEqual([cdn.name, cdn.endpoints[0].tenantId], ['cloudFilesCDN', 'MossoCloudFS_100001']);
    const { pathname } = new URL(cdn.endpoints[0].publicURL);
    assert.equal((await ask('GET', pathname)).status, 204);
    assert.equal((await ask('GET', `${pathname}?format=json`)).text, '[]');
    for (const method of ['HEAD', 'GET']) assert.equal((await ask(method, `${pathname}/c`)).status, 404);
    assert.equal((await ask('PUT', `${pathname}/c`)).rule, 'emulator/not-yet');
    assert.equal((await bare(url, 'GET', pathname)).status, 401);
  });
});
