import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { list } from '../../server/emulator/services/objects/listing/list.ts';
import {
  type Caller,
  logIn,
  type Running,
  removeFolder,
  start,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const base = '/dfw/object-store/v1/MossoCloudFS_100001';
const folders = 100_000;
const nameOf = (index: number) => `f${String(index).padStart(6, '0')}/x`;

/** An emulator whose containers are too large to be uploaded: `c` has a folder for each object, `one` has one for all. */
async function withMany(use: (emulator: Running, owner: Caller) => Promise<void>): Promise<void> {
  const data = temporaryFolder();
  const first = await start(data, '--seed', 'empty');
  const { ask } = await logIn(first.url, 'owner');
  for (const container of ['c', 'one', 'expired']) {
    await ask('PUT', `${base}/${container}`);
    await ask('PUT', `${base}/${container}/a`, Buffer.from('x'));
  }
  await first.end();
  const database = new DatabaseSync(join(data, 'emulator.db'));
  const copy = (container: string, name: string, expires: string) =>
    database.exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${folders - 1})
      INSERT INTO objects (container, name, blob, size, md5, content_type, headers, modified, expires)
      SELECT container, ${name}, blob, size, md5, content_type, headers, modified, ${expires} FROM n, objects
      WHERE name = 'a' AND container = (SELECT key FROM containers WHERE name = '${container}');
      UPDATE containers SET objects = objects + ${folders} WHERE name = '${container}'`);
  copy('c', "format('f%06d/x', i)", 'NULL');
  copy('one', "format('f/%06d', i)", 'NULL');
  copy('expired', "format('f/%06d', i)", '1');
  database.exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${folders - 1})
    INSERT INTO containers (region, account, name, metadata, objects, bytes, created)
    SELECT region, account, format('n%06d', i), '{}', 0, 0, created FROM n, containers WHERE name = 'c'`);
  database.close();
  const emulator = await start(data, '--seed', 'empty');
  try {
    await use(emulator, await logIn(emulator.url, 'owner'));
  } finally {
    await emulator.end();
    removeFolder(data);
  }
}

/** How many small requests one after another are answered while a large one is. */
async function servedMeanwhile<T>(
  { url }: Running,
  large: () => Promise<T>,
): Promise<{ count: number; answer: T }> {
  const agent = new Agent({ keepAlive: true });
  const ping = () =>
    new Promise<void>((resolve) => {
      request(`${url}/info`, { agent }, (response) => response.resume().on('end', resolve)).end();
    });
  await ping();
  const state = { count: 0, ended: false };
  const pings = (async () => {
    for (; !state.ended; state.count++) await ping();
  })();
  const answer = await large();
  state.ended = true;
  await pings;
  agent.destroy();
  return { count: state.count, answer };
}

test('a list of folders asks for as many rows as it has entries, or a few more', async () => {
  const names = Array.from({ length: 5000 }, (_, index) => `${nameOf(index >> 1)}${index % 2}`);
  for (const reverse of [false, true])
    for (const prefix of ['', 'f0', nameOf(77).slice(0, -1)]) {
      let read = 0;
      const asked = {
        prefix,
        delimiter: '/',
        marker: '',
        endMarker: '',
        limit: 10_000,
        reverse,
        flat: false,
      };
      const entries = await list<{ name: string }>(asked, ({ from, before }, backwards, count) => {
        const found = names.filter((name) => name >= from && name < before);
        const rows = (backwards ? found.reverse() : found).slice(0, count);
        read += rows.length;
        return rows.map((name) => ({ name }));
      });
      assert.ok(
        entries.length > 0 && read <= entries.length + 2,
        `${read} rows for ${entries.length} entries`,
      );
    }
});

