import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openExchangeLog } from '../../server/cloud/http/exchanges.ts';

/** A cloud that answers what it is told to; `asked` counts. */
function answering(body: string, init: ResponseInit = {}): typeof fetch {
  return async () =>
    new Response(body, { ...init, headers: { 'content-type': 'application/json', ...init.headers } });
}

/** The last exchange, once its answer is read. */
async function afterOne(log: ReturnType<typeof openExchangeLog>, work: () => Promise<unknown>) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listening = log.onDidChange(resolve);
  await work();
  await promise;
  listening.dispose();
  return log.entries().at(-1) ?? assert.fail('nothing was kept');
}

test('nothing is kept before it is recorded, and then the answer can still be read by who asked', async () => {
  const log = openExchangeLog();
  const send = log.observe(answering('{"a":1}', { headers: { 'x-cloud-images-rule': 'tag/length' } }));
  assert.equal(await (await send('http://cloud/v2/images')).text(), '{"a":1}');
  assert.deepEqual(log.entries(), []);
  log.record();
  let read = '';
  const kept = await afterOne(log, async () => {
    read = await (await send('http://cloud/v2/images')).text();
  });
  assert.equal(read, '{"a":1}');
  assert.deepEqual([kept.method, kept.status, kept.rule], ['GET', 200, 'tag/length']);
  assert.deepEqual(kept.received, { text: '{\n  "a": 1\n}' });
});

test('no token, password or signature is kept, wherever it stands', async () => {
  const log = openExchangeLog();
  log.record();
  const secret = 'gAAAA-hidden';
  const headers = { 'x-auth-token': secret, 'content-type': 'application/json' };
  const cases: readonly (readonly [url: string, sent: string | undefined, answer: string])[] = [
    ['http://cloud/v3/auth/tokens', `{"password":"${secret}"}`, `{"token":"${secret}"}`],
    ['http://cloud/v2.0/tokens', `{"apiKey":"${secret}"}`, `{"access":{"id":"${secret}"}}`],
    [`http://cloud/c/o?temp_url_sig=${secret}&temp_url_expires=1`, undefined, '{}'],
    ['http://cloud/servers', `{"server":{"adminPass":"${secret}"}}`, `{"server":{"adminPass":"${secret}"}}`],
    ['http://cloud/v2/images/1', `[{"op":"add","path":"/x.password","value":"${secret}"}]`, '{}'],
    ['http://cloud/v2/images/2', `{"url":"http://user:${secret}@host/"}`, `{"message":"bad ${secret}"}`],
    ['http://cloud/v2/images/3', undefined, `not JSON: ${secret}`],
    ['http://cloud/v2/images/4', '{"secret_key":"hidden","db_pwd":"hidden","password_2":"hidden"}', '{}'],
  ];
  for (const [url, body, answer] of cases) {
    const send = log.observe(answering(answer, { status: 403 }));
    const init = {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    };
    const kept = await afterOne(log, () => send(url, init));
    assert.doesNotMatch(JSON.stringify(kept), /hidden/, url);
  }
});

test('a ring holds so many and so much, and content is not read', async () => {
  const log = openExchangeLog({ count: 3, bytes: 4000 });
  log.record();
  const send = log.observe(answering(JSON.stringify({ long: 'x'.repeat(500) })));
  for (let n = 0; n < 5; n++) await afterOne(log, () => send(`http://cloud/${n}`));
  assert.ok(log.entries().length <= 3);
  assert.equal(log.entries().at(-1)?.url, 'http://cloud/4');
  const content = log.observe(
    answering('bytes', { headers: { 'content-type': 'application/octet-stream' } }),
  );
  const kept = await afterOne(log, () =>
    content('http://cloud/file', { method: 'PUT', body: new Uint8Array(9) }),
  );
  assert.deepEqual(
    [kept.sent, kept.received].map((body) => body && 'absent' in body),
    [true, true],
  );
  log.clear();
  assert.deepEqual(log.entries(), []);
});

test('texts that lie in Cloud Files are content, and headers are kept but for secret ones', async () => {
  const log = openExchangeLog();
  log.record();
  const text = log.observe(answering('PASSWORD=hidden', { headers: { 'content-type': 'text/plain' } }));
  const { received } = await afterOne(log, () => text('http://cloud/v1/a/c/.env'));
  assert.doesNotMatch(JSON.stringify(received), /hidden/);
  const copying = {
    method: 'PUT',
    headers: {
      'X-Auth-Token': 'hidden',
      'X-Account-Meta-Temp-URL-Key': 'hidden',
      'X-Object-Manifest': 'c/parts/',
      'content-length': '0',
    },
  };
  const { headers } = await afterOne(log, () => text('http://cloud/v1/a/c/o', copying));
  assert.deepEqual(headers, {
    'x-account-meta-temp-url-key': '(left out: may be secret)',
    'x-object-manifest': 'c/parts/',
  });
});

test('each has an id of its own, also where a cloud gives two the same', async () => {
  const log = openExchangeLog();
  log.record();
  const origin = { key: 'acme', cloud: 'acme', region: 'DFW' };
  const send = log.observe(answering('{}', { headers: { 'x-openstack-request-id': 'req-1' } }), () => origin);
  await afterOne(log, () => send('http://cloud/1'));
  const last = await afterOne(log, () => send('http://cloud/2'));
  assert.deepEqual([last.requestId, last.origin], ['req-1', origin]);
  assert.equal(new Set(log.entries().map(({ id }) => id)).size, 2);
});

test('a request knows the document that it is made for, also among others, and one without an answer why', async () => {
  const log = openExchangeLog();
  log.record();
  const send = log.observe(answering('{}'));
  const cause = { file: '/w/a.image.yaml', index: 1 };
  const kept = await afterOne(log, () => log.causedBy(cause, async () => send('http://cloud/1')));
  assert.deepEqual(kept.cause, cause);
  assert.equal((await afterOne(log, () => send('http://cloud/2'))).cause, undefined);
  const dead = log.observe(async () => {
    throw new TypeError('fetch failed');
  });
  const failed = await afterOne(log, () => assert.rejects(dead('http://cloud/3')));
  assert.deepEqual([failed.status, failed.received], [0, { absent: 'fetch failed' }]);
});
