import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { ask as bare, logIn, withEmulator } from './harness.ts';

const openstack = ['--profile', 'openstack', '--seed', 'empty'];
const base = '/regionone/object-store/v1/AUTH_100001';

async function makeTar(
  files: Readonly<Record<string, string>>,
  pax?: Record<string, string>,
): Promise<Buffer> {
  const packing = pack();
  packing.entry({ name: 'folder', type: 'directory' });
  for (const [name, content] of Object.entries(files)) packing.entry({ name, ...(pax && { pax }) }, content);
  packing.finalize();
  return buffer(packing);
}

/** A tar with one file `c/bz` of the text `bzip2`, packed by bzip2. */
const bzipped = Buffer.from(
  'QlpoOTFBWSZTWSMjH1oAAG97gMmAAAJAANcAAAR4IF4QCAggAFQ0gARibQT0EkpiMJoDJofeyMkIJvQhDr66FZwzQIYGO6ukyHsI4WQXqM/rKe9Q5hDPm0T9BQiIDou5IpwoSBGRj60A',
  'base64',
);

test('archives become objects: on an account, a container and a path, packed in each way', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const put = async (path: string, kind: string, body: Buffer, headers = {}) =>
      ask('PUT', `${base}${path}?extract-archive=${kind}`, body, { accept: 'application/json', ...headers });
    const tar = await makeTar({ './c/a.txt': 'first', 'c/dir/b': 'second', stray: 'no container' });
    const made = await put('', 'tar', tar, { 'x-object-meta-from': 'archive' });
    assert.deepEqual(made.json, {
      'Response Status': '201 Created',
      'Response Body': '',
      'Number Files Created': 2,
      Errors: [],
    });
    assert.equal((await ask('GET', `${base}/c`)).text, 'a.txt\ndir/b\n');
    const first = await ask('GET', `${base}/c/a.txt`);
    assert.deepEqual(
      [first.text, first.headers.get('content-type'), first.headers.get('x-object-meta-from')],
      ['first', 'text/plain', 'archive'],
    );
    const attributes = {
      'SCHILY.xattr.user.mime_type': 'image/x-mine',
      'SCHILY.xattr.user.meta.colour': 'blue',
    };
    const gz = gzipSync(await makeTar({ 'x/y': 'packed' }, attributes));
    assert.equal((await put('/c', 'tar.gz', gz)).json['Number Files Created'], 1);
    const packed = await ask('GET', `${base}/c/x/y`);
    assert.deepEqual(
      [packed.text, packed.headers.get('content-type'), packed.headers.get('x-object-meta-colour')],
      ['packed', 'image/x-mine', 'blue'],
    );
    assert.equal((await put('/', 'tar.bz2', bzipped)).json['Number Files Created'], 1);
    assert.equal((await ask('GET', `${base}/c/bz`)).text, 'bzip2');
    assert.equal((await put('/c/deep/er', 'tar', await makeTar({ z: 'z' }))).json['Number Files Created'], 1);
    assert.equal((await ask('GET', `${base}/c/deep/er/z`)).text, 'z');

    const broken = async (kind: string, body: Buffer) => (await put('/c', kind, body)).json;
    assert.equal(
      (await broken('tar', Buffer.alloc(2048, 'x')))['Response Body'],
      'Invalid Tar File: invalid header',
    );
    assert.equal(
      (await broken('tar.gz', Buffer.from('hello')))['Response Body'],
      'Invalid Tar File: not a gzip file',
    );
    assert.equal(
      (await broken('tar', await makeTar({})))['Response Body'],
      'Invalid Tar File: No Valid Files',
    );
    const unknown = await put('/c', 'zip', tar);
    assert.deepEqual([unknown.status, unknown.text], [400, 'Unsupported archive format']);
    const partner = await logIn(url, 'partner');
    const refused = await partner.ask('PUT', `${base}/c?extract-archive=tar`, await makeTar({ q: 'q' }));
    assert.match(
      refused.text,
      /^Number Files Created: 0\nResponse Body: \nResponse Status: 400 Bad Request\nErrors:\nc\/q, 403 Forbidden\n$/,
    );
  });
});

