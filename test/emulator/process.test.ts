import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFolder } from '../../server/emulator/check.ts';
import { makeVhd } from '../tools/disks.ts';
import {
  ask,
  logIn,
  patchType,
  readEvents,
  removeFolder,
  start,
  taskEnd,
  temporaryFolder,
  withEmulator,
} from './harness.ts';

const main = join(import.meta.dirname, '..', '..', 'server', 'emulator', 'main.ts');
const cli = join(import.meta.dirname, '..', '..', 'server', 'cli.ts');

test('it stops also while the cloud is being brought back for clients that are gone, and goes on with its jobs the next time', {
  timeout: 60_000,
}, async (context) => {
  const data = temporaryFolder();
  // So slow that the import never ends by itself.
  const emulator = await start(data, '--speed', '0.001');
  context.after(() => {
    emulator.process.kill('SIGKILL');
    removeFolder(data);
  });
  const owner = await logIn(emulator.url, 'owner');
  const disk = join(data, 'web.vhd');
  makeVhd(disk, { guest: 'linux' });
  await owner.ask('PUT', '/dfw/object-store/v1/100001/exports/web.vhd', readFileSync(disk));
  rmSync(disk);
  const input = { import_from: 'exports/web.vhd', image_properties: { name: 'web' } };
  const { json } = await owner.ask('POST', '/dfw/image/v2/tasks', { type: 'import', input });
  const headers = { authorization: `Bearer ${emulator.token}` };
  const kept = await ask(emulator.url, 'POST', '/emulator/snapshots', { name: 'kept' }, headers);
  assert.equal(kept.status, 201, kept.text);

  // They are brought back one after another, and the stop overtakes most of them.
  const restores = Array.from({ length: 100 }, () =>
    request(`${emulator.url}/emulator/snapshots/kept/restore`, { method: 'POST', headers }),
  );
  const gone = restores.map(
    (restore) => new Promise((resolve) => restore.on('error', resolve).on('close', resolve)),
  );
  await Promise.all(restores.map((restore) => new Promise<void>((resolve) => restore.end(resolve))));
  assert.equal((await ask(emulator.url, 'GET', '/emulator/health')).text, 'OK'); // it has read them
  for (const restore of restores) restore.destroy();
  await Promise.all(gone);
  assert.equal(await emulator.end(), 0);
  assert.doesNotMatch(emulator.log(), / error /);
  assert.deepEqual(await checkFolder(data, true), []);

  const again = await start(data, '--speed', '1000000');
  context.after(() => again.process.kill('SIGKILL'));
  const task = await taskEnd(again, await logIn(again.url, 'owner'), 'dfw', String(json['id']));
  assert.equal(task['status'], 'success');
  await again.end();
});

test('it stops cleanly, keeps everything, and takes its lock file away', async () => {
  const data = temporaryFolder();
  const first = await start(data);
  const owner = await logIn(first.url, 'owner');
  assert.equal((await owner.ask('PUT', '/dfw/object-store/v1/100001/keep')).status, 201);
  assert.equal(
    (await owner.ask('PUT', '/dfw/object-store/v1/100001/keep/me', Buffer.from('bytes'))).status,
    201,
  );
  if (process.platform !== 'win32') assert.equal(statSync(join(data, 'emulator.lock')).mode & 0o777, 0o600);
  assert.equal(await first.end('SIGINT'), 0);
  assert.equal(existsSync(join(data, 'emulator.lock')), false);

  const second = await start(data);
  // The token of before is still good: its life is 24 hours, not that of a process.
  const again = await ask(second.url, 'GET', '/dfw/object-store/v1/100001/keep/me', undefined, {
    'x-auth-token': owner.token,
  });
  assert.equal(again.text, 'bytes');
  assert.equal(
    (await ask(second.url, 'POST', '/emulator/stop', undefined, { authorization: `Bearer ${second.token}` }))
      .status,
    202,
  );
  const [code] =
    second.process.exitCode === null ? await once(second.process, 'exit') : [second.process.exitCode];
  assert.equal(code, 0);
  removeFolder(data);
});

