import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ask as bare, logIn, withEmulator } from './harness.ts';

const openstack = ['--profile', 'openstack', '--seed', 'empty'];
const base = '/regionone/object-store/v1/AUTH_100001';

/** An answer as it stands on the wire: libraries write names of headers in their own way. */
async function raw(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.end([...lines, `Host: ${hostname}:${port}`, 'Connection: close', '', ''].join('\r\n'));
  return text(socket.setEncoding('latin1'));
}

test('every answer has a type and names in title case, and metadata as it was sent', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask, token } = await logIn(url, 'owner');
    const name = Buffer.from('grün').toString('latin1');
    for (const [method, path, headers] of [
      ['PUT', '/c', { 'x-container-meta-colour_of': name }],
      ['POST', '/c', {}],
      ['PUT', '/c/o', {}],
      ['DELETE', '/c/o', {}],
    ] as const) {
      const answer = await ask(method, base + path, undefined, { 'content-length': '0', ...headers });
      assert.equal(answer.headers.get('content-type'), 'text/html; charset=UTF-8', `${method} ${path}`);
      assert.match(answer.headers.get('x-trans-id') ?? '', /^tx[0-9a-f]{21}-[0-9a-f]{10}$/);
    }
    await ask('PUT', `${base}/c/ü`.replace('ü', '%C3%BC'), Buffer.from('x'));
    const head = await raw(url, [`HEAD ${base}/c HTTP/1.1`, `X-Auth-Token: ${token}`]);
    for (const header of [
      `X-Container-Meta-Colour-Of: ${name}`,
      'X-Container-Object-Count: 1',
      'X-Timestamp: ',
    ])
      assert.ok(head.includes(`\r\n${header}`), head);
    // Where a text follows, the headers are written with it.
    const listing = await raw(url, [`GET ${base}/c HTTP/1.1`, `X-Auth-Token: ${token}`]);
    assert.ok(listing.includes(`\r\nX-Container-Meta-Colour-Of: ${name}\r\n`), listing);
    assert.ok(listing.endsWith('\r\n\r\nÃ¼\n'), listing);
    assert.doesNotMatch(listing.split('\r\n\r\n')[0] ?? '', /\r\n[a-z]/);
  });
});

test('Last-Modified is rounded up to a second that is not before X-Timestamp', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`);
    await ask('PUT', `${base}/c/o`, Buffer.from('x'));
    for (const path of ['/c', '/c/o']) {
      const { headers } = await ask('HEAD', base + path);
      const stamp = headers.get('x-timestamp') ?? '';
      assert.match(stamp, /^\d{10}\.\d{5}$/);
      assert.equal(Date.parse(headers.get('last-modified') ?? '') / 1000, Math.ceil(Number(stamp)), path);
    }
  });
});

test('accounts answer with and without a slash; metadata is made, changed and removed; counts are everywhere', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`);
    await ask('PUT', `${base}/c/o`, Buffer.from('12345'));
    for (const path of [base, `${base}/`]) {
      const { status, headers } = await ask('HEAD', path);
      assert.equal(status, 204);
      assert.deepEqual(
        ['container-count', 'object-count', 'bytes-used', 'storage-policy-policy-0-bytes-used'].map((name) =>
          headers.get(`x-account-${name}`),
        ),
        ['1', '1', '5', '5'],
      );
      assert.match(headers.get('x-timestamp') ?? '', /^\d{10}\.\d{5}$/);
      assert.equal((await ask('GET', path)).text, 'c\n');
    }
    const set = (headers: Record<string, string>) => ask('POST', `${base}/`, undefined, headers);
    const read = async () => (await ask('HEAD', base)).headers.get('x-account-meta-a');
    await set({ 'x-account-meta-a': '1' });
    assert.equal(await read(), '1');
    await set({ 'x-account-meta-a': '2', 'x-remove-account-meta-a': 'x' });
    assert.equal(await read(), '2');
    await set({ 'x-remove-account-meta-a': 'x' });
    assert.equal(await read(), null);
    await set({ 'x-account-meta-a': '3' });
    await set({ 'x-account-meta-a': '' });
    assert.equal(await read(), null);
    const long = await set({ [`x-account-meta-${'n'.repeat(129)}`]: '1' });
    assert.deepEqual(
      [long.status, long.headers.get('content-type'), long.text],
      [400, 'text/plain', `Metadata name too long: x-account-meta-N${'n'.repeat(128)}`],
    );
    assert.equal((await ask('PUT', base)).status, 405);
  });
});

