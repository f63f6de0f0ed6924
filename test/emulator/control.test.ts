import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import { createClock } from '../../server/emulator/kernel/clock.ts';
import { createEvents } from '../../server/emulator/kernel/events.ts';
import { openStore } from '../../server/emulator/store/store.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import {
  ask,
  logIn,
  type Running,
  readEvents,
  removeFolder,
  start,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const empty = ['--seed', 'empty'];
const files = '/dfw/object-store/v1';
const ann = { name: 'ann', password: 'p', apiKey: 'k', account: '7', roles: ['identity:user-admin'] };

function asControl({ url, token }: Pick<Running, 'url' | 'token'>) {
  return (method: string, path: string, body?: Json | Buffer, headers: Record<string, string> = {}) =>
    ask(url, method, `/emulator${path}`, body, { authorization: `Bearer ${token}`, ...headers });
}

test('health and info are open, and say little', async () => {
  await withEmulator(empty, async (emulator) => {
    const health = await ask(emulator.url, 'GET', '/emulator/health');
    assert.deepEqual([health.status, health.text], [200, 'OK']);
    assert.match(health.headers.get('content-type') ?? '', /^text\/plain/);
    const info = (await ask(emulator.url, 'GET', '/emulator/info')).json;
    assert.deepEqual(Object.keys(info), ['name', 'id', 'version', 'pid', 'profile', 'release', 'limits']);
    const { limits, regions } = JSON.parse((await asControl(emulator)('GET', '')).text);
    assert.ok(limits.tags > 0);
    assert.equal(regions.length, 6);
  });
});

test('accounts and users come, change and go, and what changes holds at once', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const { url } = emulator;
    const made = await control('POST', '/accounts', { id: '7', name: 'seven' });
    assert.deepEqual([made.status, made.json], [201, { id: '7', name: 'seven' }]);
    const user = await control('POST', '/users', ann);
    assert.equal(user.status, 201);
    assert.deepEqual(user.json, { id: user.json['id'] ?? '', name: 'ann', account: '7', roles: ann.roles });
    assert.doesNotMatch((await control('GET', '/users')).text, /password|apiKey|"p"|"k"/);
    const ids = JSON.parse((await control('GET', '/accounts')).text).accounts.map(({ id }: JsonObject) => id);
    assert.deepEqual(ids, ['100001', '100002', '7']);

    const token = await logIn(url, 'ann', 'p');
    const write = async () => (await token.ask('PUT', `${files}/7/c`)).status;
    assert.equal(await write(), 201);
    const changed = await control('PATCH', '/users/ann', { roles: ['observer'] });
    assert.deepEqual(changed.json['roles'], ['observer']);
    assert.equal(await write(), 403, 'the token carries the new roles');
    await control('PATCH', '/users/ann', { roles: ['admin'], password: 'q' });
    assert.equal(await write(), 202);
    await assert.rejects(logIn(url, 'ann', 'p'), /401/);
    await logIn(url, 'ann', 'q');
    assert.equal((await control('DELETE', '/users/ann')).status, 204);
    assert.equal(await write(), 401, 'a token goes with its user');
    assert.equal((await control('DELETE', '/users/ann')).status, 404);
    assert.equal((await control('PATCH', '/users/ann', { password: 'x' })).status, 404);
  });
});

test('an account goes with all that is its, and nothing else', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const owner = await logIn(emulator.url, 'owner');
    const partner = await logIn(emulator.url, 'partner');
    for (const [{ ask: as }, account] of [
      [owner, '100001'],
      [partner, '100002'],
    ] as const) {
      await as('PUT', `${files}/${account}/c`);
      await as('PUT', `${files}/${account}/c/o`, Buffer.from('same bytes'));
    }
    const input = { import_from: 'c/o', image_properties: { name: 'x' } };
    await partner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
    const { seq } = JSON.parse((await control('GET', '')).text);
    assert.equal((await control('DELETE', '/accounts/100002')).status, 204);
    await readEvents(emulator, `after=${seq}`, ({ kind }) => kind === 'reset');
    assert.equal((await partner.ask('GET', `${files}/100002`)).status, 401);
    await assert.rejects(logIn(emulator.url, 'partner'), /401/);
    assert.equal((await owner.ask('GET', `${files}/100001/c/o`)).text, 'same bytes');
    const { counts } = JSON.parse((await control('GET', '')).text);
    assert.deepEqual(
      [counts.accounts, counts.containers, counts.objects, counts.tasks, counts.jobs, counts.blobs],
      [1, 1, 1, 0, 0, 1],
    );
    assert.equal((await control('DELETE', '/accounts/100002')).status, 404);
  });
});