test('whatever is listed of a hundred thousand names, others are served meanwhile', async (context) => {
  await withMany(async (emulator, { ask }) => {
    const lists: readonly [query: string, entries: number, least: number][] = [
      ['c?delimiter=/', 10_000, 6],
      ['c?delimiter=/&reverse=1', 10_000, 6],
      ['c?delimiter=/&marker=f05', 10_000, 6],
      ['c?delimiter=/&prefix=f05', 10_000, 6],
      ['c?delimiter=/&prefix=f05&format=json', 10_000, 6],
      ['c?format=json', 10_000, 2],
      ['c?format=xml', 10_000, 2],
      ['c?path=', 1, 10],
      ['one?delimiter=/', 2, 0],
      ['one?delimiter=/&prefix=f/', 10_000, 0],
      ['?delimiter=0', 2 + 2, 0],
      ['?format=json', 10_000, 2],
    ];
    for (const [query, entries, least] of lists) {
      const { count, answer } = await servedMeanwhile(emulator, () =>
        ask('GET', `${base}/${query}`.replace('/?', '?')),
      );
      const found = /json/.test(query)
        ? (JSON.parse(answer.text) as unknown[]).length
        : answer.text.split(/xml/.test(query) ? /<object>/ : '\n').length - 1;
      assert.equal(found, entries, query);
      // Many times more would be a walk through all that is there.
      assert.ok(count >= least && count < 1500, `${count} served while ${query} was listed`);
      context.diagnostic(`${count} served while ${query} was listed`);
    }
    const { headers } = await ask('HEAD', base);
    assert.equal(headers.get('x-account-container-count'), String(folders + 3));
    const large = async (prefix: string) => {
      await ask('PUT', `${base}/c/large`, Buffer.alloc(0), { 'x-object-manifest': prefix });
      return ask('HEAD', `${base}/c/large`);
    };
    // Of more segments than a listing has neither size nor hash is known, as in Swift; the body has them all.
    const head = await large('one/f/');
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, null]);
    assert.equal((await ask('GET', `${base}/c/large`)).text, 'x'.repeat(folders));
    const part = await ask('GET', `${base}/c/large`, undefined, { range: 'bytes=9990-9994' });
    assert.deepEqual([part.status, part.text], [206, 'xxxxx']);
    const late = await ask('GET', `${base}/c/large`, undefined, { range: 'bytes=10000-10004' });
    assert.deepEqual([late.status, late.text.length], [200, folders]);
    assert.equal((await ask('COPY', `${base}/c/large`, undefined, { destination: 'c/x' })).status, 413);
    assert.equal((await large('one/f/0001')).headers.get('content-length'), '100');
  });
});

test('names at the end of all characters are in their folder', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    await ask('PUT', `${base}/c`);
    const names = [
      'b/\u{10FFFF}',
      'b/\u{10FFFF}x',
      'b0',
      '\uD7FF/x',
      '\uE000',
      '\u{10FFFF}/x',
      '\u{10FFFF}\u{10FFFF}',
    ];
    for (const name of names) await ask('PUT', `${base}/c/${encodeURIComponent(name)}`, Buffer.from('x'));
    const seen = async (query: string) =>
      (await ask('GET', `${base}/c?${query}`)).text.split('\n').slice(0, -1);
    const rolled = ['b/', 'b0', '\uD7FF/', '\uE000', '\u{10FFFF}/', '\u{10FFFF}\u{10FFFF}'];
    assert.deepEqual(await seen('delimiter=/'), rolled);
    assert.deepEqual(await seen('delimiter=/&reverse=1'), [...rolled].reverse());
    assert.deepEqual(await seen(`prefix=${encodeURIComponent('\u{10FFFF}')}`), names.slice(-2));
    assert.deepEqual(await seen(`prefix=${encodeURIComponent('\uD7FF')}`), ['\uD7FF/x']);
    assert.deepEqual(await seen('prefix=b/'), names.slice(0, 2));
    assert.deepEqual(await seen('path='), ['b0', '\uE000', '\u{10FFFF}\u{10FFFF}']);
  });
});
