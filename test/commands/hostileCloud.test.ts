import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliIn } from './cli.ts';
import { flood, folder, hostileCloud, image, json, password, place } from './hostile.ts';

test('a list whose pages repeat is given up', async () => {
  const cloud = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    json(to, { images: [image], next: '/v2/images?marker=x' });
    return true;
  });
  const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /the list repeats itself and would never end/);
  assert.ok(cloud.requests.length < 10, `${cloud.requests.length} requests`);
});

test('a list with an empty page behind each page is given up', async () => {
  const cloud = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    json(to, { images: [], next: '/v2/images?marker=x' });
    return true;
  });
  const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /the list repeats itself/);
});

test('a container that ignores the marker is given up', async () => {
  const cloud = await hostileCloud(({ path, query }, to) => {
    if (!path.startsWith('/swift')) return false;
    if (query.has('format')) json(to, [{ name: `${image.id}.vhd-00001`, bytes: 1, hash: 'x' }]);
    else to.writeHead(200, { 'x-object-manifest': `c/${image.id}.vhd-`, 'content-length': '1' }).end();
    return true;
  });
  const own = place(cloud);
  const { code, stderr } = await own.run(
    'export',
    image.id,
    '--profile',
    'rackspace',
    '--container',
    'c',
    '--download',
    'o.vhd',
    '--yes',
  );
  assert.equal(code, 1);
  assert.match(stderr, /the list repeats itself/);
  assert.ok(cloud.requests.length < 12, `${cloud.requests.length} requests`);
});

test('JSON without end is read to a bound', async () => {
  const cloud = await hostileCloud(({ path }, to, own) => {
    if (path !== '/image/v2/images') return false;
    to.writeHead(200, { 'content-type': 'application/json' }).write('{"images":[');
    flood(to, own, '{"id":"x"},');
    return true;
  });
  const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
  assert.equal(code, 1);
  assert.match(stderr, /more than 67108864 bytes of JSON came/);
  assert.ok(cloud.sent.bytes < 100e6, `${cloud.sent.bytes} bytes`);
});

for (const path of ['/v3/auth/tokens', '/image/v2/images'])
  test(`an error without end at ${path} is read to a bound`, async () => {
    const cloud = await hostileCloud((asked, to, own) => {
      if (asked.path !== path) return false;
      to.writeHead(500, { 'content-type': 'text/plain' });
      flood(to, own, 'sorry ');
      return true;
    });
    const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
    assert.equal(code, 1);
    assert.match(stderr, /→ 500 sorry sorry/);
    assert.ok(stderr.length < 4000 && cloud.sent.bytes < 10e6, `${stderr.length}, ${cloud.sent.bytes}`);
  });

test('a download that is longer than announced ends there, and leaves nothing', async () => {
  const cloud = await hostileCloud(({ path }, to, own) => {
    if (!path.endsWith('/file')) return false;
    to.writeHead(200, { 'content-type': 'application/octet-stream' });
    flood(to, own, '0123456789');
    return true;
  });
  const own = place(cloud);
  const { code, stderr } = await own.run('export', image.id, '--download', 'out.raw', '--yes');
  assert.equal(code, 1);
  assert.match(stderr, /is longer than the 10 bytes that were announced/);
  assert.ok(cloud.sent.bytes < 10e6, `${cloud.sent.bytes} bytes`);
  assert.deepEqual(readdirSync(own.workspace), ['web.image.yaml']);
});

/** Ten bytes, and their MD5. */
const content = '0123456789';
const checksum = '781e5e245d69b566979b86e28d23f2c7';

test('names of a cloud do not become paths', async () => {
  for (const format of ['x/../../../pwned', '..', '\\..\\..\\pwned', 'a\0b', 'raw\n', 'x'.repeat(300), '']) {
    const cloud = await hostileCloud(({ path }, to) => {
      if (path.endsWith('/file')) to.writeHead(200).end(content);
      else if (path.endsWith(image.id)) json(to, { ...image, checksum, disk_format: format });
      else return false;
      return true;
    });
    const own = place(cloud);
    const out = join(own.workspace, 'a', 'out');
    mkdirSync(out, { recursive: true });
    const { code, stderr } = await own.run('export', image.id, '--download', 'a/out', '--yes');
    assert.equal(code, 0, stderr);
    const [made, ...more] = readdirSync(out);
    assert.match(made ?? '', /^11111111[\w.-]*\w$/, JSON.stringify(format));
    assert.deepEqual([more, readdirSync(own.workspace).sort()], [[], ['a', 'web.image.yaml']]);
  }
});

test('a link that waits under the name of the half file is not followed', async () => {
  const cloud = await hostileCloud(({ path }, to) => {
    if (path.endsWith('/file')) to.writeHead(200).end(content);
    else if (path.endsWith(image.id)) json(to, { ...image, checksum });
    else return false;
    return true;
  });
  const own = place(cloud);
  const victim = join(own.workspace, 'victim');
  writeFileSync(victim, 'precious');
  for (const name of ['out.raw', 'out.raw.part']) symlinkSync(victim, join(own.workspace, name));
  const { code, stderr } = await own.run('export', image.id, '--download', 'out.raw', '--yes');
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
  assert.equal(readFileSync(join(own.workspace, 'out.raw'), 'utf8'), content);
});

