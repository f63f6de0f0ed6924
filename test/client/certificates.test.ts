import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PollingSource } from '../../client/cloud/pollingSource.ts';
import { type Entry, readCloud } from '../../server/cloud/session/cloudsYaml.ts';
import { cliIn } from '../commands/cli.ts';
import { startEmulator } from '../tools/emulator.ts';
import { noChoice } from '../tools/noChoice.ts';

/** A cloud whose certificate no authority of the system has signed. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-certificates-'));
const emulator = await startEmulator({ data: join(folder, 'data'), arguments: ['--seed', 'demo'] });
const file = (name: string): string => join(import.meta.dirname, '..', 'fixtures', 'tls', name);
const server = createServer(
  { key: readFileSync(file('key.pem')), cert: readFileSync(file('certificate.pem')) },
  async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const found = await fetch(`${emulator.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    answer.writeHead(found.status, { 'x-subject-token': found.headers.get('x-subject-token') ?? '' });
    answer.end(await found.text());
  },
);
await once(server.listen(0, '127.0.0.1'), 'listening');
after(async () => {
  server.close();
  server.closeAllConnections();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The entry of a clouds.yaml with such lines. */
function read(more: object): Entry {
  const { port } = server.address() as AddressInfo;
  const auth = { auth_url: `https://127.0.0.1:${port}/identity/v3`, username: 'owner', password: 'emulator' };
  const text = JSON.stringify({ clouds: { acme: { auth, ...more } } });
  return readCloud('acme', { env: {}, home: '/home/me', folder: undefined, read: () => text });
}

function open(more: object): PollingSource {
  return new PollingSource({
    ...{ label: 'acme', origin: 'the test', key: 'acme' },
    readEntry: () => read(more),
    choice: noChoice(),
    log: () => undefined,
  });
}

test('a certificate that nobody vouches for is refused, with what to do', async () => {
  const source = open({});
  await assert.rejects(
    source.connect(),
    /certificate.*\. Name the file of the authority .* as cacert in clouds\.yaml/,
  );
  const { state } = source;
  assert.equal(state.kind === 'failed' && state.trouble, 'certificate');
  source.dispose();
});

for (const trust of [{ cacert: file('certificate.pem') }, { verify: false }])
  test(`it is taken by ${Object.keys(trust).join()} of clouds.yaml`, async () => {
    const source = open(trust);
    assert.equal((await source.connect()).cloud.session.user.name, 'owner');
    source.dispose();
  });

test('an authority whose file is missing is named', async () => {
  const source = open({ cacert: '/nowhere/ca.pem' });
  await assert.rejects(source.connect(), /There is no file \/nowhere\/ca\.pem, which cacert names\./);
  const { state } = source;
  assert.equal(state.kind === 'failed' && state.trouble, 'settings');
  source.dispose();
});

test('the command line takes the same lines of clouds.yaml, and says what to do without them', async () => {
  const cli = cliIn(join(folder, 'cli'));
  const { port } = server.address() as AddressInfo;
  const auth = { auth_url: `https://127.0.0.1:${port}/identity/v3`, username: 'owner', password: 'emulator' };
  const clouds = {
    plain: { auth },
    signed: { auth, cacert: file('certificate.pem') },
    unchecked: { auth, verify: false },
  };
  cli.write('clouds.yaml', JSON.stringify({ clouds }));
  const ask = (name: string) =>
    cli.run(['export', 'Nobody', '--container', 'out', '--cloud', name, '--region', 'DFW', '--yes']);
  const [plain, ...others] = await Promise.all([ask('plain'), ask('signed'), ask('unchecked')]);
  assert.equal(plain.code, 1);
  assert.match(plain.stderr, /certificate[\s\S]*as cacert in clouds\.yaml/);
  for (const { stderr } of others) assert.match(stderr, /There is no image 'Nobody' of yours/);
});
