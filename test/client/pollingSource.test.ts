import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CloudChange } from '../../client/cloud/cloudSource.ts';
import { Collection } from '../../client/cloud/collection.ts';
import { imageReader } from '../../client/cloud/imageCollection.ts';
import { PollingSource } from '../../client/cloud/pollingSource.ts';
import { serverReader } from '../../client/cloud/serverCollection.ts';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { openImageData } from '../../server/cloud/services/imageData.ts';
import { type Emulator, startEmulator } from '../tools/emulator.ts';
import { noChoice } from '../tools/noChoice.ts';

/** The emulator as a plain OpenStack cloud: its control service and its events are not used. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-polling-'));
const start = (...more: string[]): Promise<Emulator> =>
  startEmulator({
    data: join(folder, 'data'),
    arguments: ['--profile', 'openstack', '--seed', 'demo', ...more],
  });
const emulator = await start();
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});
const authUrl = `${emulator.url}/identity/v3`;
const cloud = await connect({ authUrl, userName: 'owner', password: 'emulator', region: 'RegionOne' });

/** A source, and the changes that it reports. */
function open({ password, authUrl: at = authUrl }: { password?: string; authUrl?: string } = {}) {
  const source = new PollingSource({
    ...{ label: 'Test cloud', origin: 'the test', key: at, interval: 20 },
    readEntry: () => ({
      credentials: { authUrl: at, userName: 'owner', password: password ?? 'emulator' },
    }),
    choice: noChoice('RegionOne'),
    log: () => undefined,
  });
  const changes: CloudChange[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  source.onDidReport((change) => {
    changes.push(change);
    wake();
  });
  source.onDidChangeState(wake);
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const reported = (wanted: Partial<CloudChange> & { id: string }): Promise<void> =>
    until(() =>
      changes.some(
        (change) =>
          'id' in change &&
          Object.entries(wanted).every(([name, value]) => Reflect.get(change, name) === value),
      ),
    );
  return { source, changes, until, reported };
}

/** Serves the emulator's Keystone, whose catalogue lacks a service. */
async function serveWithout(type: string) {
  const proxy = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { headers, status, ...given } = await fetch(`${emulator.url}/identity${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json' },
      body: Buffer.concat(chunks),
    }).then(async (found) => ({ headers: found.headers, status: found.status, body: await found.json() }));
    const { token } = given.body as { token: { catalog: readonly { type: string }[] } };
    const catalog = token.catalog.filter((entry) => entry.type !== type);
    answer.writeHead(status, { 'x-subject-token': headers.get('x-subject-token') ?? '' });
    answer.end(JSON.stringify({ token: { ...token, catalog } }));
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return { proxy, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/v3` };
}

async function makeImage({ session, region }: Cloud, name: string): Promise<string> {
  const body = { name, disk_format: 'raw', container_format: 'bare' };
  return String((await openImageData(session, region).create(body)).get('id'));
}

test('a polled cloud reports an image that comes, changes and goes, as events would', async () => {
  const { source, changes, reported } = open();
  try {
    await source.connect();
    source.watch('image');
    const id = await makeImage(cloud, 'polled');
    await reported({ kind: 'image', action: 'create', region: 'RegionOne', id });
    await cloud.images.patch(id, [{ op: 'replace', path: '/name', value: 'renamed' }]);
    await reported({ kind: 'image', action: 'update', region: 'RegionOne', id });
    await cloud.images.delete(id);
    await reported({ kind: 'image', action: 'delete', region: 'RegionOne', id });
    const actions = changes.flatMap((change) => ('id' in change && change.id === id ? [change.action] : []));
    assert.deepEqual(actions, ['create', 'update', 'delete']);
  } finally {
    source.dispose();
  }
});

test('a view that is closed twice leaves the others watching', async () => {
  const { source, reported } = open();
  try {
    await source.connect();
    source.watch('image');
    const closed = source.watch('image');
    for (const _ of [1, 2]) closed.dispose();
    const id = await makeImage(cloud, 'watched');
    await reported({ kind: 'image', action: 'create', region: 'RegionOne', id });
  } finally {
    source.dispose();
  }
});

test('a collection follows a polled cloud', async () => {
  const { source } = open();
  const images = new Collection(source, imageReader, () => undefined);
  try {
    await source.connect();
    images.watch();
    const id = await makeImage(cloud, 'before');
    await images.loaded();
    const renamed = new Promise<void>((resolve) => {
      images.onDidChange(async () => {
        const snapshot = await images.loaded();
        if (snapshot.kind === 'ready' && snapshot.items.get(id)?.image.get('name') === 'after') resolve();
      });
    });
    await cloud.images.patch(id, [{ op: 'replace', path: '/name', value: 'after' }]);
    await renamed;
  } finally {
    images.dispose();
    source.dispose();
  }
});

test('what nobody watches is not listed; what is watched again is reported since the last look', async () => {
  const { source, changes, reported } = open();
  const paths: string[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { request: { path: string; method: string } };
    if (request.method === 'GET') paths.push(request.path);
  };
  try {
    await source.connect();
    const images = source.watch('image');
    const first = await makeImage(cloud, 'first');
    await reported({ kind: 'image', action: 'create', id: first });
    images.dispose();
    subscribe('undici:request:create', note);
    source.watch('container');
    const second = await makeImage(cloud, 'second');
    await cloud.objects.putContainer('polled');
    await reported({ kind: 'container', action: 'create', id: 'polled' });
    unsubscribe('undici:request:create', note);
    assert.deepEqual(
      paths.filter((path) => /\/(images|tasks)/.test(path)),
      [],
    );
    const before = changes.length;
    source.watch('image');
    await reported({ kind: 'image', action: 'create', id: second });
    assert.deepEqual(
      changes.slice(before).filter((change) => 'id' in change && change.id === first),
      [],
      'what did not change is not reported again',
    );
  } finally {
    unsubscribe('undici:request:create', note);
    source.dispose();
  }
});

test('a polled cloud reports a server, and its collection knows its flavor by name', async () => {
  const { source, reported } = open();
  const servers = new Collection(source, serverReader(source), () => undefined);
  try {
    await source.connect();
    servers.watch();
    const { value: images = [] } = await cloud.images.list({ status: 'active' }).next();
    const imageRef = String(images[0]?.get('id'));
    const id = await cloud.servers.create({
      server: { name: 'polled', imageRef, flavorRef: '3' },
    });
    await reported({ kind: 'server', action: 'create', region: 'RegionOne', id });
    const snapshot = await servers.loaded();
    const live = snapshot.kind === 'ready' ? snapshot.items.get(id) : undefined;
    assert.deepEqual([live?.server.name, live?.flavor?.name], ['polled', 'm1.medium']);
    await cloud.servers.delete(id);
    await reported({ kind: 'server', action: 'delete', region: 'RegionOne', id });
  } finally {
    servers.dispose();
    source.dispose();
  }
});

test('a cloud without servers stays connected while they are watched', async () => {
  const { proxy, url } = await serveWithout('compute');
  const { source, reported } = open({ authUrl: url });
  const servers = new Collection(source, serverReader(source), () => undefined);
  try {
    await source.connect();
    servers.watch();
    source.watch('container'); // listed after the servers
    await cloud.objects.putContainer('without-servers');
    await reported({ kind: 'container', action: 'create', id: 'without-servers' });
    assert.equal(source.state.kind, 'connected');
    const snapshot = await servers.loaded();
    assert.match(
      snapshot.kind === 'absent' ? snapshot.reason : '',
      /no servers \(Nova\) in region RegionOne/,
    );
  } finally {
    servers.dispose();
    source.dispose();
    proxy.close();
  }
});

test('a cloud that refuses the user says why', async () => {
  const { source } = open({ password: 'wrong' });
  await assert.rejects(source.connect(), /^Error: Signing in at http.* failed: .*\(HTTP 401\)$/);
  assert.equal(source.state.kind, 'failed');
  source.dispose();
});

test('a cloud that stops answering stays connected, says so, and is back by itself', async () => {
  const { source, until } = open();
  const states: string[] = [];
  source.onDidChangeState((state) =>
    states.push(state.kind === 'connected' && state.silence ? 'silent' : state.kind),
  );
  const isSilent = ({ state }: PollingSource): boolean =>
    state.kind === 'connected' && state.silence !== undefined;
  let again: Emulator | undefined;
  try {
    await source.connect();
    source.watch('image');
    await emulator.close();
    await until(() => isSilent(source));
    const { connection } = source;
    again = await start('--port', new URL(emulator.url).port);
    await until(() => !isSilent(source));
    assert.deepEqual([...new Set(states)], ['connecting', 'connected', 'silent']);
    assert.equal(source.connection, connection, 'what was read before stays shown');
  } finally {
    source.dispose();
    await again?.close();
  }
});
