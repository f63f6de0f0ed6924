import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { cliIn } from './cli.ts';

/** `cloud-images exec` and snapshots as files, as people run them. */

const folder = temporaryFolder();
const temporary = join(folder, 'tmp');
const cli = cliIn(folder);
const env = { TMPDIR: temporary, TEMP: temporary };
before(() => mkdirSync(temporary));
after(() => removeFolder(folder));

const node = (script: string): string[] => ['--', process.execPath, '-e', script];

test('a command finds its cloud by OS_ variables alone, and nothing of it is left', async () => {
  const script = 'console.log(JSON.stringify(process.env))';
  const { code, stdout, stderr } = await cli.run(
    ['exec', '--profile', 'openstack', '--seed', 'empty', '--user', 'observer', ...node(script)],
    { ...env, OS_CLOUD: 'production', OS_TOKEN: 'x', KEPT: 'yes' },
  );
  assert.equal(code, 0, stderr);
  const found: Record<string, string> = JSON.parse(stdout);
  const { OS_AUTH_URL = '', ...rest } = Object.fromEntries(
    Object.entries(found).filter(([name]) => name.startsWith('OS_')),
  );
  assert.match(OS_AUTH_URL, /^http:\/\/127\.0\.0\.1:\d+\/identity\/v3$/);
  assert.deepEqual(rest, {
    OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'observer',
    OS_PASSWORD: 'emulator',
    OS_PROJECT_NAME: '100001',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  });
  assert.equal(found['KEPT'], 'yes');
  assert.deepEqual(readdirSync(temporary), []);
  await assert.rejects(fetch(OS_AUTH_URL));
});

test('a wrong command line starts no cloud, and says what is wrong', async () => {
  for (const [args, message] of [
    [['exec'], /Name the command after --/],
    [['exec', '--'], /Name the command after --/],
    [['exec', '--profile', 'aws', '--', 'true'], /--profile takes rackspace or openstack/],
    [['exec', '--speed', 'fast', '--', 'true'], /--speed takes a number/],
    [['exec', '--seed', 'demo', '--snapshot', 'x', '--', 'true'], /either --seed or --snapshot/],
    [['emulator', 'snapshot', 'save'], /Name what to do and one file/],
  ] as const) {
    const { code, stderr } = await cli.run(args, env);
    assert.equal(code, 64, stderr);
    assert.match(stderr, message);
  }
  const missing = await cli.run(['exec', '--snapshot', 'none', '--', 'true'], env);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /--snapshot none does not exist\. Check the path\./);
  assert.deepEqual(readdirSync(temporary), []);
});

test('the command line of this machine works on it, and a saved snapshot begins another', async () => {
  const [program, file] = [process.argv0, join(cli.workspace, 'made.snapshot')];
  writeFileSync(
    join(cli.workspace, 'kept.image.yaml'),
    'name: kept\ndisk_format: raw\ncontainer_format: bare\n',
  );
  const own = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  const steps = [
    ['apply', 'kept.image.yaml', '--yes'],
    ['emulator', 'snapshot', 'save', file, '--emulator', '$DATA'],
    ['emulator', 'snapshot', 'save', file, '--emulator', '$DATA'],
  ];
  const script = `
    const { spawnSync } = require('node:child_process');
    const { readdirSync } = require('node:fs');
    const data = require('node:path').join(process.env.TMPDIR, readdirSync(process.env.TMPDIR)[0]);
    for (const args of ${JSON.stringify(steps)}) {
      const { status, stdout, stderr } = spawnSync(${JSON.stringify(program)}, [${JSON.stringify(own)}, ...args.map((one) => one.replace('$DATA', data))], { encoding: 'utf8' });
      console.log(status, stdout, stderr);
    }`;
  const made = await cli.run(['exec', '--profile', 'openstack', '--seed', 'empty', ...node(script)], env);
  assert.match(
    made.stdout,
    /^0 [\s\S]*\n0 Saved the cloud of \S+ with 0 bytes of content to [\s\S]*\n1 [\s\S]*is there already/,
    made.stdout,
  );
  const plan = ['exec', '--snapshot', file, '--', process.execPath, own, 'plan', 'kept.image.yaml'];
  const again = await cli.run(plan, env);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.equal(readFileSync(file).subarray(0, 13).toString(), 'snapshot.json');
  assert.deepEqual(readdirSync(temporary), []);
});

test('signals go to the command, whose end is the end', { skip: process.platform === 'win32' }, async () => {
  const started = cli.start(
    [
      'exec',
      '--seed',
      'empty',
      ...node(
        "process.on('SIGTERM', () => process.exit(5)); console.log('begun', process.pid, '.'); setInterval(() => 0, 1000)",
      ),
    ],
    env,
  );
  await started.said(/begun \d+ \./);
  started.kill('SIGTERM');
  const ended = await Promise.race([started.ended, wait(20_000, undefined, { ref: false })]);
  if (!ended) {
    process.kill(Number(/begun (\d+)/.exec(started.output())?.[1]), 'SIGKILL');
    await started.ended;
  }
  assert.ok(ended, 'The command has not ended 20 seconds after SIGTERM: it was not passed on.');
  assert.equal(ended.code, 5);
  const killed = await cli.run(
    ['exec', '--seed', 'empty', ...node("process.kill(process.pid, 'SIGKILL')")],
    env,
  );
  assert.equal(killed.code, 137);
  const missing = await cli.run(['exec', '--seed', 'empty', '--', 'no-such-command'], env);
  assert.equal(missing.code, 127);
  assert.match(missing.stderr, /There is no command 'no-such-command'/);
  assert.deepEqual(readdirSync(temporary), []);
});

test('a cloud whose exec was killed ends and removes itself', async () => {
  const script = "console.log('begun', process.pid, '.'); setInterval(() => 0, 1000)";
  const started = cli.start(['exec', '--seed', 'empty', ...node(script)], env);
  await started.said(/begun \d+ \./);
  assert.equal(readdirSync(temporary).length, 1);
  const gone = new Promise<void>((resolve) => {
    const watcher = watch(temporary, () => {
      if (readdirSync(temporary).length > 0) return;
      watcher.close();
      resolve();
    });
  });
  started.kill('SIGKILL');
  await gone;
  process.kill(Number(/begun (\d+)/.exec(started.output())?.[1]));
});
