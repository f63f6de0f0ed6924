import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json } from '../../server/rules/json.ts';
import {
  ask,
  type Caller,
  logIn,
  patchType,
  type Running,
  readEvents,
  removeFolder,
  temporaryFolder,
  withEmulator,
} from './harness.ts';
import { dial, peakOf, raw } from './raw.ts';

const service = '/regionone/image/v2';
const octets = { 'content-type': 'application/octet-stream' };
const ordinary = { disk_format: 'raw', container_format: 'bare' };
const mebibyte = 2 ** 20;

/** Plain OpenStack, with images of at most 64 MiB. */
async function withImages(
  use: (emulator: Running, owner: Caller, make: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder();
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ emulator: { imageBytes: 64 * mebibyte } }));
  try {
    await withEmulator(
      ['--profile', 'openstack', '--seed', 'empty', '--config', config],
      async (emulator) => {
        const owner = await logIn(emulator.url, 'owner');
        await use(emulator, owner, async () => {
          const { json, status } = await owner.ask('POST', `${service}/images`, ordinary);
          assert.equal(status, 201);
          return `${service}/images/${String(json['id'])}`;
        });
        assert.doesNotMatch(emulator.log(), / error /);
      },
    );
  } finally {
    removeFolder(folder);
  }
}

/** Every route of one image that a name can stand in. */
const routes: readonly (readonly [method: string, path: (name: string) => string, body?: Json])[] = [
  ['GET', (name) => `/images/${name}`],
  ['DELETE', (name) => `/images/${name}`],
  ['GET', (name) => `/images/${name}/file`],
  ['POST', (name) => `/images/${name}/import`, { method: { name: 'glance-direct' } }],
  ['GET', (name) => `/images/${name}/tasks`],
  ['POST', (name) => `/images/${name}/actions/deactivate`],
  ['GET', (name) => `/images/${name}/members`],
  ['POST', (name) => `/images/${name}/members`, { member: '100002' }],
  ['DELETE', (name) => `/images/${name}/members/100002`],
  ['PUT', (name) => `/images/${name}/tags/a`],
  ['DELETE', (name) => `/stores/fast/${name}`],
  ['GET', (name) => `/tasks/${name}`],
];

const tricks = [
  '..%2f..%2femulator.db',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%2e%2e',
  '%00',
  'x%00.png',
  '..%5c..%5cx',
  '%ff%fe',
  '__proto__',
  "'%20OR%201=1",
  'x'.repeat(4000),
];

test('a name in a path leads to nothing else', async () => {
  await withImages(async ({ url, data }, owner, make) => {
    const admin = await logIn(url, 'admin');
    for (const name of tricks)
      for (const [method, path, body] of routes) {
        const { status } = await admin.ask(method, service + path(name), body);
        assert.ok([400, 404, 409].includes(status), `${method} ${path(name).slice(0, 80)} → ${status}`);
      }
    const image = await make();
    for (const name of tricks) {
      const store = await owner.ask('DELETE', `${service}/stores/${name}/${image.split('/').at(-1)}`);
      assert.ok([400, 404, 409].includes(store.status), `store ${name.slice(0, 80)} → ${store.status}`);
      const upload = await owner.ask('PUT', `${image}/file`, Buffer.from('x'), {
        ...octets,
        'x-image-meta-store': name,
      });
      assert.equal(upload.status, 400, `upload to store ${name.slice(0, 80)}`);
    }
    // What is data is taken as data.
    for (const member of ['../../x', '..', "x' OR 1=1 --", '__proto__']) {
      assert.equal((await owner.ask('POST', `${image}/members`, { member })).status, 200, member);
      const path = `${image}/members/${encodeURIComponent(member).replaceAll('.', '%2E')}`;
      assert.equal((await owner.ask('DELETE', path)).status, 204, member);
    }
    const names = {
      name: '../../x',
      '../../y': '..',
      __proto__x: 'constructor',
      tags: ['..', '../z', '%2e%2e'],
    };
    const made = await owner.ask('POST', `${service}/images`, { ...ordinary, ...names });
    assert.equal(made.status, 201, made.text);
    assert.equal(
      (await owner.ask('PUT', `${service}/images/${made.json['id']}/file`, Buffer.from('y'), octets)).status,
      204,
    );
    assert.deepEqual(
      readdirSync(data)
        .filter((name) => !/^emulator\.(db|lock|id$|reserve$)/.test(name))
        .sort(),
      ['blobs', 'incoming'],
    );
    assert.ok(readdirSync(join(data, 'blobs')).every((name) => /^[0-9a-f]{128}$/.test(name)));
    assert.equal(existsSync(join(data, '..', 'x')), false);
  });
});