test('a second emulator on one data folder refuses to start and says who holds it', async () => {
  await withEmulator([], async ({ data, url, process: holder }) => {
    const refused = spawnSync(process.execPath, [main, '--data', data], { encoding: 'utf8' });
    assert.equal(refused.status, 1);
    assert.equal(refused.stdout, '');
    assert.match(
      refused.stderr,
      new RegExp(`in use by the emulator with process id ${holder.pid} at ${url}`),
    );
    assert.equal((await ask(url, 'GET', '/emulator/info')).status, 200);
  });
});

test('of many started at once on one new folder exactly one serves', async () => {
  const data = temporaryFolder();
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => start(data, '--seed', 'empty')));
  const serving = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(serving.length, 1);
  await serving[0]?.end();
  removeFolder(data);
});

test('the lock file of a killed emulator is taken over', async () => {
  const data = temporaryFolder();
  await (await start(data)).end('SIGKILL');
  assert.equal(existsSync(join(data, 'emulator.lock')), true);
  const next = await start(data);
  assert.equal((await ask(next.url, 'GET', '/emulator/info')).json['pid'], next.process.pid);
  assert.equal(await next.end(), 0);
  removeFolder(data);
});

test('it ends when the last lease has gone', async () => {
  const data = temporaryFolder();
  const emulator = await start(data, '--linger', '0', '--seed', 'empty');
  const owner = await logIn(emulator.url, 'owner');
  const exit = once(emulator.process, 'exit');
  const stream = readEvents(
    emulator,
    'after=0&lease=1',
    ({ kind, data: { id } }) => kind === 'container' && id === 'leased',
  );
  await owner.ask('PUT', '/dfw/object-store/v1/100001/leased');
  await stream;
  assert.deepEqual(await exit, [0, null]);
  removeFolder(data);
});

test('an open event stream does not keep it from stopping', async () => {
  const data = temporaryFolder();
  const emulator = await start(data, '--seed', 'empty');
  const response = await fetch(`${emulator.url}/emulator/events?lease=1`, {
    headers: { authorization: `Bearer ${emulator.token}` },
  });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.equal(await emulator.end(), 0);
  assert.doesNotMatch(await response.text(), /data:/);
  removeFolder(data);
});

test('the command line says what is wrong with it', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  for (const [args, text] of [
    [['emulator', '--port', 'x'], /--port takes a number/],
    [['emulator', '--profile', 'aws'], /--profile takes rackspace or openstack/],
    [['emulator', '--nonsense'], /Unknown option '--nonsense'\. See cloud-images emulator --help\./],
    [['emulator', '--linge', '1'], /Did you mean --linger\?/],
    [['emulator', '--seed', '/does/not/exist'], /--seed \/does\/not\/exist does not exist\./],
    [['emulator', '--config', '/does/not/exist'], /--config \/does\/not\/exist does not exist\./],
    [['fly'], /no verb 'fly'/],
  ] as const) {
    const { status, stderr, stdout } = run(...args);
    assert.notEqual(status, 0, args.join(' '));
    assert.match(stderr, text);
    assert.equal(stdout, '');
  }
  assert.match(run('emulator', '--help').stdout, /--linger/);
});

test('a seed or configuration file that is no JSON is told of by place, and nothing of it is quoted', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'secrets');
  const secret = 'hunter2:x:0:0';
  for (const [content, place] of [
    [`${secret}\n`, 'line 1, column 1'],
    [`{\n  "accounts": [${secret}]\n}`, 'line 2, column 16'],
    [`{ "accounts": [], "users": "${secret}`, 'line 1, column 28'],
    [`{ "accounts": [] } // ${secret}`, 'line 1, column 20'],
    ['', 'line 1, column 1'],
  ] as const)
    for (const option of ['--seed', '--config']) {
      writeFileSync(file, content);
      const { status, stderr } = spawnSync(
        process.execPath,
        [main, '--data', join(folder, 'data'), option, file],
        { encoding: 'utf8' },
      );
      assert.equal(status, 1);
      const [sentence = ''] = stderr.split('\n');
      assert.ok(sentence.includes(`${file} cannot be read: it is not JSON: `), sentence);
      assert.ok(sentence.includes(place), `${sentence} (${content})`);
      assert.doesNotMatch(stderr, /hunter2/);
    }
  for (const odd of [folder, ...(existsSync('/dev/zero') ? ['/dev/zero'] : [])]) {
    const args = [main, '--data', join(folder, 'data'), '--seed', odd];
    const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    assert.ok(stderr.includes(`${odd} cannot be read: it is no regular file`), stderr);
  }
  removeFolder(folder);
});

