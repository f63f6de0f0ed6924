import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { describeAge } from '../../client/cloud/age.ts';
import type { ConnectionState, ItemKind } from '../../client/cloud/cloudSource.ts';
import { Collection } from '../../client/cloud/collection.ts';
import { imageReader } from '../../client/cloud/imageCollection.ts';
import { PollingSource } from '../../client/cloud/pollingSource.ts';
import { emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import { startEmulator } from '../tools/emulator.ts';
import { noChoice } from '../tools/noChoice.ts';

/** A cloud that fails in every way that a real one does, and the time that passes meanwhile is made up. */
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-survival-'));
const emulator = await startEmulator({
  data: join(folder, 'data'),
  arguments: ['--profile', 'openstack', '--seed', 'demo'],
});
const control = emulatorControl(emulator.url, emulator.token);
const opened: { dispose(): void }[] = [];
after(async () => {
  for (const one of opened) one.dispose();
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});
const minute = 60_000;

/** A clock that stands still until it is told to go on. */
function fakeClock() {
  let now = Date.parse('2026-03-01T12:00:00Z');
  const waiting = new Map<() => void, number>();
  return {
    now: () => now,
    after: (milliseconds: number, work: () => void) => {
      waiting.set(work, now + milliseconds);
      return { dispose: () => void waiting.delete(work) };
    },
    /** Milliseconds until each thing that waits. */
    pending: () => [...waiting.values()].map((at) => at - now),
    advance: (milliseconds: number) => {
      now += milliseconds;
      for (const [work, at] of waiting) {
        if (at > now) continue;
        waiting.delete(work);
        work();
      }
    },
  };
}

/** Sends what is asked on to the emulator, with an answer of its own for the paths that match. */
async function serveBroken(
  answers: () => { path: RegExp; status: number; headers?: Record<string, string> } | undefined,
) {
  const paths: string[] = [];
  const proxy = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    paths.push(`${request.method} ${request.url}`);
    const own = answers();
    if (own?.path.test(request.url ?? '')) {
      answer.writeHead(own.status, own.headers).end('{}');
      return;
    }
    const { host: _, connection: __, ...headers } = request.headers;
    const found = await fetch(`${emulator.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    const text = (await found.text()).replaceAll(emulator.url, `http://${request.headers.host}`);
    const token = found.headers.get('x-subject-token');
    answer.writeHead(found.status, {
      'content-type': 'application/json',
      ...(token ? { 'x-subject-token': token } : {}),
    });
    answer.end(text);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  opened.push({ dispose: () => proxy.close().closeAllConnections() });
  return { proxy, paths, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
}

function open(at: string, password = 'emulator') {
  const clock = fakeClock();
  const log: string[] = [];
  const source = new PollingSource({
    ...{ label: 'acme', origin: 'the test', key: at, clock },
    readEntry: () => ({ credentials: { authUrl: `${at}/identity/v3`, userName: 'owner', password } }),
    choice: noChoice('RegionOne'),
    log: (line) => log.push(line),
  });
  opened.push(source);
  /** Resolves at the next state that is meant; it may be there already. */
  const until = (holds: (state: ConnectionState) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds(source.state)) return;
        listening.dispose();
        resolve();
      };
      const listening = source.onDidChangeState(look);
      look();
    });
  return {
    source,
    clock,
    log,
    until,
    silent: () => until(isSilent),
    heard: () => until((state) => state.kind === 'connected' && !state.silence),
  };
}

function isSilent(state: ConnectionState): boolean {
  return state.kind === 'connected' && state.silence !== undefined;
}

