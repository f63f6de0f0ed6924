import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import type { Json } from '../../server/rules/json.ts';
import { ask, logIn, type Running, withEmulator } from './harness.ts';

const images = '/dfw/image/v2/images';
const files = '/dfw/object-store/v1/100001';
const empty = ['--seed', 'empty'];

function asControl({ url, token }: Running) {
  return (method: string, path: string, body?: Json) =>
    ask(url, method, `/emulator${path}`, body, { authorization: `Bearer ${token}` });
}

/** An answer as far as it came: whether the head, how much of the body, and whether it was whole. */
async function read(url: string, path: string, token: string) {
  const asked = request(url, { path, headers: { 'x-auth-token': token }, agent: false });
  asked.end();
  const response = await new Promise<IncomingMessage | undefined>((resolve) => {
    asked.on('response', resolve);
    asked.on('error', () => resolve(undefined));
  });
  if (!response) return { answered: false, whole: false, bytes: 0, portions: 0 };
  let bytes = 0;
  let portions = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    portions += 1;
  });
  response.on('error', () => undefined); // an end in the middle is what is looked for
  await new Promise((resolve) => response.on('close', resolve));
  return { answered: true, whole: response.complete, bytes, portions };
}

test('a status comes in the words of the service that was asked, as often as said', async () => {
  await withEmulator(empty, async (emulator) => {
    const { addFault, faults } = emulatorControl(emulator.url, emulator.token);
    const owner = await logIn(emulator.url, 'owner');
    const made = await addFault({ path: '/dfw/*', status: 503, count: 3 });
    assert.deepEqual(made, {
      id: made.id,
      method: null,
      path: '/dfw/*',
      count: 3,
      delay: 0,
      status: 503,
      cut: false,
      slow: null,
    });
    const plain = await owner.ask('GET', images, undefined, { accept: 'application/json' });
    assert.equal(plain.status, 503);
    assert.equal(plain.json['code'], '503 Service Unavailable');
    assert.equal(plain.rule, 'emulator/fault');
    assert.equal((await owner.ask('GET', '/ord/image/v2/images')).status, 200);
    assert.equal((await faults())[0]?.count, 2);
    const swift = await owner.ask('PUT', `${files}/c`);
    assert.match(swift.text, /^<html><h1>Service Unavailable<\/h1>/);
    assert.equal((await owner.ask('DELETE', `${images}/x`)).status, 503);
    assert.deepEqual(await faults(), []);
    assert.equal((await owner.ask('GET', images)).status, 200);
    assert.equal((await owner.ask('GET', `${files}/c`)).status, 404, 'what was refused was not done');

    await addFault({ method: 'POST', path: '/identity/v2.0/tokens', status: 413 });
    const auth = { passwordCredentials: { username: 'owner', password: 'emulator' } };
    const v2 = await ask(emulator.url, 'POST', '/identity/v2.0/tokens', { auth });
    assert.deepEqual([v2.status, Object.keys(v2.json)], [413, ['overLimit']]);
    await addFault({ path: '*/auth/tokens', status: 401 });
    const v3 = await ask(emulator.url, 'POST', '/identity/v3/auth/tokens', {});
    assert.match(v3.headers.get('www-authenticate') ?? '', /^Keystone uri/);
  });
});

test('methods and patterns choose the requests; the first fault that fits is met; the control service is spared', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const owner = await logIn(emulator.url, 'owner');
    const first = (await control('POST', '/faults', { path: '*', method: 'GET', status: 500 })).json['id'];
    await control('POST', '/faults', { path: `${images}/*/tags/*`, status: 502 });
    await control('POST', '/faults', { path: images, status: 504 });
    assert.equal((await control('GET', '/faults')).status, 200);
    assert.equal((await owner.ask('PUT', `${images}/x/tags/y`)).status, 502);
    assert.equal((await owner.ask('PUT', `${images}/x/tags/y`)).status, 404);
    assert.equal((await owner.ask('GET', `${images}?limit=1`)).status, 500);
    assert.equal((await owner.ask('GET', `${images}?limit=1`)).status, 504);
    assert.equal((await owner.ask('GET', `${images}?limit=1`)).status, 200);
    assert.equal((await control('DELETE', `/faults/${first}`)).status, 404, 'it was met');
    const long = (await control('POST', '/faults', { path: images, status: 500, count: 9 })).json['id'];
    assert.equal((await control('DELETE', `/faults/${long}`)).status, 204);
    assert.equal((await owner.ask('GET', images)).status, 200);
    for (const path of ['/a', '/b']) await control('POST', '/faults', { path, delay: 1 });
    assert.equal((await control('DELETE', '/faults')).status, 204);
    assert.deepEqual((await control('GET', '/faults')).json['faults'], []);

    // A pattern of many stars takes no time to speak of.
    const stars = { path: `${'*a'.repeat(900)}b`, status: 500 };
    assert.equal((await control('POST', '/faults', stars)).status, 201);
    assert.equal((await owner.ask('GET', `/${'a'.repeat(8000)}`)).status, 404);
  });
});

