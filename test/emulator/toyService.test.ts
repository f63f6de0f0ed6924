import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Emulator, startEmulator } from '../../server/emulator/emulator.ts';
import { jsonBody } from '../../server/emulator/kernel/api.ts';
import { ApiError } from '../../server/emulator/kernel/apiError.ts';
import { readJson } from '../../server/emulator/kernel/body.ts';
import type { JobState } from '../../server/emulator/kernel/jobs.ts';
import { createLog } from '../../server/emulator/kernel/log.ts';
import { receive } from '../../server/emulator/kernel/receiving.ts';
import { readParam } from '../../server/emulator/kernel/request.ts';
import { readOptions } from '../../server/emulator/options.ts';
import type { Service } from '../../server/emulator/services/service.ts';
import { isObject, type Json } from '../../server/rules/json.ts';
import { emulatorVerb } from '../../server/verbs/emulator.ts';
import { readArguments } from '../../server/verbs/read.ts';
import { ask, logIn, readEvents, removeFolder, temporaryFolder } from './harness.ts';

/** A service that stores bytes for a while, and winds toys up: of one host two at once. */
function createToys(wound: string[]): Service {
  return {
    name: 'toys',
    catalog: {
      type: 'toy',
      name: () => 'cloudToys',
      path: (account) => `toys/${account}`,
    },
    api: ({ identity }) => ({
      prefixes: ['/:region/toys'],
      errorBody: ({ status, text }) => jsonBody({ broken: text, status }),
      beforeUnknown: ({ headers }) => {
        identity.authenticate(headers['x-auth-token']);
      },
    }),
    tables: [
      `CREATE TABLE toys (
        name TEXT PRIMARY KEY, account TEXT NOT NULL, blob TEXT NOT NULL REFERENCES blobs, size INTEGER NOT NULL,
        expires INTEGER
      ) STRICT, WITHOUT ROWID`,
    ],
    contentColumns: [{ table: 'toys', column: 'blob', label: { sql: "'toy ' || name" } }],
    countedTables: ['toys'],
    eventKinds: ['toy'],
    expiries: [
      {
        kind: 'toy',
        table: 'toys',
        remove: ({ blobs, clock, events, store }) => {
          const gone = store.all<{ name: string; blob: string }>(
            'SELECT name, blob FROM toys WHERE expires <= ?',
            clock.now(),
          );
          for (const { name, blob } of gone) {
            store.run('DELETE FROM toys WHERE name = ?', name);
            blobs.release(blob);
            events.append({ kind: 'toy', action: 'delete', id: name });
          }
          return true;
        },
      },
    ],
    measure: (store, region, account) =>
      store.get(
        `SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM toys
         WHERE account = ? AND ? = 'dfw'`,
        account,
        region,
      ) ?? { count: 0, bytes: 0 },
    removeAccount: ({ store }, account) => {
      store.run('DELETE FROM toys WHERE account = ?', account);
    },
    jobs: ({ clock, events, jobs, store }) => ({
      'wind-up': {
        queue: { atOnce: 2, group: ({ data }) => `host ${String(data['host'])}` },
        steps: {
          start: (job) => store.write(() => jobs.moveTo(job.id, 'turn', job.data)),
          turn: async (job: JobState, { signal }) => {
            await clock.work(60_000, signal);
            await store.write(() => {
              jobs.finish(job.id);
              events.append({ kind: 'toy', action: 'update', id: job.id });
            });
            wound.push(job.id);
          },
        },
        failed: (job) => store.write(() => jobs.finish(job.id)),
      },
    }),
    routes: (routes, { blobs, clock, events, identity, jobs, regions, store }) => {
      for (const region of regions) {
        const base = `/${region}/toys/:account`;
        routes.on('PUT', `${base}/:name`, async (request, reply) => {
          const { account } = identity.authenticate(request.headers['x-auth-token']);
          const name = readParam(request, 'name');
          const tooLarge = () => new ApiError('request/body-size', 'Too large a toy.');
          const file = await receive(request.raw, blobs, 'sha256', { bytes: 1000, tooLarge });
          await store.write(() => {
            blobs.adopt(file.file, file.hash, file.size);
            const expires = clock.now() + 3_600_000;
            store.run(
              'INSERT INTO toys VALUES (?, ?, ?, ?, ?)',
              name,
              account.id,
              file.hash,
              file.size,
              expires,
            );
            events.append({ kind: 'toy', action: 'create', region, account: account.id, id: name });
          });
          return reply.code(201).send({ name });
        });
        routes.on('GET', `${base}/:name`, (request) => {
          const name = readParam(request, 'name');
          const row = store.get<{ blob: string; size: number }>(
            'SELECT blob, size FROM toys WHERE name = ?',
            name,
          );
          if (!row) throw new ApiError('request/not-found', `No toy ${name}.`);
          const kept = blobs.keep([{ blob: row.blob, start: 0, length: row.size }]);
          try {
            return { text: blobs.readText(kept) };
          } finally {
            kept.release();
          }
        });
        routes.on('POST', `${base}/wind-up`, async (request) => {
          const { account } = identity.authenticate(request.headers['x-auth-token']);
          const body = await readJson(request);
          const host = isObject(body) ? String(body['host']) : '';
          const id = isObject(body) ? String(body['id']) : '';
          return store.write(() => ({
            ...jobs.add({ id, kind: 'wind-up', account: account.id, data: { host } }),
          }));
        });
      }
    },
  };
}

