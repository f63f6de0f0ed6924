import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliIn } from './cli.ts';
import { folder, hostileCloud, image, json, place } from './hostile.ts';

test('a secret is found however an error spells it', async () => {
  const secret = 'a+b  $<b>c" ü\\';
  const html = secret.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;');
  const python = JSON.stringify(secret).slice(1, -1).replace('ü', '\\u00fc');
  for (const [type, echo] of [
    ['application/json', secret],
    ['application/json', JSON.stringify(JSON.stringify(secret))],
    ['text/plain', python],
    ['text/plain', encodeURIComponent(secret).toLowerCase()],
    ['text/plain', new URLSearchParams({ x: secret }).toString()],
    ['text/html', `<html><body>${html}</body></html>`],
    ['text/html', `<html><body>${secret}</body></html>`],
  ] as const) {
    const cloud = await hostileCloud(({ path }, to) => {
      if (path !== '/v3/auth/tokens') return false;
      const body =
        type === 'application/json' ? JSON.stringify({ error: { message: `no ${echo}!` } }) : `no ${echo}!`;
      to.writeHead(400, { 'content-type': type }).end(body);
      return true;
    });
    const cli = cliIn(join(folder, 'spelled'));
    cli.write('web.image.yaml', 'name: web\n');
    const env = {
      OS_AUTH_URL: `${cloud.url}/v3`,
      OS_USERNAME: 'me',
      OS_PASSWORD: secret,
      OS_REGION_NAME: 'R',
    };
    const { stderr } = await cli.run(['plan', 'web.image.yaml'], env);
    assert.match(stderr, /→ 400 no \W*(?:x=)?"*\*\*\*/, stderr);
    assert.doesNotMatch(stderr, /a(?:\+|%2b)b|u00fc|ü/i, `${type} ${echo}`);
  }
});

for (const [what, url] of [
  ['no address', 'not a url'],
  ['null', null],
  ['of another scheme', 'data:application/json,{"images":[]}#'],
] as const)
  test(`a catalogue whose endpoint is ${what} is refused`, async () => {
    const cloud = await hostileCloud(({ path }, to) => {
      if (path !== '/v3/auth/tokens') return false;
      const catalog = [{ type: 'image', endpoints: [{ interface: 'public', region: 'R', url }] }];
      json(to, { token: { user: { id: 'u', name: 'me' }, catalog } }, { 'x-subject-token': 't' }, 201);
      return true;
    });
    const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
    assert.equal(code, 1);
    assert.match(stderr, /does not answer as it should: the answer to the sign-in is not Keystone's/);
  });

test('an answer that breaks off, or is nested without end, is said in a sentence', async () => {
  const short = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    to.writeHead(200, { 'content-length': '1000' }).write('{"images":[]}', () => to.destroy());
    return true;
  });
  assert.match((await place(short).run('plan', 'web.image.yaml')).stderr, /its answer broke off\./);
  const deep = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    to.writeHead(500, { 'content-type': 'application/json' }).end(
      `${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}`,
    );
    return true;
  });
  assert.match((await place(deep).run('plan', 'web.image.yaml')).stderr, /→ 500 /);
});

test('a list of one entry a page is given up', async () => {
  const cloud = await hostileCloud(({ path, query }, to) => {
    if (path !== '/image/v2/images') return false;
    const at = Number(query.get('marker') ?? 0);
    json(to, { images: [{ ...image, id: String(at) }], next: `/v2/images?marker=${at + 1}` });
    return true;
  });
  const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /the list has more than 10000 pages/);
});

test('150,000 images of one name are counted, and the first are named', async () => {
  const cloud = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    json(to, { images: Array.from({ length: 150_000 }, (_, at) => ({ ...image, id: String(at) })) });
    return true;
  });
  const { code, stdout } = await place(cloud).run('plan', 'web.image.yaml');
  assert.equal(code, 1);
  assert.match(stdout, /150000 images are named 'web': 0, 1, .*19, …\. Choose one/);
});

for (const by of ['address', 'folder'] as const)
  test(`a wait for an emulator by its ${by} ends at once`, async () => {
    let running: ReturnType<ReturnType<typeof place>['start']> | undefined;
    const cloud = await hostileCloud(({ path }) => {
      if (path.startsWith('/emulator')) running?.kill('SIGINT');
      return path.startsWith('/emulator'); // never answered
    });
    const own = place(cloud);
    mkdirSync(join(own.workspace, 'data'));
    own.write('data/emulator.lock', JSON.stringify({ url: cloud.url, token: 't' }));
    running = own.start('plan', `--emulator=${by === 'address' ? cloud.url : 'data'}`, 'web.image.yaml');
    const { code, stderr } = await running.ended;
    assert.equal(code, 130);
    assert.match(stderr, /Interrupted\./);
    assert.doesNotMatch(stderr, /Still waiting/);
  });

test('thousands of documents are read in seconds, so that a plan of them can be interrupted', async () => {
  let running: ReturnType<ReturnType<typeof place>['start']> | undefined;
  let [signedIn, asked] = [0, 0];
  const cloud = await hostileCloud(({ path }) => {
    if (path === '/v3/auth/tokens') signedIn = performance.now();
    if (path === '/image/v2/images') {
      asked ||= performance.now();
      running?.kill('SIGINT');
    }
    return path === '/image/v2/images'; // never answered
  });
  const own = place(cloud);
  own.write('many.image.yaml', Array.from({ length: 20_000 }, (_, at) => `name: n${at}\n`).join('---\n'));
  running = own.start('plan', 'many.image.yaml');
  assert.equal((await running.ended).code, 130);
  assert.ok(asked - signedIn < 6000, `${asked - signedIn} ms`);
});

test('a clouds.yaml that would be read for minutes is refused', async () => {
  const cli = cliIn(join(folder, 'clouds'));
  cli.write('clouds.yaml', `clouds:\n${'  c: {}\n'.repeat(300_000)}`);
  cli.write('web.image.yaml', 'name: web\n');
  const { code, stderr } = await cli.run(['plan', '--cloud', 'c', 'web.image.yaml']);
  assert.equal(code, 1);
  assert.match(stderr, /clouds\.yaml has \d+ bytes; at most 1048576 are read/);
});
