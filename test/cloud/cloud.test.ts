import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import { type EmulatorEvent, emulatorControl } from '../../server/cloud/services/emulatorControl.ts';
import type { Task } from '../../server/cloud/services/tasks.ts';
import { CloudError } from '../../server/cloud/session/errors.ts';
import { type Emulator, startEmulator } from '../tools/emulator.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-cloud-'));
let emulator: Emulator;
let cloud: Cloud;

before(async () => {
  emulator = await startEmulator({ data: join(folder, 'data') });
  cloud = await connect({ ...owner(), region: 'DFW' });
});
after(async () => {
  await emulator?.close();
  rmSync(folder, { recursive: true, force: true });
});

const owner = () => ({
  authUrl: `${emulator.url}/identity/v3`,
  userName: 'owner',
  password: 'emulator',
  project: '100001',
});

test('signs in by password at v3, and by API key or password at v2.0', async () => {
  const { project, userName, password } = owner();
  const v2 = { authUrl: `${emulator.url}/identity/v2.0/`, userName, region: 'ord' };
  for (const signedIn of [
    cloud,
    await connect({ ...v2, apiKey: 'emulator-owner' }),
    await connect({ ...v2, password, project }),
  ]) {
    assert.equal(signedIn.session.account.id, '100001');
    assert.equal(signedIn.session.user.name, 'owner');
    assert.ok(signedIn.session.roles.includes('identity:user-admin'));
    assert.deepEqual(signedIn.session.regions, ['DFW', 'HKG', 'IAD', 'LON', 'ORD', 'SYD']);
  }
});

test('is refused with the words of Keystone, and where a region or a method does not exist', async () => {
  await assert.rejects(connect({ ...owner(), password: 'wrong', region: 'DFW' }), (error) => {
    assert.ok(error instanceof CloudError);
    assert.equal(error.status, 401);
    assert.match(error.text, /authenti/);
    return true;
  });
  await assert.rejects(connect({ ...owner(), region: 'MARS' }), /no service 'image' in region MARS/);
  const { authUrl, userName } = owner();
  await assert.rejects(connect({ authUrl, userName, apiKey: 'x', region: 'DFW' }), /no API keys/);
});

test('lists page after page what one list shows at once', async () => {
  const ids = async (query: Record<string, string>): Promise<unknown[]> => {
    const found: unknown[] = [];
    for await (const page of cloud.images.list(query)) found.push(...page.map((image) => image.get('id')));
    return found;
  };
  const all = await ids({ limit: '1000' });
  assert.ok(all.length > 4, 'the demo has base images');
  assert.deepEqual(await ids({ limit: '2' }), all);
});

test('an object goes in and out, with progress and ranges', async () => {
  const bytes = randomBytes(3_000_001);
  const file = join(folder, 'bytes');
  await writeFile(file, bytes);
  const name = 'folder/ä name #1?.vhd';
  assert.equal(await cloud.objects.headObject('cloud-test', name), undefined);
  await cloud.objects.putContainer('cloud-test');
  await cloud.objects.putContainer('cloud-test');
  const sent: number[] = [];
  const put = await cloud.objects.putObject('cloud-test', name, file, {
    progress: (done, total) => {
      assert.equal(total, bytes.length);
      sent.push(done);
    },
  });
  const head = { bytes: bytes.length, etag: createHash('md5').update(bytes).digest('hex') };
  assert.deepEqual(put, head);
  assert.equal(sent.at(-1), bytes.length);
  assert.ok(sent.length > 3 && sent.every((done, at) => done > (sent[at - 1] ?? 0)));
  assert.deepEqual(await cloud.objects.headObject('cloud-test', name), head);
  assert.deepEqual(await read(await cloud.objects.getObject('cloud-test', name)), bytes);
  const part = await cloud.objects.getObject('cloud-test', name, { start: 10, end: 20 });
  assert.deepEqual(await read(part), bytes.subarray(10, 20));
  await assert.rejects(cloud.objects.putObject('no-such-container', name, file), { status: 404 });
  await assert.rejects(cloud.objects.headObject('cloud-test', 'a/../b'), /cannot be addressed/);
});

test('an upload is whole when the cloud has all of it, though its source has not ended yet', async () => {
  const bytes = Buffer.from('all of it');
  const answered = Promise.withResolvers<void>();
  async function* open(): AsyncGenerator<Uint8Array, void> {
    yield bytes;
    await answered.promise;
  }
  await cloud.objects.putContainer('cloud-test');
  const put = await cloud.objects.putContent('cloud-test', 'early', { size: bytes.length, open });
  answered.resolve();
  assert.deepEqual(put, { bytes: bytes.length, etag: createHash('md5').update(bytes).digest('hex') });
});