test('a service that only its own value describes is served, counted, expired, kept and resumed like the others', async () => {
  const data = temporaryFolder();
  const wound: string[] = [];
  const toy = createToys(wound);
  const lines: string[] = [];
  const begin = () =>
    startEmulator(
      readOptions(readArguments(['--data', data, '--seed', 'empty'], emulatorVerb).values),
      createLog((line) => lines.push(line)),
      [toy],
    );
  const control = (emulator: Emulator, method: string, path: string, body?: Json) =>
    ask(emulator.url, method, `/emulator${path}`, body, { authorization: `Bearer ${emulator.token}` });
  let emulator: Emulator | undefined;
  try {
    emulator = await begin();
    let owner = await logIn(emulator.url, 'owner');

    const { json: login } = await ask(emulator.url, 'POST', '/identity/v2.0/tokens', {
      auth: { passwordCredentials: { username: 'owner', password: 'emulator' } },
    });
    assert.match(JSON.stringify(login), /"name":"cloudToys".*\/dfw\/toys\/100001/);
    assert.deepEqual((await ask(emulator.url, 'GET', '/dfw/toys/100001/none/at/all')).status, 401);
    const missing = await owner.ask('GET', '/dfw/toys/100001/bear');
    assert.deepEqual(missing.json, { broken: 'No toy bear.', status: 404 });

    assert.equal((await owner.ask('PUT', '/dfw/toys/100001/bear', Buffer.from('growl'))).status, 201);
    const usage = await control(emulator, 'GET', '/usage/100001');
    assert.match(usage.text, /"region":"dfw".*?"toys":\{"count":1,"bytes":5\}/);
    assert.match(usage.text, /"charged":\{"storedBytes":5/);
    const told = await readEvents(emulator, 'after=0', ({ kind }) => kind === 'toy');
    assert.equal(told.at(-1)?.data['id'], 'bear');

    // Of one host two are wound up at once, of another host too, whoever's they are.
    const windUp = async (host: string, id: string) =>
      (await owner.ask('POST', '/dfw/toys/100001/wind-up', { host, id })).json;
    assert.equal((await control(emulator, 'POST', '/clock', { pause: true })).status, 200);
    const places = [];
    for (const id of ['a1', 'a2', 'a3', 'a4']) places.push(await windUp('a', id));
    places.push(await windUp('b', 'b1'));
    assert.deepEqual(
      places.map(({ waiting, ahead }) => [waiting, ahead]),
      [
        [false, 0],
        [false, 0],
        [true, 0],
        [true, 1],
        [false, 0],
      ],
    );

    const hash = createHash('sha256').update('growl').digest('hex');
    await emulator.close();
    emulator = await begin();
    assert.match(lines.join(''), /Resuming wind-up task a1/);
    owner = await logIn(emulator.url, 'owner');
    assert.deepEqual(readdirSync(join(data, 'blobs')), [hash]);
    assert.equal((await owner.ask('GET', '/dfw/toys/100001/bear')).json['text'], 'growl');

    // Each step of the clock ends the work that runs, and lets the next begin.
    const restarted = emulator;
    const step = async () => (await control(restarted, 'POST', '/clock', { step: 'next' })).json;
    for (let steps = 0; wound.length < 5 && steps < 10; steps += 1)
      assert.deepEqual((await step())['reached'] !== null, true);
    assert.deepEqual(wound.toSorted(), ['a1', 'a2', 'a3', 'a4', 'b1']);
    assert.ok(wound.indexOf('a3') > wound.indexOf('a1') || wound.indexOf('a3') > wound.indexOf('a2'));

    // Work of minutes is done before the toy's hour is over.
    const reached = JSON.parse(JSON.stringify((await step())['reached']));
    assert.equal(reached.kind, 'toy');
    assert.equal((await owner.ask('GET', '/dfw/toys/100001/bear')).status, 404);
    assert.deepEqual(readdirSync(join(data, 'blobs')), []);
    assert.equal(
      (await owner.ask('PUT', '/dfw/toys/100001/ball', Buffer.alloc(1001))).rule,
      'request/body-size',
    );
  } finally {
    await emulator?.close();
    removeFolder(data);
  }
});