test('a static web site has indexes, listings with a style sheet, and pages for errors', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const set = (headers: Record<string, string>) => ask('POST', `${base}/site`, undefined, headers);
    await ask('PUT', `${base}/site`, undefined, { 'x-container-read': '.r:*,.rlistings' });
    for (const [name, content] of [
      ['index.html', 'start'],
      ['sub/index.html', 'below'],
      ['list/a&b.txt', 'x'.repeat(2000)],
      ['404error.html', 'none here'],
    ] as const)
      await ask('PUT', `${base}/site/${name.replace('&', '%26')}`, Buffer.from(content));
    const get = (path: string) => bare(url, 'GET', `${base}/site${path}`);
    assert.equal((await get('')).text.split('\n').length, 5);
    await set({ 'x-container-meta-web-index': 'index.html' });
    const moved = await get('');
    assert.deepEqual([moved.status, moved.headers.get('location')], [301, `${url}${base}/site/`]);
    assert.equal((await get('/')).text, 'start');
    assert.equal((await get('/sub/')).text, 'below');
    assert.equal((await get('/sub')).headers.get('location'), `${url}${base}/site/sub/`);
    const disabled = await get('/list/');
    assert.deepEqual([disabled.status, /<h1>Web Listing Disabled<\/h1>/.test(disabled.text)], [404, true]);
    await set({ 'x-container-meta-web-listings': 'true', 'x-container-meta-web-listings-css': 'style.css' });
    const listing = await get('/list/');
    assert.equal(listing.status, 200);
    for (const part of [
      '<title>Listing of /v1/AUTH_100001/site/list/</title>',
      '<link rel="stylesheet" type="text/css" href="../style.css" />',
      '<tr class="item type-text type-plain">\n    <td class="colname"><a href="a%26b.txt">a&amp;b.txt</a></td>\n    <td class="colsize">2Ki</td>',
    ])
      assert.ok(listing.text.includes(part), listing.text);
    assert.equal((await get('/none')).status, 404);
    await set({ 'x-container-meta-web-error': 'error.html' });
    const missing = await get('/none');
    assert.deepEqual([missing.status, missing.text], [404, 'none here']);
    // Whoever signs in sees the container.
    assert.match((await ask('GET', `${base}/site`)).text, /^404error\.html\n/);
    assert.equal((await ask('GET', `${base}/site/`, undefined, { 'x-web-mode': 'true' })).text, 'start');
  });
});

test('types are guessed by names, where none is given or X-Detect-Content-Type asks for it', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`);
    for (const [name, type] of [
      ['a.html', 'text/html'],
      ['b.TAR.gz', 'application/x-tar'],
      ['c.tgz', 'application/x-tar'],
      ['d.gz', 'application/octet-stream'],
      ['e', 'application/octet-stream'],
      ['f/.png', 'application/octet-stream'],
    ]) {
      await ask('PUT', `${base}/c/${name}`, Buffer.from('x'));
      assert.equal((await ask('HEAD', `${base}/c/${name}`)).headers.get('content-type'), type, name);
    }
    const asked = { 'content-type': 'image/mine', 'x-detect-content-type': 'true' };
    await ask('PUT', `${base}/c/g.css`, Buffer.from('x'), asked);
    assert.equal((await ask('HEAD', `${base}/c/g.css`)).headers.get('content-type'), 'text/css');
  });
});

test('copies merge metadata, and answer it', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`);
    await ask('PUT', `${base}/c/a`, Buffer.from('bytes'), {
      ...{ 'x-object-meta-one': '1', 'x-object-meta-two': '2' },
      ...{ 'content-encoding': 'gzip', 'content-type': 'text/mine', 'x-delete-after': '1000' },
    });
    const copied = await ask('COPY', `${base}/c/a`, undefined, {
      ...{ destination: 'c/b', 'x-object-meta-two': 'new', 'x-object-meta-three': '3' },
    });
    assert.equal(copied.status, 201);
    assert.deepEqual(
      [
        'x-copied-from',
        'x-copied-from-account',
        'x-object-meta-one',
        'x-object-meta-two',
        'x-object-meta-three',
      ].map((name) => copied.headers.get(name)),
      ['c/a', 'AUTH_100001', '1', 'new', '3'],
    );
    const { headers } = await ask('HEAD', `${base}/c/b`);
    assert.deepEqual(
      ['x-object-meta-one', 'x-object-meta-two', 'content-encoding', 'content-type'].map((name) =>
        headers.get(name),
      ),
      ['1', 'new', 'gzip', 'text/mine'],
    );
    assert.equal(headers.get('x-delete-at'), copied.headers.get('x-delete-at'));
    await ask('PUT', `${base}/c/d`, undefined, {
      ...{ 'x-copy-from': '/c/a', 'content-length': '0' },
      ...{ 'x-fresh-metadata': 'true', 'x-object-meta-three': '3' },
    });
    const fresh = (await ask('HEAD', `${base}/c/d`)).headers;
    assert.deepEqual(
      ['x-object-meta-one', 'x-object-meta-three', 'content-encoding', 'content-type', 'x-delete-at'].map(
        (name) => fresh.get(name),
      ),
      [null, '3', null, 'text/mine', null],
    );
    assert.equal((await ask('GET', `${base}/c/d`)).text, 'bytes');
  });
});