test('an error that echoes the request shows no secret', async () => {
  const echo = await hostileCloud(({ path, body }, to) => {
    if (path !== '/v3/auth/tokens') return false;
    json(to, { error: { message: `cannot read ${body}; ${encodeURIComponent(password)}` } }, {}, 400);
    return true;
  });
  const signIn = await place(echo).run('plan', 'web.image.yaml');
  assert.equal(signIn.code, 1);
  assert.match(signIn.stderr, /cannot read .*"name":"me".*\*\*\*/);
  assert.doesNotMatch(signIn.stderr, /horse|battery/);

  const later = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    to.writeHead(400, { 'content-type': 'text/plain' }).end(`token secret-token-0123 of ${password}`);
    return true;
  });
  for (const args of [
    ['plan', 'web.image.yaml'],
    ['plan', '--json', 'web.image.yaml'],
  ]) {
    const { stdout, stderr } = await place(later).run(...args);
    assert.match(stderr, /token \*\*\* of \*\*\*/);
    assert.doesNotMatch(stdout + stderr, /horse|battery|0123/);
  }
});

test("a terminal obeys nothing of a cloud's text", async () => {
  const escapes = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202eoops\r';
  const refusing = await hostileCloud(({ path }, to) => {
    if (path !== '/image/v2/images') return false;
    json(to, { message: escapes }, {}, 400);
    return true;
  });
  const naming = await hostileCloud(({ path }, to) => {
    const evil = { ...image, name: 'web', team: escapes, 'x\u001b[2Jy': 'z' };
    if (path === '/image/v2/images') json(to, { images: [evil] });
    else if (path.startsWith('/image/v2/images/')) json(to, evil);
    else return false;
    return true;
  });
  for (const [cloud, args, shown] of [
    [refusing, ['plan', 'web.image.yaml'], /\\u001b\]0;title/],
    [naming, ['plan', 'web.image.yaml'], /\\u001b/],
    [naming, ['plan', '--json', 'web.image.yaml'], /\\u001b/],
  ] as const) {
    const { stdout, stderr } = await place(cloud).run(...args);
    assert.match(stdout + stderr, shown);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout + stderr, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    if (stdout.startsWith('{')) JSON.parse(stdout);
  }
});

for (const [what, body] of [
  ['an empty object', '{}'],
  ['a token that is a number', '{"token":7}'],
  ['null', 'null'],
  ['a page', '<html>hello</html>'],
  ['nothing', ''],
] as const)
  test(`a sign-in that is answered with ${what} is said in a sentence`, async () => {
    const cloud = await hostileCloud(({ path }, to) => {
      if (path !== '/v3/auth/tokens') return false;
      to.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': 't' }).end(body);
      return true;
    });
    const { code, stderr } = await place(cloud).run('plan', 'web.image.yaml');
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^cloud-images plan: 127\.0\.0\.1:\d+ does not answer as it should: .*\. \(cloud\/unreachable\)$/m,
    );
  });

for (const [where, silent] of [
  ['the sign-in', '/v3/auth/tokens'],
  ['a list', '/image/v2/images'],
] as const)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`${signal} ends a wait for ${where} at once`, async () => {
      let running: ReturnType<ReturnType<typeof place>['start']> | undefined;
      const cloud = await hostileCloud(({ path }) => {
        if (path === silent) running?.kill(signal);
        return path === silent; // never answered
      });
      running = place(cloud).start('plan', 'web.image.yaml');
      const { code, stderr } = await running.ended;
      assert.equal(code, 130);
      assert.match(stderr, /Stopping… press Ctrl\+C again to quit now\.\n.*Interrupted\./s);
      assert.doesNotMatch(stderr, /Still waiting/, 'it ended before it had to say what it waits for');
    });

test('a change that is on its way is waited for, which is said; a second signal ends it', async () => {
  let running: ReturnType<ReturnType<typeof place>['start']> | undefined;
  const cloud = await hostileCloud(({ method }) => {
    if (method === 'PATCH') running?.kill('SIGINT');
    return method === 'PATCH';
  });
  running = place(cloud).start('apply', '--yes', 'web.image.yaml');
  await running.said(/Still waiting for the answer to PATCH \/image\/v2\/images\/11111111/);
  running.kill('SIGINT');
  assert.equal((await running.ended).code, null);
});

for (const [what, home] of [
  ['a home below /proc', '/proc'],
  ['a home that is a file', 'FILE'],
] as const)
  test(`with ${what} nothing is begun`, async () => {
    const cloud = await hostileCloud(() => false);
    const file = join(folder, 'FILE');
    writeFileSync(file, '');
    const env = {
      HOME: home === 'FILE' ? file : home,
      OS_AUTH_URL: `${cloud.url}/v3`,
      OS_USERNAME: 'me',
      OS_PASSWORD: password,
      OS_REGION_NAME: 'R',
    };
    const cli = cliIn(join(folder, `home-${what.replaceAll(/\W/g, '-')}`));
    cli.write('web.image.yaml', 'name: web\nteam: a\n');
    const { code, stderr } = await cli.run(['apply', '--yes', 'web.image.yaml'], env);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /Nothing was started: .*\.cloud-images\/undo, where its undo is kept, cannot be written to/,
    );
    const changes = cloud.requests.filter(
      ({ method, path }) => method !== 'GET' && path !== '/v3/auth/tokens',
    );
    assert.deepEqual(changes, []);
  });
