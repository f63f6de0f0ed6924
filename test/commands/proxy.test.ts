import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chooseProxy } from '../../server/cloud/http/proxy.ts';
import { makeVhd } from '../tools/disks.ts';
import { openPlace } from './cli.ts';

/** The command line behind a proxy. Its cloud is known by a name that the proxy alone can resolve. */
const { emulator, cli } = await openPlace({}, '--allow-host', 'cloud.test', '--speed', '100000');
const { port } = new URL(emulator.url);
const asked: { readonly line: string; readonly authorization: string | undefined }[] = [];

const proxy = createServer((from, to) => {
  note(from);
  const { pathname, search } = new URL(from.url ?? '');
  const passed = request(
    { host: '127.0.0.1', port, method: from.method, path: pathname + search, headers: from.headers },
    (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
    },
  );
  from.pipe(passed);
});
proxy.on('connect', (from, socket) => {
  note(from);
  const through = connect(Number(port), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    socket.pipe(through).pipe(socket);
  });
  for (const one of [socket, through]) one.on('error', () => one.destroy());
});
await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
after(() => proxy.close().closeAllConnections());

function note({ method, url, headers }: IncomingMessage): void {
  asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] });
}

const proxyPort = (proxy.address() as AddressInfo).port;
const host = `cloud.test:${port}`;
const variables = {
  OS_AUTH_URL: `http://${host}/identity/v3`,
  OS_USERNAME: 'owner',
  OS_PASSWORD: 'emulator',
  OS_REGION_NAME: 'DFW',
};

test('sign-in, requests and uploads go through the proxy, with its password, which is not shown', async () => {
  makeVhd(join(cli.workspace, 'web.vhd'), { guest: 'linux' });
  cli.write('.cloud-images.json', '{ "containers": { "exports": "." } }');
  cli.write(
    'web.image-import.yaml',
    'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties: { name: Web }\n',
  );
  const env = { ...variables, http_proxy: `http://someone:sesame@127.0.0.1:${proxyPort}` };
  const { code, stdout, stderr } = await cli.run(['import', '--yes', 'web.image-import.yaml'], env);
  assert.equal(code, 0, stdout + stderr);
  assert.ok(
    asked.some(({ line }) => line === `POST http://${host}/identity/v3/auth/tokens`),
    asked[0]?.line,
  );
  assert.ok(asked.some(({ line }) => /^PUT http:.*\/exports\/web\.vhd$/.test(line)));
  const basic = `Basic ${Buffer.from('someone:sesame').toString('base64')}`;
  assert.ok(asked.every(({ authorization }) => authorization === basic));
});

test('HTTPS goes through a tunnel', async () => {
  asked.length = 0;
  const env = { ...variables, OS_AUTH_URL: `https://${host}/identity/v3` };
  const through = { ...env, HTTPS_PROXY: `127.0.0.1:${proxyPort}` };
  // The emulator speaks no TLS, so it ends there, which is said of the proxy and the cloud.
  const { code, stderr } = await cli.run(['plan', 'web.image-import.yaml'], through);
  assert.equal(code, 1);
  assert.deepEqual(asked[0]?.line, `CONNECT ${host}`);
  assert.ok(stderr.includes(`No answer from ${host}: through the proxy 127.0.0.1:${proxyPort}: `), stderr);
});

test('NO_PROXY and this machine itself are asked without it; a proxy that is none is said', async () => {
  asked.length = 0;
  const dead = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' };
  const local = await cli.run(['plan', 'web.image-import.yaml'], {
    ...variables,
    ...dead,
    OS_AUTH_URL: `${emulator.url}/identity/v3`,
  });
  assert.equal(local.code, 2, local.stderr);
  const excepted = await cli.run(['plan', 'web.image-import.yaml'], {
    ...variables,
    HTTP_PROXY: `http://127.0.0.1:${proxyPort}`,
    NO_PROXY: '.test',
  });
  assert.equal(excepted.code, 1);
  assert.match(excepted.stderr, /No answer from cloud\.test:\d+: getaddrinfo/);
  assert.deepEqual(asked, []);
  const unreachable = await cli.run(['plan', 'web.image-import.yaml'], { ...variables, ...dead });
  assert.match(unreachable.stderr, /through the proxy 127\.0\.0\.1:1: /);
  const socks = await cli.run(['plan', 'web.image-import.yaml'], {
    ...variables,
    HTTP_PROXY: 'socks5://user:sesame@127.0.0.1:9',
  });
  assert.match(socks.stderr, /HTTP_PROXY or ALL_PROXY names no HTTP proxy/);
  assert.doesNotMatch(socks.stderr, /sesame/);
});

test('a proxy is chosen as requests chooses it', () => {
  const P = { HTTP_PROXY: 'http://p:1', HTTPS_PROXY: 'http://q:2' };
  const cases: [string, Record<string, string>, string | undefined][] = [
    ['http://a.example', P, 'p:1'],
    ['https://a.example', P, 'q:2'],
    ['https://a.example', { ...P, https_proxy: 'r:3' }, 'r:3'],
    ['https://a.example', { ...P, https_proxy: '' }, undefined],
    ['https://a.example', { ALL_PROXY: 'http://s:4' }, 's:4'],
    ['http://a.example', { ...P, REQUEST_METHOD: 'GET' }, undefined],
    ['http://a.example', { ...P, NO_PROXY: '*' }, undefined],
    ['http://a.example', { ...P, NO_PROXY: '*, x' }, 'p:1'],
    ['http://a.example', { ...P, NO_PROXY: 'x, example' }, undefined],
    ['http://a.example', { ...P, NO_PROXY: '.example' }, undefined],
    ['http://a.example', { ...P, NO_PROXY: 'b.example' }, 'p:1'],
    ['http://A.example:81', { ...P, NO_PROXY: 'a.example:81' }, undefined],
    ['http://a.example:82', { ...P, NO_PROXY: 'a.example:81' }, 'p:1'],
    ['http://a.example', { ...P, NO_PROXY: 'b', no_proxy: 'a.example' }, undefined],
    ['http://10.1.2.3', { ...P, NO_PROXY: '10.0.0.0/8' }, undefined],
    ['http://11.1.2.3', { ...P, NO_PROXY: '10.0.0.0/8' }, 'p:1'],
    ['http://10.1.2.3', { ...P, NO_PROXY: '10.1.2.3' }, undefined],
    ...['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'].map(
      (host): [string, Record<string, string>, undefined] => [`http://${host}:80`, P, undefined],
    ),
  ];
  for (const [address, env, expected] of cases)
    assert.equal(chooseProxy(address, env)?.host, expected, `${address} ${JSON.stringify(env)}`);
});