test('a reset begins from accounts and users that are sent', async () => {
  await withEmulator(['--profile', 'rackspace'], async (emulator) => {
    const control = asControl(emulator);
    const { setClock, reset, clock } = emulatorControl(emulator.url, emulator.token);
    await setClock({ step: '1h', pause: true });
    await reset({ accounts: [{ id: '7', name: 'seven' }], users: [ann] });
    const { ahead, paused } = await clock();
    assert.deepEqual([ahead, paused], [0, false]);
    const asAnn = await logIn(emulator.url, 'ann', 'p');
    assert.deepEqual((await asAnn.ask('GET', '/dfw/image/v2/images')).json['images'], []);
    await assert.rejects(logIn(emulator.url, 'owner'), /401/);
    await reset('demo');
    const owner = await logIn(emulator.url, 'owner');
    assert.ok(JSON.parse((await owner.ask('GET', '/dfw/image/v2/images')).text).images.length > 0);

    const account = { id: '7', name: 'seven' };
    const rows: readonly [body: Json, problem: RegExp][] = [
      [{ seed: 'full' }, /^seed must be one of demo, empty/],
      [{ seed: 'demo', accounts: [] }, /^accounts is not known here/],
      [{}, /^accounts must be a list/],
      [{ accounts: [account] }, /^users must be a list/],
      [{ accounts: [{ id: '7' }], users: [] }, /^accounts\[0\]\.name must be a text/],
      [{ accounts: [{ id: '..', name: 'x' }], users: [] }, /^accounts\[0\]\.id must be/],
      [{ accounts: [{ id: '../etc', name: 'x' }], users: [] }, /^accounts\[0\]\.id must be/],
      [{ accounts: [account, account], users: [] }, /two accounts of the id 7/],
      [{ accounts: [account], users: [{ ...ann, account: '8' }] }, /user ann in account 8/],
      [{ accounts: [account], users: [ann, ann] }, /two users of the name ann/],
      [{ accounts: [account], users: [{ ...ann, roles: 'admin' }] }, /^users\[0\]\.roles must be a list/],
      [{ accounts: [account], users: [{ ...ann, roles: [1] }] }, /^users\[0\]\.roles\[0\] must be a text/],
      [{ accounts: [account], users: [{ ...ann, admin: true }] }, /^users\[0\]\.admin is not known/],
      [[], /^The body must be an object/],
    ];
    for (const [body, problem] of rows) {
      const answer = await control('POST', '/reset', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(JSON.parse(answer.text).error.message, problem);
    }
    assert.equal((await owner.ask('GET', '/dfw/image/v2/images')).status, 200, 'nothing was reset');
  });
});

test('accounts, users and snapshots that are none are refused by name', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const rows: readonly [method: string, path: string, body: Json, status: number, problem: RegExp][] = [
      ['POST', '/accounts', { id: 'a/b', name: 'x' }, 400, /^id must be a text of 1 to 64 letters/],
      ['POST', '/accounts', { id: '.', name: 'x' }, 400, /^id must be/],
      ['POST', '/accounts', { id: 'x' }, 400, /^name must be a text/],
      [
        'POST',
        '/accounts',
        { id: 'x', name: 'a\u0000b' },
        400,
        /^name must be .* without control characters/,
      ],
      ['POST', '/accounts', { id: '100001', name: 'x' }, 409, /exists/],
      ['POST', '/accounts', { id: 'x', name: '100001' }, 409, /exists/],
      ['POST', '/users', { ...ann, account: 'none' }, 400, /^There is no account 'none'/],
      ['POST', '/users', { ...ann, account: '100001', name: 'owner' }, 409, /exists/],
      ['POST', '/users', { ...ann, account: '100001', name: '' }, 400, /^name must be/],
      ['POST', '/users', { ...ann, account: '100001', extra: 1 }, 400, /^extra is not known here/],
      [
        'PATCH',
        '/users/owner',
        { name: 'x' },
        400,
        /^name is not known here. Use one of password, apiKey, roles/,
      ],
      ['PATCH', '/users/owner', { password: 7 }, 400, /^password must be/],
      ['POST', '/snapshots', {}, 400, /^name must be/],
      ['POST', '/snapshots', { name: 'x'.repeat(256) }, 400, /^name must be/],
      ['POST', '/snapshots', { name: 'x', path: '/' }, 400, /^path is not known here/],
      ['POST', '/snapshots/none/restore', {}, 404, /no snapshot 'none'/],
    ];
    for (const [method, path, body, status, problem] of rows) {
      const answer = await control(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}`);
      assert.match(JSON.parse(answer.text).error.message, problem);
    }
  });
});

test('the log of requests names rules, is asked by method, status, path and rule, and keeps the latest', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const log = async (query: string): Promise<JsonObject[]> =>
      JSON.parse((await control('GET', `/requests?${query}`)).text).requests;
    const owner = await logIn(emulator.url, 'owner');
    const observer = await logIn(emulator.url, 'observer');
    await observer.ask('DELETE', '/dfw/image/v2/images/x');
    await owner.ask('GET', `/identity/v2.0/tokens/${observer.token}`);
    const refused = await log('method=delete');
    assert.deepEqual(
      refused.map(({ method, status, rule, path }) => [method, status, rule, path]),
      [['DELETE', 403, 'role/images', '/dfw/image/v2/images/x']],
    );
    assert.deepEqual(await log('rule=role/images'), refused);
    assert.deepEqual(await log('status=4xx'), refused);
    assert.deepEqual(await log('status=403&path=*/images/*'), refused);
    assert.deepEqual(await log('status=404'), []);
    await ask(emulator.url, 'GET', '/dfw/object-store/v1/a/c/o?temp_url_sig=hidden&temp_url_expires=1');
    const noted = JSON.stringify(await log('limit=500'));
    assert.doesNotMatch(noted, new RegExp(`${observer.token}|hidden`));
    assert.match(noted, /temp_url_sig=\*\*\*&temp_url_expires=1/);
    assert.equal((await log('limit=1')).length, 1);
    assert.equal((await control('GET', '/requests?status=9')).status, 400);
    assert.equal((await control('GET', '/requests?limit=x')).status, 400);
    for (let burst = 0; burst < 12; burst += 1)
      await Promise.all(Array.from({ length: 100 }, () => ask(emulator.url, 'GET', `/nowhere?${burst}`)));
    const kept = await log('limit=9999');
    assert.equal(kept.length, 500);
    assert.equal((await log('path=/nowhere?11')).length, 100);
  });
});

test('the event stream goes on where it was left, and tells of a gap', async () => {
  await withEmulator(empty, async (emulator) => {
    const { url, token } = emulator;
    const owner = await logIn(url, 'owner');
    for (const name of ['a', 'b', 'c']) await owner.ask('PUT', `${files}/100001/${name}`);
    const all = await readEvents(emulator, 'after=0', ({ data }) => data['id'] === 'c');
    const numbers = all.map(({ seq }) => seq);
    assert.deepEqual(
      numbers,
      [...numbers].sort((one, other) => one - other),
    );
    const [, second] = all.slice(-3);

    const resumed = await fetch(`${url}/emulator/events`, {
      headers: { authorization: `Bearer ${token}`, 'last-event-id': String(second?.seq) },
    });
    let text = '';
    for await (const chunk of resumed.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('\nevent: container\n')) break;
    }
    assert.match(text, new RegExp(`id: ${(second?.seq ?? 0) + 1}\n`));
    assert.doesNotMatch(text, /event: reset/);

    // A number that was never given is another emulator's.
    const [gap] = await readEvents(emulator, 'after=999999', () => true);
    assert.deepEqual([gap?.kind, gap?.seq], ['reset', all.at(-1)?.seq]);
    for (const wrong of ['x', '-1', '1.5'])
      assert.equal(
        (await asControl(emulator)('GET', '/events', undefined, { 'last-event-id': wrong })).status,
        400,
      );
  });
});

test('events that are no longer kept are a gap', async () => {
  const data = temporaryFolder();
  const store = openStore(join(data, 'emulator.db'));
  const events = createEvents(store, createClock(store, 1), new Set(['image']));
  const append = (count: number) =>
    store.write(() => {
      for (let made = 0; made < count; made += 1) events.append({ kind: 'image', action: 'update' });
    });
  await append(10_000);
  assert.equal(events.after(0, 1).complete, true);
  await append(1000);
  assert.equal(events.last(), 11_000);
  assert.deepEqual(
    events.after(1000, 1).events.map(({ seq }) => seq),
    [1001],
  );
  assert.deepEqual([events.after(999, 1).complete, events.after(1000, 1).complete], [false, true]);
  await store.close();
  removeFolder(data);
});

test('usage: what is stored and what went over the wire, by account and region, also after kill -9', async () => {
  const data = temporaryFolder();
  const emulator = await start(data, ...empty);
  const usageOf = async (of: Running, account: string) => {
    const { regions, charged } = JSON.parse((await asControl(of)('GET', `/usage/${account}`)).text);
    return { charged, in: (name: string) => regions.find(({ region }: JsonObject) => region === name) };
  };
  const owner = await logIn(emulator.url, 'owner');
  const size = 1_000_000;
  await owner.ask('PUT', `${files}/100001/c`);
  await owner.ask('PUT', `${files}/100001/c/o`, Buffer.alloc(size, 1));
  await owner.ask('GET', `${files}/100001/c/o`);
  await owner.ask('GET', `${files}/100001/c/o`);
  // Answers of the API, a look at an object, a miss and another upload are charged nothing.
  await owner.ask('GET', '/dfw/image/v2/images');
  await owner.ask('GET', `${files}/100001/c?format=json`);
  await owner.ask('HEAD', `${files}/100001/c/o`);
  assert.equal((await owner.ask('GET', `${files}/100001/c/none`)).status, 404);
  const partner = await logIn(emulator.url, 'partner');
  await partner.ask('GET', '/ord/image/v2/images');

  const mine = await usageOf(emulator, '100001');
  const dfw = mine.in('dfw');
  assert.deepEqual(dfw.objects, { count: 1, bytes: size });
  assert.deepEqual(dfw.images, { count: 0, bytes: 0 });
  assert.ok(dfw.receivedBytes > size && dfw.receivedBytes < size + 10_000, dfw.receivedBytes);
  assert.ok(dfw.sentBytes > 2 * size && dfw.sentBytes < 2 * size + 60_000, dfw.sentBytes);
  assert.deepEqual(mine.in('ord').sentBytes, 0);
  const { storedBytes, downloadedBytes } = mine.charged;
  assert.equal(storedBytes, size);
  assert.ok(downloadedBytes > 2 * size && downloadedBytes < 2 * size + 2000, downloadedBytes);
  assert.ok(downloadedBytes < dfw.sentBytes - 1000);
  const other = await usageOf(emulator, '100002');
  assert.ok(other.in('ord').sentBytes > 0);
  assert.equal(other.charged.downloadedBytes, 0);
  assert.equal(other.in('dfw').receivedBytes, 0);
  assert.equal((await asControl(emulator)('GET', '/usage/none')).status, 404);
  assert.equal(JSON.parse((await asControl(emulator)('GET', '/usage')).text).usage.length, 2);
  await emulator.end('SIGKILL');

  const next = await start(data);
  assert.deepEqual((await usageOf(next, '100001')).in('dfw'), dfw);
  await next.end();
  removeFolder(data);
});