test('an import leads to no file and to no service of this machine', async () => {
  await withImages(async (emulator, owner, make) => {
    const secret = new URL(emulator.url).port;
    const refusedAtOnce = [
      'file:///etc/passwd',
      'ftp://example.org/x',
      'gopher://127.0.0.1:70/_x',
      'data:,x',
      '/etc/passwd',
      `http://127.0.0.1:${secret}/emulator/info`,
      'http://localhost:22/',
      'not a uri',
    ];
    const image = await make();
    const importing = (uri: string) =>
      owner.ask('POST', `${image}/import`, { method: { name: 'web-download', uri } });
    for (const uri of refusedAtOnce) {
      const { status, text } = await importing(uri);
      assert.equal(status, 400, `${uri}: ${text}`);
    }
    const seen = new Set<string>();
    // Names and spellings of this machine and of metadata services, at a port that is allowed.
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0x7f.1',
      '2130706433',
      '169.254.169.254',
      '0.0.0.0',
    ]) {
      const { status, text } = await importing(`http://${host}/x`);
      if (status === 400) continue;
      assert.equal(status, 202, `${host}: ${text}`);
      const { json } = await ask(emulator.url, 'GET', `${image}/tasks`, undefined, {
        'x-auth-token': owner.token,
      });
      const tasks = json['tasks'] as { id: string }[];
      const { id } = tasks.find((task) => !seen.has(task.id)) ?? assert.fail(`${host} has no task`);
      seen.add(id);
      const events = await readEvents(
        emulator,
        'after=0',
        ({ kind, data }) =>
          kind === 'task' &&
          data['id'] === id &&
          (data['status'] === 'failure' || data['status'] === 'success'),
      );
      const { status: ended, message } = events.at(-1)?.data ?? {};
      assert.equal(ended, 'failure', host);
      assert.match(String(message), /does not pass filtering/, host);
      assert.equal((await owner.ask('GET', image)).json['status'], 'queued');
    }
    for (const stores of [['../x'], ['__proto__'], ['fast', 'slow', 'x']])
      assert.equal(
        (await owner.ask('POST', `${image}/import`, { method: { name: 'glance-direct' }, stores })).status,
        409,
        String(stores),
      );
  });
});