test('listings of an account in JSON, XML and text, narrowed and turned round', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    for (const name of ['a', 'b-1', 'b-2', 'c%26d']) await ask('PUT', `${base}/${name}`);
    const names = async (query: string) =>
      (await ask('GET', `${base}?${query}`)).text.split('\n').slice(0, -1);
    assert.deepEqual(await names('limit=2'), ['a', 'b-1']);
    assert.deepEqual(await names('limit=x'), ['a', 'b-1', 'b-2', 'c&d']);
    assert.deepEqual(await names('marker=a&end_marker=c'), ['b-1', 'b-2']);
    assert.deepEqual(await names('prefix=b'), ['b-1', 'b-2']);
    assert.deepEqual(await names('delimiter=-'), ['a', 'b-', 'c&d']);
    assert.deepEqual(await names('reverse=true&limit=2'), ['c&d', 'b-2']);
    const tooMany = await ask('GET', `${base}?limit=10001`);
    assert.deepEqual([tooMany.status, tooMany.text], [412, 'Maximum limit is 10000']);
    const json = (await ask('GET', `${base}?format=json&limit=1`)).text;
    assert.match(json, /^\[\{"name": "a", "count": 0, "bytes": 0, "last_modified": "[\d:T.-]{26}"\}\]$/);
    const xml = await ask('GET', `${base}?marker=b-1&delimiter=-`, undefined, { accept: 'application/xml' });
    assert.equal(xml.headers.get('vary'), 'Accept');
    assert.match(
      xml.text,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<account name="AUTH_100001">\n<subdir name="b-" \/>\n<container><name>c&amp;d<\/name><count>0<\/count><bytes>0<\/bytes><last_modified>[^<]+<\/last_modified><\/container>\n<\/account>$/,
    );
    assert.equal((await ask('GET', base, undefined, { accept: 'image/png' })).status, 406);
  });
});

test('access lists name projects, users and referrers, for reading and for writing', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const partner = await logIn(url, 'partner');
    const set = (header: string, list: string) =>
      owner.ask('POST', `${base}/c`, undefined, { [`x-container-${header}`]: list });
    const get = async (as: typeof bare | null, headers = {}) =>
      (as
        ? await bare(url, 'GET', `${base}/c/o`, undefined, headers)
        : await partner.ask('GET', `${base}/c/o`, undefined, headers)
      ).status;
    await owner.ask('PUT', `${base}/c`, undefined, { 'x-container-meta-temp-url-key': 'k' });
    await owner.ask('PUT', `${base}/c/o`, Buffer.from('x'));
    assert.equal(await get(null), 403);
    for (const list of ['100002:partner', '100002:*', '*:partner', '*:*']) {
      await set('read', list);
      assert.equal(await get(null), 200, list);
    }
    const listed = await partner.ask('GET', `${base}/c`);
    assert.deepEqual([listed.text, listed.headers.get('x-container-meta-temp-url-key')], ['o\n', null]);
    assert.equal((await partner.ask('PUT', `${base}/c/p`, Buffer.from('p'))).status, 403);
    await set('read', '100002:somebody');
    assert.equal(await get(null), 403);
    await set('write', ' 100002:partner , ,x');
    assert.equal((await owner.ask('HEAD', `${base}/c`)).headers.get('x-container-write'), '100002:partner,x');
    assert.equal((await partner.ask('PUT', `${base}/c/p`, Buffer.from('p'))).status, 201);
    assert.equal((await partner.ask('DELETE', `${base}/c/p`)).status, 204);
    assert.equal((await partner.ask('POST', `${base}/c`)).status, 403);
    assert.equal((await partner.ask('GET', `${base}/c`)).status, 403);

    await set('read', '.referrer: *.example.com,.r:-bad.example.com');
    const shown = (await owner.ask('HEAD', `${base}/c`)).headers.get('x-container-read');
    assert.equal(shown, '.r:.example.com,.r:-bad.example.com');
    assert.equal(await get(bare), 401);
    assert.equal(await get(bare, { referer: 'http://www.example.com/x' }), 200);
    assert.equal(await get(bare, { referer: 'http://bad.example.com/x' }), 401);
    const wrong = await set('write', '.r:*');
    assert.deepEqual([wrong.status, wrong.text], [400, "Referrers not allowed in write ACL: '.r:*'"]);
    const unknown = await set('read', '.x:y');
    assert.deepEqual([unknown.status, unknown.text], [400, "Unknown designator '.x' in ACL: '.x:y'"]);
  });
});

