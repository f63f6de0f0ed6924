import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { ask, logIn, type Running, withEmulator } from './harness.ts';

/** As Chromium sends it when a person opens an address. */
const browser = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
};

interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function open({ url }: Running, path: string, init: RequestInit = {}): Promise<Page> {
  const answer = await fetch(`${url}${path}`, { ...init, headers: { ...browser, ...init.headers } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

test('who opens the root in a browser reads what it is and how to connect', async () => {
  await withEmulator(['--profile', 'openstack', '--release', '2025.1'], async (emulator) => {
    const { status, headers, text } = await open(emulator, '/');
    assert.equal(status, 200);
    assert.equal(headers.get('content-type'), 'text/html; charset=utf-8');
    for (const part of [
      '<html lang="en">',
      `OS_AUTH_URL=${emulator.url}/identity/v3`,
      'OS_USERNAME=owner OS_PASSWORD=emulator OS_PROJECT_NAME=100001',
      'OS_REGION_NAME=RegionOne',
      `auth_url: ${emulator.url}/identity/v3`,
      `cloud-images plan manifests --emulator=${emulator.data}`,
      '<dd>openstack</dd>',
      '<dd>2025.1</dd>',
      '<a href="/emulator/requests">',
    ])
      assert.ok(text.includes(part), part);
    assert.ok(!text.includes(emulator.token), 'the token is nobody else’s');
    for (const [tag] of text.matchAll(/<pre[^>]*tabindex[^>]*>/g)) assert.match(tag, /role="region"/);
    const head = await open(emulator, '/', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.equal(Number(head.headers.get('content-length')), Buffer.byteLength(text));
  });
});

test('no page runs a script, loads anything, or stands in a frame', async () => {
  await withEmulator([], async (emulator) => {
    for (const path of ['/', '/emulator/requests']) {
      const { headers, text } = await open(emulator, path);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; /);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.doesNotMatch(text, /<script|<img|<link|<iframe| on\w+=|style=|https?:\/\/(?!127\.0\.0\.1)/);
    }
  });
});

test('clients of the API see at the root what they always saw', async () => {
  await withEmulator([], async (emulator) => {
    for (const [method, accept] of [
      ['GET', undefined],
      ['GET', '*/*'],
      ['GET', 'application/json'],
      ['GET', 'application/json, text/html'],
      ['HEAD', undefined],
      ['POST', browser.accept],
      ['DELETE', browser.accept],
    ] as const) {
      const answer = await ask(emulator.url, method, '/', undefined, accept === undefined ? {} : { accept });
      assert.equal(answer.status, 404, `${method} ${accept}`);
      assert.ok(!answer.text.includes('Cloud Images emulator'));
    }
    assert.equal((await open(emulator, '/other')).status, 404);
    assert.equal(
      (await open(emulator, '/dfw/image/versions')).headers.get('content-type'),
      'application/json',
    );
    const owner = await logIn(emulator.url, 'owner');
    assert.equal((await owner.ask('GET', '/dfw/image/v2/images')).status, 200);
  });
});

test('a cloud of one’s own seed shows no password', async () => {
  await withEmulator(['--seed', 'empty'], async (emulator) => {
    const control = { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' };
    const changed = await fetch(`${emulator.url}/emulator/users/owner`, {
      method: 'PATCH',
      headers: control,
      body: JSON.stringify({ password: 'mine<&>' }),
    });
    assert.ok(changed.ok);
    const { text } = await open(emulator, '/');
    assert.ok(text.includes('OS_USERNAME=USER OS_PASSWORD=PASSWORD'), text);
    assert.doesNotMatch(text, /mine/);
  });
});

test('the page of requests shows them to who has the token, and to nobody else', async () => {
  await withEmulator([], async (emulator) => {
    await ask(emulator.url, 'GET', '/dfw/image/v2/images?name=%3Cb%3Ebold');
    const form = await open(emulator, '/emulator/requests');
    assert.equal(form.status, 200);
    assert.match(form.text, /<form method="post" action="\/emulator\/requests"/);
    assert.doesNotMatch(form.text, /<table/);
    const send = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      open(emulator, '/emulator/requests', { method: 'POST', body: new URLSearchParams(fields), headers });
    const own = { origin: emulator.url };
    const shown = await send({ token: emulator.token, status: '4xx' }, own);
    assert.equal(shown.status, 200);
    assert.match(
      shown.text,
      /<td class="path">\/dfw\/image\/v2\/images\?name=%3Cb%3Ebold<\/td><td class="bad">401<\/td>/,
    );
    assert.ok(!shown.text.includes(emulator.token), 'it is not kept in the page');
    const wrong = await send({ token: 'x', path: '"><script>' }, own);
    assert.equal(wrong.status, 401);
    assert.match(wrong.text, /role="alert">This is not the token of emulator\.lock\./);
    assert.match(wrong.text, /value="&#34;&#62;&#60;script&#62;"/);
    assert.doesNotMatch(wrong.text, /<table|<script/);
    assert.equal((await send({ token: emulator.token, status: 'many' }, own)).status, 400);
    assert.equal(
      (await send({ token: emulator.token, path: '/none' }, own)).text.includes('No such request'),
      true,
    );
    // Pages of others, also on other ports of this machine.
    for (const origin of ['http://127.0.0.1:1', 'https://evil.example', 'null'])
      assert.equal((await send({ token: emulator.token }, { origin })).status, 403, origin);
    assert.equal((await open(emulator, '/emulator/clock', { headers: own })).status, 403);
  });
});

test('programs ask for the log of requests as before', async () => {
  await withEmulator([], async ({ url, token }) => {
    assert.equal((await ask(url, 'GET', '/emulator/requests')).status, 401);
    const bearer = { ...browser, authorization: `Bearer ${token}` };
    const listed = await ask(url, 'GET', '/emulator/requests', undefined, bearer);
    assert.ok(Array.isArray(listed.json['requests']));
    const posted = await ask(url, 'POST', '/emulator/requests', {}, bearer);
    assert.equal(posted.status, 405);
  });
});

test('a page under a foreign name is refused like all else', async () => {
  await withEmulator([], async ({ url }) => {
    const { port } = new URL(url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(
        { host: '127.0.0.1', port, path: '/', headers: { ...browser, host: `evil.example:${port}` } },
        (answer) => resolve(answer.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    assert.equal(status, 403);
  });
});
