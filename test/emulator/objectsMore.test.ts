import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { logIn, withEmulator } from './harness.ts';

const account = '/dfw/object-store/v1/MossoCloudFS_100001';

test('several ranges come as parts of one answer', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${account}/c`);
    const path = `${account}/c/x`;
    await ask('PUT', path, Buffer.from('0123456789'), { 'content-type': 'text/x' });
    const range = async (text: string) => ask('GET', path, undefined, { range: text });
    const { status, headers, text } = await range('bytes=0-1, 4-5,-2');
    assert.equal(status, 206);
    assert.equal(headers.get('content-length'), String(text.length));
    const boundary = /^multipart\/byteranges;boundary=(\w+)$/.exec(headers.get('content-type') ?? '')?.[1];
    const part = (span: string, bytes: string) =>
      `--${boundary}\r\nContent-Type: text/x\r\nContent-Range: bytes ${span}/10\r\n\r\n${bytes}\r\n`;
    assert.equal(text, `${part('0-1', '01')}${part('4-5', '45')}${part('8-9', '89')}--${boundary}--`);
    const one = await range('bytes=2-3,50-');
    assert.deepEqual([one.status, one.headers.get('content-range'), one.text], [206, 'bytes 2-3/10', '23']);
    for (const text of ['bytes=10-,20-30', `bytes=${Array(51).fill('0-1').join()}`, 'bytes=-0'])
      assert.equal((await range(text)).status, 416, text);
    for (const text of ['bytes=5-2', 'lines=1-2', 'bytes=a-b', 'bytes=-'])
      assert.deepEqual([(await range(text)).status, (await range(text)).text], [200, '0123456789'], text);
  });
});

test('conditions: tags and times count each by itself, as in Swift', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${account}/c`);
    const { headers } = await ask('PUT', `${account}/c/x`, Buffer.from('x'));
    const tag = headers.get('etag') ?? '';
    const modified = headers.get('last-modified') ?? '';
    const old = 'Fri, 01 Jan 2010 00:00:00 GMT';
    const later = 'Fri, 01 Jan 2100 00:00:00 GMT';
    const status = async (asked: Record<string, string>) => {
      const [get, head] = [
        await ask('GET', `${account}/c/x`, undefined, asked),
        await ask('HEAD', `${account}/c/x`, undefined, asked),
      ];
      assert.equal(get.status, head.status);
      return get.status;
    };
    assert.equal(await status({ 'if-modified-since': modified }), 304);
    assert.equal(await status({ 'if-modified-since': old }), 200);
    assert.equal(await status({ 'if-unmodified-since': modified }), 200);
    assert.equal(await status({ 'if-unmodified-since': old }), 412);
    assert.equal(await status({ 'if-match': `"${tag}", "b"`, 'if-unmodified-since': old }), 412);
    assert.equal(await status({ 'if-none-match': '"b"', 'if-modified-since': later }), 304);
    assert.equal(await status({ 'if-none-match': '*' }), 304);
    assert.equal(await status({ 'if-match': '"b"' }), 412);
  });
});

test('listings: reverse, path, XML, and accounts as containers', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    for (const name of ['a', 'b-1', 'b-2', 'c']) await ask('PUT', `${account}/${name}`);
    const names = ['a', 'b/', 'b/1', 'b/2', 'b/c/3', 'd', 'e&f'];
    for (const name of names) await ask('PUT', `${account}/c/${encodeURIComponent(name)}`, Buffer.from('x'));
    const list = async (query: string, at = `${account}/c`) =>
      (await ask('GET', `${at}?${query}`)).text.split('\n').slice(0, -1);
    assert.deepEqual(await list('reverse=on'), [...names].reverse());
    assert.deepEqual(await list('reverse=1&delimiter=/'), ['e&f', 'd', 'b/', 'a']);
    assert.deepEqual(await list('reverse=1&delimiter=/&marker=d&limit=1'), ['b/']);
    assert.deepEqual(await list('reverse=1&delimiter=/&marker=b/'), ['a']);
    assert.deepEqual(await list('reverse=1&marker=d&end_marker=b/1'), ['b/c/3', 'b/2']);
    assert.deepEqual(await list('path=b'), ['b/1', 'b/2']);
    assert.deepEqual(await list('path='), ['a', 'b/', 'd', 'e&f']);
    assert.deepEqual(await list('', account), ['a', 'b-1', 'b-2', 'c']);
    assert.deepEqual(await list('delimiter=-', account), ['a', 'b-', 'c']);
    assert.deepEqual(await list('prefix=b&reverse=true&limit=1', account), ['b-2']);
    assert.deepEqual(await list('marker=a&end_marker=c', account), ['b-1', 'b-2']);
    const xml = await ask('GET', `${account}/c?prefix=e`, undefined, {
      accept: 'text/xml, text/plain;q=0.5',
    });
    assert.equal(xml.headers.get('content-type'), 'text/xml; charset=utf-8');
    assert.match(
      xml.text,
      /^<\?xml [^>]+>\n<container name="c"><object>.*<name>e&amp;f<\/name>.*<\/object><\/container>$/,
    );
    assert.match(
      (await ask('GET', `${account}?format=xml`)).text,
      /<account name="MossoCloudFS_100001">\n<container><name>a<\/name>/,
    );
    assert.equal((await ask('GET', `${account}/c`, undefined, { accept: 'image/png' })).status, 406);
    assert.deepEqual(JSON.parse((await ask('GET', `${account}/a?format=json`)).text), []);
  });
});