test('links lead to objects; static ones to these bytes alone', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    for (const name of ['c', 'd']) await ask('PUT', `${base}/${name}`);
    const { headers: made } = await ask('PUT', `${base}/c/o`, Buffer.from('bytes'), {
      'x-object-meta-a': '1',
    });
    const etag = made.get('etag') ?? '';
    const link = (path: string, headers: Record<string, string>) =>
      ask('PUT', `${base}/${path}`, undefined, { 'content-length': '0', ...headers });
    assert.equal((await link('d/l', { 'x-symlink-target': 'c/o' })).status, 201);
    const got = await ask('GET', `${base}/d/l`);
    assert.deepEqual(
      [got.text, got.headers.get('content-location'), got.headers.get('x-object-meta-a')],
      ['bytes', '/v1/AUTH_100001/c/o', '1'],
    );
    const own = await ask('HEAD', `${base}/d/l?symlink=get`);
    assert.deepEqual(
      [
        own.headers.get('x-symlink-target'),
        own.headers.get('content-length'),
        own.headers.get('content-type'),
      ],
      ['c/o', '0', 'application/symlink'],
    );
    const [entry] = JSON.parse((await ask('GET', `${base}/d?format=json`)).text);
    assert.equal(entry.symlink_path, '/v1/AUTH_100001/c/o');
    const post = await ask('POST', `${base}/d/l`, undefined, { 'x-object-meta-b': '1' });
    assert.deepEqual([post.status, post.headers.get('location')], [307, '/v1/AUTH_100001/c/o']);
    assert.equal((await ask('GET', `${base}/d/l`)).text, 'bytes');
    await ask('COPY', `${base}/d/l`, undefined, { destination: 'd/copy' });
    assert.equal((await ask('GET', `${base}/d/copy?symlink=get`)).text, 'bytes');
    await ask('COPY', `${base}/d/l?symlink=get`, undefined, { destination: 'd/same' });
    assert.equal((await ask('HEAD', `${base}/d/same?symlink=get`)).headers.get('x-symlink-target'), 'c/o');

    assert.equal(
      (await link('d/s', { 'x-symlink-target': 'c/o', 'x-symlink-target-etag': 'other' })).status,
      409,
    );
    assert.equal(
      (await link('d/s', { 'x-symlink-target': 'c/none', 'x-symlink-target-etag': etag })).status,
      409,
    );
    assert.equal(
      (await link('d/s', { 'x-symlink-target': 'c/o', 'x-symlink-target-etag': etag })).status,
      201,
    );
    await ask('PUT', `${base}/c/o`, Buffer.from('others'));
    assert.equal((await ask('GET', `${base}/d/s`)).status, 409);
    assert.equal((await ask('GET', `${base}/d/l`)).text, 'others');
    assert.equal((await link('d/l', { 'x-symlink-target': 'd/l' })).text, 'Symlink cannot target itself');
    assert.equal((await link('d/l', { 'x-symlink-target': '/d/l' })).status, 412);
    for (const [from, to] of [
      ['1', '2'],
      ['2', '3'],
      ['3', '4'],
    ])
      await link(`d/${from}`, { 'x-symlink-target': `d/${to}` });
    await ask('PUT', `${base}/d/4`, Buffer.from('end'));
    assert.equal((await ask('GET', `${base}/d/2`)).text, 'end');
    const deep = await ask('GET', `${base}/d/1`);
    assert.deepEqual(
      [deep.status, deep.text],
      [409, 'Too many levels of symbolic links, maximum allowed is 2'],
    );
    await ask('DELETE', `${base}/c/o`);
    assert.equal((await ask('GET', `${base}/d/l`)).status, 404);
  });
});