test('an upload that is cancelled leaves nothing', async () => {
  const file = join(folder, 'large');
  await writeFile(file, Buffer.alloc(20_000_000, 7));
  await cloud.objects.putContainer('cloud-test');
  const abort = new AbortController();
  const reason = new Error('enough');
  const upload = cloud.objects.putObject('cloud-test', 'cancelled', file, {
    signal: abort.signal,
    progress: () => abort.abort(reason),
  });
  await assert.rejects(upload, reason);
  assert.equal(await cloud.objects.headObject('cloud-test', 'cancelled'), undefined);
});

test('a task fails with the message of the cloud', async () => {
  const file = join(folder, 'text.vhd');
  await writeFile(file, 'this is no disk');
  await cloud.objects.putContainer('cloud-test');
  await cloud.objects.putObject('cloud-test', 'text.vhd', file);
  const input = { import_from: 'cloud-test/text.vhd', image_properties: { name: 'Text' } };
  const { id } = await cloud.tasks.create('import', input);
  const task = await ended(id);
  assert.equal(task.status, 'failure');
  assert.match(task.message ?? '', /^396/);
  assert.deepEqual(task.input, input);
  const listed: Task[] = [];
  for await (const page of cloud.tasks.list({ limit: '1' })) listed.push(...page);
  assert.ok(listed.some((one) => one.id === id && one.message === undefined));
});

test('a refused patch carries the words, the rule and the request', async () => {
  const { value: page } = await cloud.images.list({ limit: '1', visibility: 'public' }).next();
  assert.ok(page);
  const id = String(page[0]?.get('id'));
  await assert.rejects(
    cloud.images.patch(id, [{ op: 'add', path: '/com.rackspace__1__x', value: '1' }]),
    (error) => {
      assert.ok(error instanceof CloudError);
      assert.equal(error.status, 403);
      assert.ok(error.text.length > 0 && !error.text.includes('<'));
      assert.match(error.requestId ?? '', /^req-/);
      assert.equal(error.method, 'PATCH');
      return true;
    },
  );
  await assert.rejects(cloud.images.get('00000000-0000-4000-8000-000000000000'), { status: 404 });
});

test('renews a token that was revoked, once for many requests', async () => {
  const own = await connect({ ...owner(), region: 'DFW' });
  const seen: { path: string; token: string | undefined }[] = [];
  const watch = (message: unknown): void => {
    const { request } = message as { request: { path: string; headers: string[] } };
    const { path, headers } = request;
    seen.push({ path, token: headers[headers.indexOf('x-auth-token') + 1] });
  };
  subscribe('undici:request:create', watch);
  try {
    await own.images.list({ limit: '1' }).next();
    const token = seen[0]?.token ?? '';
    const url = `${emulator.url}/identity/v3/auth/tokens`;
    const headers = { 'x-auth-token': token, 'x-subject-token': token };
    assert.equal((await fetch(url, { method: 'DELETE', headers })).status, 204);
    seen.length = 0;
    const pages = await Promise.all([1, 2, 3].map(() => own.images.list({ limit: '1' }).next()));
    assert.ok(pages.every(({ done }) => !done));
    assert.equal(seen.filter(({ path }) => path.endsWith('/auth/tokens')).length, 1);
    assert.notEqual(seen.at(-1)?.token, token);
  } finally {
    unsubscribe('undici:request:create', watch);
  }
});

test('events: every change after a number, with resume', async () => {
  const control = emulatorControl(emulator.url, emulator.token);
  const { seq } = await control.status();
  await cloud.objects.putContainer('events-1');
  await cloud.objects.putContainer('events-2');
  const first = await nextEvent(seq);
  assert.deepEqual([first.kind, first.action, first.region.toLowerCase()], ['container', 'create', 'dfw']);
  const second = await nextEvent(first.seq);
  assert.ok(second.seq > first.seq);
  assert.notEqual(second.id, first.id);
  await assert.rejects(emulatorControl(emulator.url, 'wrong').status(), { status: 401 });

  async function nextEvent(after: number): Promise<EmulatorEvent> {
    const abort = new AbortController();
    for await (const event of control.events({ after, signal: abort.signal })) {
      abort.abort();
      return event;
    }
    throw new Error('The stream ended.');
  }
});

async function ended(id: string): Promise<Task> {
  const control = emulatorControl(emulator.url, emulator.token);
  const { seq } = await control.status();
  const abort = new AbortController();
  try {
    for (let task = await cloud.tasks.get(id); ; task = await cloud.tasks.get(id)) {
      if (task.status === 'success' || task.status === 'failure') return task;
      const next = await control.events({ after: seq, signal: abort.signal }).next();
      assert.ok(!next.done);
    }
  } finally {
    abort.abort();
  }
}

async function read(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