test('limits of a configuration file and people of a seed file hold', async () => {
  const folder = temporaryFolder();
  const config = join(folder, '.cloud-images.json');
  const seed = join(folder, 'seed.json');
  writeFileSync(config, JSON.stringify({ profile: 'rackspace', limits: { tags: 1 } }));
  writeFileSync(
    seed,
    JSON.stringify({
      accounts: [{ id: '7', name: 'seven' }],
      users: [{ name: 'ann', password: 'p', apiKey: 'k', account: '7', roles: ['identity:user-admin'] }],
    }),
  );
  await withEmulator(['--config', config, '--seed', seed], async ({ url, token }) => {
    const info = await ask(url, 'GET', '/emulator', undefined, { authorization: `Bearer ${token}` });
    assert.equal(JSON.parse(info.text).limits.tags, 1);
    const ann = await logIn(url, 'ann', 'p');
    assert.deepEqual((await ann.ask('GET', '/dfw/image/v2/images')).json['images'], []);
    assert.equal((await ann.ask('PATCH', '/dfw/image/v2/images/none', [], patchType)).status, 404);
    await assert.rejects(logIn(url, 'owner'), /401/);
  });
  removeFolder(folder);
});

test('a data folder keeps its profile; plain OpenStack has one region and no import tasks', async () => {
  const data = temporaryFolder();
  const emulator = await start(data, '--profile', 'openstack');
  const owner = await logIn(emulator.url, 'owner');
  const { images } = JSON.parse((await owner.ask('GET', '/regionone/image/v2/images')).text);
  assert.equal(images[0].os_hash_algo, 'sha512');
  assert.equal((await owner.ask('GET', '/dfw/image/v2/images')).status, 404);
  const task = { type: 'import', input: { import_from: 'exports/x.vhd', image_properties: {} } };
  assert.equal((await owner.ask('POST', '/regionone/image/v2/tasks', task)).status, 403);
  assert.equal((await owner.ask('GET', '/regionone/object-store/v1/AUTH_100001')).text, 'exports\n');
  await emulator.end();
  await assert.rejects(start(data), /holds a cloud of profile openstack/);
  removeFolder(data);
});

test('a port that is taken is said in one sentence, and nothing is seeded', async () => {
  await withEmulator([], async ({ url, process: holder }) => {
    const data = temporaryFolder();
    const { port } = new URL(url);
    const refused = spawnSync(process.execPath, [main, '--data', data, '--port', port, '--linger', '5'], {
      encoding: 'utf8',
    });
    assert.equal(refused.status, 1);
    assert.match(
      refused.stderr,
      new RegExp(
        `^cloud-images emulator: Port ${port} of 127\\.0\\.0\\.1 is taken by another program${process.platform === 'linux' ? ` \\(.*, process ${holder.pid}\\)` : ''}\\. Choose another with --port;`,
        'm',
      ),
    );
    const other = await start(data, '--profile', 'openstack', '--seed', 'empty');
    await other.end();
    assert.equal(existsSync(join(data, 'emulator.lock')), false);
    removeFolder(data);
  });
});

test('it runs from the command line too', async () => {
  const data = temporaryFolder();
  const child = spawn(process.execPath, [cli, 'emulator', '--data', data, '--seed', 'empty'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(child.stdout, 'data');
  assert.equal(JSON.parse(String(line)).pid, child.pid);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  removeFolder(data);
});