test('metadata of accounts and containers is merged, that of objects replaced, all within limits', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${account}/c`, undefined, { 'x-container-meta-a': '1', 'x-container-meta-b': '2' });
    for (const [path, kind] of [
      [account, 'account'],
      [`${account}/c`, 'container'],
    ] as const) {
      const post = async (headers: Record<string, string>) =>
        (await ask('POST', path, undefined, headers)).status;
      assert.equal(await post({ [`x-${kind}-meta-a`]: '1', [`x-${kind}-meta-b`]: '2' }), 204);
      assert.equal(
        await post({ [`x-${kind}-meta-c`]: '3', [`x-remove-${kind}-meta-a`]: 'x', [`x-${kind}-meta-b`]: '' }),
        204,
      );
      const { headers } = await ask('HEAD', path);
      assert.deepEqual(
        ['a', 'b', 'c'].map((name) => headers.get(`x-${kind}-meta-${name}`)),
        [null, null, '3'],
      );
      const many = (from: number, count: number) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${kind}-meta-n${from + n}`, 'v']));
      assert.equal(await post(many(0, 91)), 400);
      assert.equal(await post(many(0, 89)), 204);
      assert.equal(await post(many(100, 2)), 400); // with those that are there
      const long = Array.from({ length: 20 }, (_, n) => [`x-${kind}-meta-l${n}`, 'v'.repeat(250)]);
      assert.equal(await post(Object.fromEntries(long)), 400);
    }
    const path = `${account}/c/x`;
    const type = { 'content-type': 'text/x', 'content-encoding': 'gzip', 'content-disposition': 'inline' };
    await ask('PUT', path, Buffer.from('x'), { ...type, 'x-object-meta-a': '1' });
    const before = (await ask('HEAD', path)).headers;
    assert.deepEqual(
      Object.keys(type).map((name) => before.get(name)),
      Object.values(type),
    );
    assert.equal((await ask('POST', path, undefined, { 'x-object-meta-b': '2' })).status, 202);
    const after = (await ask('GET', path)).headers;
    assert.deepEqual(
      ['x-object-meta-a', 'x-object-meta-b', 'content-type', 'content-encoding'].map((name) =>
        after.get(name),
      ),
      [null, '2', 'text/x', null],
    );
    assert.equal((await ask('POST', `${account}/c/none`)).status, 404);
    assert.equal((await ask('PUT', `${account}/c/${'n'.repeat(1025)}`, Buffer.from('x'))).status, 400);
  });
});

test('an object that has expired is gone', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${account}/c`);
    const path = `${account}/c/x`;
    const at = Math.floor(Date.now() / 1000) + 2;
    await ask('PUT', path, Buffer.from('x'), { 'x-delete-at': String(at) });
    const after = await ask('PUT', `${account}/c/later`, Buffer.from('x'), { 'x-delete-after': '3600' });
    assert.equal(after.status, 201);
    assert.equal((await ask('HEAD', path)).headers.get('x-delete-at'), String(at));
    while (Date.now() <= at * 1000) await delay(at * 1000 + 1 - Date.now());
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE'])
      assert.equal((await ask(method, path)).status, 404, method);
    assert.equal((await ask('GET', `${account}/c/later`)).status, 200);
    assert.equal((await ask('PUT', path, Buffer.from('new'), { 'if-none-match': '*' })).status, 201);
    assert.equal((await ask('GET', path)).text, 'new');
  });
});

test('bulk delete removes what it can and tells the rest', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const observer = await logIn(url, 'observer');
    for (const name of ['c', 'd']) await ask('PUT', `${account}/${name}`);
    for (const name of ['a', 'b%20b', 'x/y']) await ask('PUT', `${account}/c/${name}`, Buffer.from(name));
    const names = Buffer.from('/c/a\nc/b%20b\n\nc/none\nd\nc\n');
    const refused = await observer.ask('POST', `${account}?bulk-delete`, names);
    assert.deepEqual([refused.status, refused.text.match(/, 403 Forbidden/g)?.length], [200, 5]);
    const { status, json } = await ask('POST', `${account}?bulk-delete`, names, {
      accept: 'application/json',
    });
    assert.equal(status, 200);
    assert.deepEqual(json, {
      'Response Status': '400 Bad Request',
      'Response Body': '',
      'Number Deleted': 3,
      'Number Not Found': 1,
      Errors: [['c', '409 Conflict']],
    });
    const rest = await ask('DELETE', `${account}?bulk-delete`, Buffer.from('c/x%2Fy\nc'), {
      'content-length': '9',
    });
    assert.match(
      rest.text,
      /^Number Deleted: 2\nNumber Not Found: 0\nResponse Body: \nResponse Status: 200 OK\nErrors:\n$/,
    );
    assert.equal((await ask('GET', account)).text, '');
    assert.match((await ask('POST', `${account}?bulk-delete`, Buffer.from(''))).text, /400 Bad Request/);
    assert.equal((await ask('DELETE', account)).status, 403);
  });
});