test('quotas of containers and of accounts hold uploads back', async () => {
  const seed = ['--profile', 'openstack', '--seed', 'empty'];
  await withEmulator(seed, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const admin = await logIn(url, 'admin');
    await ask('PUT', `${base}/c`, undefined, {
      'x-container-meta-quota-bytes': '10',
      'x-container-meta-quota-count': '2',
    });
    assert.equal((await ask('PUT', `${base}/c/a`, Buffer.alloc(8))).status, 201);
    const large = await ask('PUT', `${base}/c/b`, Buffer.alloc(3));
    assert.deepEqual([large.status, large.text], [413, 'Upload exceeds quota.']);
    assert.equal((await ask('PUT', `${base}/c/b`, Buffer.alloc(2))).status, 201);
    assert.equal((await ask('PUT', `${base}/c/d`, Buffer.alloc(0))).status, 413);
    const wrong = await ask('POST', `${base}/c`, undefined, { 'x-container-meta-quota-count': 'many' });
    assert.deepEqual([wrong.status, wrong.text], [400, 'Invalid count quota.']);

    const set = { 'x-account-meta-quota-bytes': '20' };
    assert.equal((await ask('POST', base, undefined, set)).status, 403);
    assert.equal((await admin.ask('POST', base, undefined, set)).status, 204);
    await ask('PUT', `${base}/d`);
    assert.equal((await ask('PUT', `${base}/d/x`, Buffer.alloc(11))).status, 413);
    assert.equal((await ask('PUT', `${base}/d/x`, Buffer.alloc(10))).status, 201);
    assert.equal((await ask('COPY', `${base}/d/x`, undefined, { destination: 'd/y' })).status, 413);
  });
});

test('what containers are synchronized with is kept, and shown to the owner alone', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const headers = { 'x-container-sync-to': '//realm/cluster/AUTH_x/c', 'x-container-sync-key': 'secret' };
    await ask('PUT', `${base}/c`, undefined, { ...headers, 'x-container-read': '.r:*,.rlistings' });
    const own = (await ask('HEAD', `${base}/c`)).headers;
    for (const [name, value] of Object.entries(headers)) assert.equal(own.get(name), value);
    const open = (await bare(url, 'HEAD', `${base}/c`)).headers;
    for (const name of Object.keys(headers)) assert.equal(open.get(name), null);
    await ask('POST', `${base}/c`, undefined, { 'x-remove-container-sync-to': 'x' });
    assert.equal((await ask('HEAD', `${base}/c`)).headers.get('x-container-sync-to'), null);
  });
});

test('/healthcheck, crossdomain.xml and /info answer anybody', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const health = await bare(url, 'GET', '/regionone/object-store/healthcheck');
    assert.deepEqual([health.text, health.headers.get('content-type')], ['OK', 'text/plain']);
    for (const path of ['/crossdomain.xml', '/regionone/object-store/crossdomain.xml']) {
      const { text, headers } = await bare(url, 'GET', path);
      assert.equal(headers.get('content-type'), 'application/xml');
      assert.match(
        text,
        /^<\?xml version="1\.0"\?>\n.*\n<cross-domain-policy>\n<allow-access-from domain="\*" secure="false" \/>\n/,
      );
    }
    const { json } = await bare(url, 'GET', '/info');
    for (const name of [
      'bulk_upload',
      'container_quotas',
      'staticweb',
      'symlink',
      'formpost',
      'object_versioning',
    ])
      assert.ok(Object.hasOwn(json, name), name);
  });
});

test('pages of other sites reach the objects of containers that allow them, and nothing else', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const origin = 'http://site.example';
    await ask('PUT', `${base}/c`, undefined, {
      'x-container-meta-access-control-allow-origin': `http://other.example ${origin}`,
      'x-container-meta-access-control-max-age': '60',
      'x-container-meta-access-control-expose-headers': 'X-Mine',
    });
    await ask('PUT', `${base}/c/o`, Buffer.from('x'), { 'x-object-meta-a': '1' });
    await ask('PUT', `${base}/closed`);
    await ask('PUT', `${base}/closed/o`, Buffer.from('x'));
    const got = await ask('GET', `${base}/c/o`, undefined, { origin });
    assert.deepEqual([got.text, got.headers.get('access-control-allow-origin')], ['x', origin]);
    const exposed = got.headers.get('access-control-expose-headers')?.split(', ') ?? [];
    for (const name of ['etag', 'x-object-meta-a', 'x-mine', 'x-trans-id'])
      assert.ok(exposed.includes(name), name);
    assert.equal(got.headers.get('vary'), 'Origin');
    for (const path of [`${base}/closed/o`, base, '/regionone/image/v2/images', '/identity/v3'])
      assert.equal((await ask('GET', path, undefined, { origin })).rule, 'request/host', path);
    assert.equal((await ask('GET', `${base}/c/o`, undefined, { origin: 'http://evil.example' })).status, 403);
    const preflight = (from: string) =>
      bare(url, 'OPTIONS', `${base}/c/o`, undefined, {
        origin: from,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'x-auth-token, content-type',
      });
    const { status, headers } = await preflight(origin);
    assert.equal(status, 200);
    assert.deepEqual(
      ['allow-origin', 'max-age', 'allow-methods', 'allow-headers'].map((name) =>
        headers.get(`access-control-${name}`),
      ),
      [origin, '60', 'COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT', 'x-auth-token, content-type'],
    );
    assert.equal((await preflight('http://evil.example')).status, 401);
    assert.match((await bare(url, 'OPTIONS', `${base}/c/o`)).headers.get('allow') ?? '', /COPY/);
  });
});