test('answers are cut in the middle, or crawl, and the log of requests says why', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const owner = await logIn(emulator.url, 'owner');
    const { token } = owner;
    await owner.ask('PUT', `${files}/c`);
    const size = 3_000_000;
    await owner.ask('PUT', `${files}/c/o`, Buffer.alloc(size, 1));
    const object = `${files}/c/o`;
    assert.deepEqual(await read(emulator.url, object, token).then(({ whole, bytes }) => [whole, bytes]), [
      true,
      size,
    ]);

    const { id } = (await control('POST', '/faults', { path: object, cut: true })).json;
    const half = await read(emulator.url, object, token);
    assert.deepEqual([half.answered, half.whole, half.bytes], [true, false, size / 2]);
    const { requests } = (await control('GET', `/requests?path=${encodeURIComponent(object)}`)).json;
    assert.deepEqual(
      Array.isArray(requests) && requests.map((entry) => (entry as { fault?: string }).fault),
      [undefined, undefined, id],
    );

    const list = await read(emulator.url, images, token);
    await control('POST', '/faults', { path: images, cut: true });
    const cut = await read(emulator.url, images, token);
    assert.deepEqual([cut.answered, cut.whole, cut.bytes], [true, false, Math.floor(list.bytes / 2)]);
    await control('POST', '/faults', { path: `${files}/c`, method: 'HEAD', cut: true });
    await assert.rejects(owner.ask('HEAD', `${files}/c`), 'an answer without a body is cut before it begins');

    await control('POST', '/faults', { path: object, slow: 20_000_000 });
    const slow = await read(emulator.url, object, token);
    assert.deepEqual([slow.whole, slow.bytes], [true, size]);
    await control('POST', '/faults', { path: images, slow: Math.ceil(list.bytes * 2), cut: true });
    const both = await read(emulator.url, images, token);
    assert.deepEqual([both.whole, both.bytes], [false, Math.floor(list.bytes / 2)]);
    assert.ok(both.portions > 1, 'it came in portions');
    assert.deepEqual(await read(emulator.url, images, token).then(({ whole }) => whole), true);
  });
});

test('a delay holds a request back and lets others pass; who goes away ends it', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const owner = await logIn(emulator.url, 'owner');
    await control('POST', '/faults', { path: images, delay: 3_600_000 });
    const held = request(emulator.url, {
      path: images,
      headers: { 'x-auth-token': owner.token },
      agent: false,
    });
    const gone = once(held, 'error');
    held.end();
    // It is met as soon as it is counted down.
    while (JSON.parse((await control('GET', '/faults')).text).faults.length > 0);
    assert.equal((await owner.ask('GET', images)).status, 200);
    held.destroy(new Error('enough'));
    await gone;
    while (!JSON.stringify((await control('GET', `/requests?path=${images}`)).json).includes('"fault":"1"'));
    await control('POST', '/faults', { path: images, delay: 20, status: 500 });
    assert.equal((await owner.ask('GET', images)).status, 500);
    assert.doesNotMatch(emulator.log(), /error/i);
  });
});

test('what is no fault is refused by name', async () => {
  await withEmulator(empty, async (emulator) => {
    const control = asControl(emulator);
    const rows: readonly [body: Json, problem: RegExp][] = [
      [{}, /^path must be a text/],
      [{ path: '/x' }, /at least one of delay, status, cut and slow/],
      [{ path: '/x', status: 200 }, /^status must be a whole number from 400 to 599/],
      [{ path: '/x', status: 503, count: 0 }, /^count must be/],
      [{ path: '/x', status: 503, method: 'FLY' }, /^method must be one of GET, HEAD/],
      [{ path: '/x', delay: -1 }, /^delay must be/],
      [{ path: '/x', cut: 'yes' }, /^cut must be true or false/],
      [{ path: '/x', slow: 0 }, /^slow must be/],
      [{ path: '/x', status: 503, times: 2 }, /^times is not known here. Use one of method, path, count/],
      [{ path: 7, status: 503 }, /^path must be a text/],
      ['x', /^The body must be an object/],
    ];
    for (const [body, problem] of rows) {
      const answer = await control('POST', '/faults', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.match(JSON.parse(answer.text).error.message, problem);
    }
  });
});