/** Waits for a timer: a look is over when the next is set. */
async function nextLook(clock: ReturnType<typeof fakeClock>): Promise<number> {
  for (;;) {
    const [wait] = clock.pending();
    if (wait !== undefined && wait > 0) return wait;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('nobody signs in before something is looked at, and what is looked at is listed every 30 seconds', async () => {
  const { paths, url } = await serveBroken(() => undefined);
  const { source, clock, heard } = open(url);
  assert.deepEqual(paths, []);
  source.watch('server');
  await heard();
  clock.advance(0);
  assert.equal(await nextLook(clock), 30_000);
  assert.equal(paths.filter((path) => /servers/.test(path)).length, 1);
  const other = /v2\/images|tasks|object-store/;
  assert.deepEqual(
    paths.filter((path) => other.test(path)),
    [],
  );
  clock.advance(29_999);
  assert.equal(paths.filter((path) => /servers/.test(path)).length, 1);
  clock.advance(1);
  await nextLook(clock);
  assert.equal(paths.filter((path) => /servers/.test(path)).length, 2);
});

for (const status of [429, 503])
  test(`a cloud that answers ${status} with Retry-After is left alone that long, and says until when`, async () => {
    let broken = false;
    const { paths, url } = await serveBroken(() =>
      broken ? { path: /v2\/images/, status, headers: { 'retry-after': '120' } } : undefined,
    );
    const { source, clock, silent, heard } = open(url);
    source.watch('image');
    await heard();
    clock.advance(0);
    await nextLook(clock);
    const lookedAt = source.lookedAt('image');
    assert.equal(
      describeAge({ state: source.state, label: 'acme', lookedAt }, clock.now()),
      undefined,
      'it is fresh',
    );
    broken = true;
    clock.advance(30_000);
    await silent();
    assert.equal(await nextLook(clock), 120_000);
    const asked = paths.length;
    source.watch('server'); // a view that comes into sight asks no sooner
    clock.advance(119_000);
    assert.equal(paths.length, asked);
    const { state } = source;
    assert.equal(state.kind === 'connected' && state.silence?.until, clock.now() + 1000);
    assert.match(
      describeAge({ state, label: 'acme', lookedAt }, clock.now()) ?? '',
      /^As of (\d\d:\d\d)\. acme is busy until (?!\1)\d\d:\d\d\.$/,
    );
    broken = false;
    clock.advance(1000);
    await heard();
  });

test('a list that is asked for again keeps what was there while the cloud is silent, and says so at once', async () => {
  let broken = false;
  const { url } = await serveBroken(() => (broken ? { path: /v2\/images/, status: 503 } : undefined));
  const { source, clock, heard } = open(url);
  source.watch('image');
  await heard();
  const live = new Collection(source, imageReader, () => undefined);
  opened.push(live);
  const before = await live.loaded();
  assert.ok(before.kind === 'ready' && before.items.size > 0);
  broken = true;
  live.reload();
  const after = await live.loaded();
  assert.deepEqual(after, before);
  assert.ok(isSilent(source.state));
  assert.match(
    describeAge({ state: source.state, label: 'acme', lookedAt: source.lookedAt('image') }, clock.now()) ??
      '',
    /^As of \d\d:\d\d\. acme is busy/,
  );
  broken = false;
  live.reload();
  assert.deepEqual(await live.loaded(), before);
  assert.ok(!isSilent(source.state));
});

test('an expired token is renewed once and silently; a user who is refused then is signed out and not tried again', async () => {
  let refuse: RegExp | undefined;
  let spent = 0;
  const { paths, url } = await serveBroken(() => {
    if (!refuse) return undefined;
    if (refuse.source === 'images' && spent++ > 0) return undefined;
    return { path: refuse, status: 401 };
  });
  const { source, clock, heard, until } = open(url);
  const states: string[] = [];
  source.watch('image');
  await heard();
  clock.advance(0);
  await nextLook(clock);
  source.onDidChangeState(({ kind }) => states.push(kind));
  const signIns = (): number => paths.filter((path) => path.startsWith('POST')).length;
  refuse = /images/;
  clock.advance(30_000);
  await nextLook(clock);
  assert.deepEqual([states, signIns()], [[], 2]);
  refuse = /images|tokens/;
  clock.advance(30_000);
  await until(({ kind }) => kind === 'failed');
  const { state } = source;
  assert.equal(state.kind === 'failed' && state.trouble, 'refused');
  assert.match(state.kind === 'failed' ? state.reason : '', /^acme signed you out: /);
  clock.advance(10 * minute);
  assert.deepEqual(clock.pending(), [], 'accounts are locked by trying again');
});

test('a password is tried once, however many views look', async () => {
  const { paths, url } = await serveBroken(() => undefined);
  const { source, until } = open(url, 'wrong');
  for (const kind of ['image', 'task', 'server', 'container'] satisfies ItemKind[]) source.watch(kind);
  await until(({ kind }) => kind === 'failed');
  await source.settled();
  assert.equal(
    paths.filter((path) => path.startsWith('POST')).length,
    1,
    'accounts are locked by trying again',
  );
  await assert.rejects(source.connect(), /HTTP 401/);
  assert.equal(paths.filter((path) => path.startsWith('POST')).length, 2, 'the person may try again');
});

test('a view that is shown again, or an image that is opened, asks no sooner for what was just listed', async () => {
  const { paths, url } = await serveBroken(() => undefined);
  const { source, clock, heard } = open(url);
  const lists = (): number => paths.filter((path) => /v2\/images\?/.test(path)).length;
  source.watch('image');
  await heard();
  clock.advance(0);
  await nextLook(clock);
  const before = lists();
  for (const _ of [1, 2, 3]) {
    clock.advance(1000);
    source.watch('image').dispose();
    assert.equal(await nextLook(clock), 30_000 - (clock.now() - (source.lookedAt('image') ?? 0)));
  }
  assert.equal(lists(), before);
});

test('a cloud that cannot be reached at first is signed in to when it can be, while somebody looks', async () => {
  const { proxy, url } = await serveBroken(() => undefined);
  const { port } = new URL(url);
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  const { source, clock, until, heard } = open(url);
  source.watch('image');
  await until(({ kind }) => kind === 'failed');
  const { state } = source;
  assert.equal(state.kind === 'failed' && state.trouble, 'network');
  await once(proxy.listen(Number(port), '127.0.0.1'), 'listening');
  clock.advance(await nextLook(clock));
  await heard();
});

test('a kind that the cloud refuses to list stops nothing else, and is not asked for again', async () => {
  const { paths, url } = await serveBroken(() => ({ path: /tasks/, status: 403 }));
  const { source, clock, heard, log } = open(url);
  for (const kind of ['task', 'container'] satisfies ItemKind[]) source.watch(kind);
  await heard();
  for (const _ of [1, 2]) {
    clock.advance(30_000);
    await nextLook(clock);
  }
  assert.equal(source.state.kind, 'connected');
  assert.equal(paths.filter((path) => /tasks/.test(path)).length, 1);
  assert.notEqual(source.lookedAt('container'), undefined);
  assert.match(log.join('\n'), /acme does not list tasks: .*403/);
});

test('a slow answer delays the next look, and none is begun beside it', async () => {
  const { source, clock, heard } = open(emulator.url);
  await control.addFault({ path: '/*/v2/images', delay: 200, count: 1 });
  source.watch('image');
  await heard();
  clock.advance(0);
  for (const _ of [1, 2, 3]) source.watch('image');
  assert.deepEqual(
    clock.pending().filter((wait) => wait <= 0),
    [],
  );
  assert.equal(await nextLook(clock), 2000, 'an emulator is nobody’s shared machine');
  await control.deleteFaults();
});

test('the projects of a user are listed, and each can be shown', async () => {
  const { source } = open(emulator.url);
  const { cloud } = await source.connect();
  const projects = await source.listProjects();
  assert.deepEqual(
    projects.map(({ id }) => id),
    [cloud.session.account.id],
  );
  const { cloud: again } = await source.switchProject(cloud.session.account.id);
  assert.equal(again.session.account.id, cloud.session.account.id);
  await assert.rejects(source.switchProject('nowhere'), { status: 401 });
  assert.equal(source.connection?.cloud, again, 'the project before stays');
});