test('pages of the web and bodies beyond a limit change nothing', async () => {
  await withImages(async (emulator, owner, make) => {
    const image = await make();
    const { host } = new URL(emulator.url);
    const head = (line: string, more: string) =>
      `${line} HTTP/1.1\r\nHost: ${host}\r\nX-Auth-Token: ${owner.token}\r\n${more}\r\n`;
    const upload = 'Content-Type: application/octet-stream\r\nContent-Length: 4\r\n';
    assert.equal(
      await raw(emulator, `${head(`PUT ${image}/file`, `${upload}Origin: http://evil.example\r\n`)}data`),
      403,
    );
    assert.equal(await raw(emulator, `${head(`PUT ${image}/stage`, `${upload}Origin: null\r\n`)}data`), 403);
    assert.equal(await raw(emulator, head(`DELETE ${image}`, 'Origin: http://127.0.0.1\r\n')), 403);
    assert.equal(
      await raw(
        emulator,
        `PUT ${image}/file HTTP/1.1\r\nHost: evil.example\r\nX-Auth-Token: ${owner.token}\r\n${upload}\r\ndata`,
      ),
      403,
    );
    const large = Buffer.alloc(mebibyte + 1, ' ');
    for (const [method, path, headers] of [
      ['POST', `${service}/images`, {}],
      ['POST', `${image}/import`, {}],
      ['POST', `${image}/members`, {}],
      ['PUT', `${image}/members/100001`, {}],
      ['PATCH', image, patchType],
      ['PATCH', image, { ...patchType, 'transfer-encoding': 'chunked' }],
    ] as const)
      assert.equal((await owner.ask(method, path, large, headers)).status, 413, `${method} ${path}`);
    const deep = Buffer.from(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    for (const path of [`${service}/images`, `${image}/import`, `${image}/members`])
      assert.equal((await owner.ask('POST', path, deep)).status, 400, path);
    assert.equal(await raw(emulator, head(`GET ${image}`, `X-Long: ${'x'.repeat(20_000)}\r\n`)), 431);
    assert.equal(await raw(emulator, head(`GET ${image}?${'x'.repeat(20_000)}`, '')), 431);

    // Data above the cap: announced, and not announced.
    const announced = `Content-Type: application/octet-stream\r\nContent-Length: ${65 * mebibyte}\r\n`;
    for (const where of ['file', 'stage']) {
      assert.equal(await raw(emulator, head(`PUT ${image}/${where}`, announced)), 413);
      const over = await owner.ask('PUT', `${image}/${where}`, Buffer.alloc(64 * mebibyte + 1), {
        ...octets,
        'transfer-encoding': 'chunked',
      });
      assert.equal(over.status, 413, over.text);
      assert.equal((await owner.ask('GET', image)).json['status'], 'queued');
    }
    assert.deepEqual(readdirSync(join(emulator.data, 'incoming')), []);
    assert.deepEqual(readdirSync(join(emulator.data, 'blobs')), []);
  });
});

test('slow clients hold up nobody, and leave nothing', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (context) => {
  await withImages(async (emulator, owner, make) => {
    const { host } = new URL(emulator.url);
    const filled = await make();
    const bytes = Buffer.alloc(32 * mebibyte, 'content');
    assert.equal((await owner.ask('PUT', `${filled}/file`, bytes, octets)).status, 204);
    const before = peakOf(emulator);
    const slow = [
      // Headers that never end.
      ...Array.from({ length: 200 }, () => `GET ${service}/images HTTP/1.1\r\nHost: ${host}\r\nX-`),
      // Bodies that stop coming: JSON, an upload, a staged upload.
      ...Array.from({ length: 50 }, () => request(`POST ${service}/images`, 'Content-Length: 1000', '{')),
      ...(await Promise.all(Array.from({ length: 20 }, make))).map((image, at) =>
        request(
          `PUT ${image}/${at % 2 ? 'file' : 'stage'}`,
          `${typed}\r\nContent-Length: 1000000`,
          'some bytes',
        ),
      ),
      // Readers that read nothing of 32 MiB.
      ...Array.from({ length: 40 }, () => request(`GET ${filled}/file`, 'Accept: */*', '')),
    ];
    function request(line: string, headers: string, body: string): string {
      return `${line} HTTP/1.1\r\nHost: ${host}\r\nX-Auth-Token: ${owner.token}\r\n${headers}\r\n\r\n${body}`;
    }
    const sockets = await Promise.all(
      slow.map(async (text) => {
        const socket = dial(emulator.url).pause();
        await once(socket, 'connect');
        await new Promise((resolve) => socket.write(text, resolve));
        return socket;
      }),
    );
    // The last of the uploads is known to have begun when its image says so.
    const underway = async () =>
      (
        (await owner.ask('GET', `${service}/images?status=in:saving,uploading&limit=100`)).json[
          'images'
        ] as Json[]
      ).length;
    while ((await underway()) < 20);
    for (let turn = 0; turn < 20; turn += 1) {
      const image = await make();
      assert.equal((await owner.ask('PUT', `${image}/file`, Buffer.from(`${turn}`), octets)).status, 204);
      assert.equal((await owner.ask('GET', `${image}/file`)).text, `${turn}`);
    }
    assert.ok((await owner.ask('GET', `${filled}/file`)).bytes.equals(bytes));
    const grown = peakOf(emulator) - before;
    context.diagnostic(`${slow.length} slow clients: ${grown.toFixed(0)} MiB more`);
    assert.ok(grown < 100, `${grown} MiB more`);

    for (const socket of sockets) socket.destroy();
    while ((await underway()) > 0); // what was cut is queued again
    while (readdirSync(join(emulator.data, 'incoming')).length > 0) await owner.ask('GET', filled);
    const listed = (await owner.ask('GET', `${service}/images?status=queued&limit=100`)).json['images'];
    assert.equal((listed as Json[]).length, 20);
  });
});

const typed = 'Content-Type: application/octet-stream';

test('patches of one image that come together build on each other, and a refused one leaves nothing', async () => {
  await withImages(async (_emulator, owner, make) => {
    const path = await make();
    const one = (at: number) => [
      { op: 'add', path: `/p${at}`, value: `${at}` },
      { op: 'replace', path: '/name', value: `${at}` },
      ...(at % 2 === 0 ? [] : [{ op: 'remove', path: '/absent' }]),
    ];
    const numbers = Array.from({ length: 30 }, (_, at) => at);
    const answers = await Promise.all(numbers.map((at) => owner.ask('PATCH', path, one(at), patchType)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      numbers.map((at) => (at % 2 === 0 ? 200 : 409)),
    );
    const { json } = await owner.ask('GET', path);
    const even = numbers.filter((at) => at % 2 === 0);
    const named = Object.keys(json).filter((name) => /^p\d+$/.test(name));
    assert.deepEqual(named.sort(), even.map((at) => `p${at}`).sort());
    const last = answers.find(
      ({ status, json: answered }) => status === 200 && answered['name'] === json['name'],
    );
    assert.deepEqual(last?.json, json);
  });
});

test('an image that goes with its account is not found any more', async () => {
  await withImages(async (emulator, owner) => {
    const partner = await logIn(emulator.url, 'partner');
    const { json } = await partner.ask('POST', `${service}/images`, { ...ordinary, visibility: 'community' });
    const path = `${service}/images/${String(json['id'])}`;
    assert.equal((await owner.ask('GET', path)).status, 200);
    const removed = await ask(emulator.url, 'DELETE', '/emulator/accounts/100002', undefined, {
      authorization: `Bearer ${emulator.token}`,
    });
    assert.equal(removed.status, 204);
    assert.equal((await owner.ask('GET', path)).status, 404);
  });
});