test('forms of web pages upload files that their signature allows', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`, undefined, { 'x-container-meta-temp-url-key': 'k' });
    const expires = String(Math.floor(Date.now() / 1000) + 600);
    const post = async (changed: Record<string, string> = {}, files = ['file'], digest = 'sha256') => {
      const fields: Record<string, string> = {
        ...{ redirect: '', max_file_size: '200000', max_file_count: '1', expires, ...changed },
      };
      const signed = ['redirect', 'max_file_size', 'max_file_count', 'expires'].map((name) => fields[name]);
      const body = `/v1/AUTH_100001/c/up-\n${signed.join('\n')}`;
      fields['signature'] ??= createHmac(digest, 'k').update(body).digest('hex');
      const parts = Object.entries(fields).map(
        ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      );
      const sent = files.map(
        (name) =>
          `--b\r\nContent-Disposition: form-data; name="f"; filename="${name}.txt"\r\nContent-Type: text/x\r\n\r\n${`${name}\r\n--\r\n`.repeat(9000)}\r\n`,
      );
      return bare(url, 'POST', `${base}/c/up-`, Buffer.from(`${[...parts, ...sent].join('')}--b--\r\n`), {
        'content-type': 'multipart/form-data; boundary=b',
      });
    };
    const stored = await post();
    assert.deepEqual([stored.status, stored.text], [201, '201 Created']);
    const got = await ask('GET', `${base}/c/up-file.txt`);
    assert.deepEqual([got.text, got.headers.get('content-type')], ['file\r\n--\r\n'.repeat(9000), 'text/x']);
    assert.equal((await post({}, ['other'], 'sha1')).status, 201);
    const back = await post({ redirect: 'http://site.example/?a' });
    assert.deepEqual(
      [back.status, back.headers.get('location')],
      [303, 'http://site.example/?a&status=201&message='],
    );
    for (const [changed, files, status, answer] of [
      [{ signature: 'a'.repeat(64) }, ['file'], 401, 'FormPost: Invalid Signature'],
      [{ expires: '1000' }, ['file'], 401, 'FormPost: Form Expired'],
      [{}, ['one', 'two'], 400, '400 Bad Request\r\nFormPost: Max File Count Exceeded'],
      [{ max_file_size: '10' }, ['large'], 400, 'FormPost: max_file_size exceeded'],
      [{ max_file_size: 'x' }, ['large'], 400, 'FormPost: max_file_size not an integer'],
      [{}, [], 400, '400 Bad Request\r\nFormPost: No Files To Process'],
    ] as const) {
      const refused = await post(changed, [...files]);
      assert.deepEqual([refused.status, refused.text], [status, answer]);
    }
    assert.equal((await ask('HEAD', `${base}/c/up-large.txt`)).status, 404);
  });
});

test('temporary URLs hold for a network, and save under the name that URL or object say', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`, undefined, { 'x-container-meta-temp-url-key': 'k' });
    await ask('PUT', `${base}/c/o`, Buffer.from('x'), {
      'content-disposition': 'attachment; filename="mine"',
    });
    const until = Math.floor(Date.now() / 1000) + 600;
    const get = (range: string, more = '') => {
      const body = `ip=${range}\nGET\n${until}\n/v1/AUTH_100001/c/o`;
      const signature = createHmac('sha512', 'k').update(body).digest('hex');
      const query = `temp_url_sig=${signature}&temp_url_expires=${until}&temp_url_ip_range=${range}${more}`;
      return bare(url, 'GET', `${base}/c/o?${query}`);
    };
    const opened = await get('127.0.0.0/8');
    assert.deepEqual(
      [opened.text, opened.headers.get('content-disposition')],
      ['x', 'attachment; filename="mine"'],
    );
    assert.equal((await get('127.0.0.1')).status, 200);
    for (const range of ['10.0.0.0/8', '::1', 'nonsense'])
      assert.equal((await get(range)).status, 401, range);
    const shown = await get('127.0.0.1', '&filename=a.txt&inline');
    assert.equal(
      shown.headers.get('content-disposition'),
      `inline; filename="a.txt"; filename*=UTF-8''a.txt`,
    );
  });
});
