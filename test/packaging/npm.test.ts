import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { packForNpm } from '../../packaging/npm/pack.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { startLanguageServer } from '../tools/languageServer.ts';
import { olderNode } from '../tools/olderNode.ts';

/** The tarball for npm, packed and installed offline in an empty folder. */

const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
const work = join(folder, 'work');
const home = join(folder, 'home');
const temporary = join(folder, 'tmp');
const program = join(work, 'node_modules', 'cloud-images', 'dist', 'cli.js');
const own = Object.entries(process.env).filter(([name]) => !/^(OS_|NODE_|CLOUD_IMAGES_|npm_)/.test(name));
const env = {
  ...Object.fromEntries(own),
  ...{ HOME: home, USERPROFILE: home, TMPDIR: temporary, TEMP: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
};

after(() => removeFolder(folder));

before(() => {
  for (const one of [work, home, temporary]) mkdirSync(one);
  const tarball = packForNpm(join(folder, 'packed'));
  writeFileSync(join(work, 'package.json'), '{ "private": true, "type": "module" }');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['install', '--offline', '--no-audit', '--no-fund', tarball], {
    cwd: work,
    env,
    stdio: 'pipe',
    shell: process.platform === 'win32',
  });
});

function run(node: string, args: readonly string[]) {
  return spawnSync(node, args, { cwd: work, env, encoding: 'utf8' });
}

test('the package holds the programs, schemas and rules, needs no other, and has no extension in it', () => {
  const installed = join(work, 'node_modules', 'cloud-images');
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  const description = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  assert.equal(description.version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  assert.equal(description.dependencies, undefined);
  assert.deepEqual(
    readdirSync(join(work, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['cloud-images'],
  );
  for (const name of ['LICENSE', 'README.md', join('schemas', 'image.json'), join('dist', 'testing.d.ts')])
    assert.ok(files.includes(name), name);
  assert.deepEqual(
    files.filter((name) => /extension|\.map$|pictures|web|meta\.json|generated/.test(name)),
    [],
  );
});

test('on Node 20 manifests are checked, and what needs a newer one says so in a sentence', () => {
  const node = olderNode(20);
  writeFileSync(join(work, 'web.image.yaml'), 'name: web\ncom.rackspace__1__x: "1"\n');
  const version = run(node, [program, '--version']);
  assert.equal(version.stdout.trim(), JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  const lint = run(node, [program, 'lint']);
  assert.equal(lint.status, 1, lint.stderr);
  assert.match(lint.stdout, /2:1\s+error .*property\/protected/);
  const disk = run(node, [program, 'disk', 'web.image.yaml', '--json']);
  assert.match(disk.stdout, /"format"/);
  for (const args of [['emulator'], ['exec', '--', 'true'], ['rehearse', 'web.image.yaml']]) {
    const { status, stderr } = run(node, [program, ...args]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^(cloud-images \w+: )?The emulator needs Node 22\.13 or newer, .*\.\n$/);
  }
});

test('the command of the package starts an emulator that answers', async () => {
  const bin = join(
    work,
    'node_modules',
    '.bin',
    process.platform === 'win32' ? 'cloud-images.cmd' : 'cloud-images',
  );
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const child = spawn(bin, ['emulator', '--data', join(folder, 'data'), '--seed', 'empty'], {
    cwd: work,
    env: { ...env, PATH: path },
    stdio: ['ignore', 'pipe', 'ignore'],
    shell: process.platform === 'win32',
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url } = JSON.parse(String(line));
  assert.equal((await fetch(`${url}/dfw/image/versions`)).status, 200);
  child.kill();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
});

test('the language server of the package checks a manifest, on Node 20 too', async () => {
  for (const node of [process.execPath, olderNode(20)]) {
    const server = await startLanguageServer({ root: work, node, program: [program, 'lsp'] });
    const document = server.open(join(work, 'web.image.yaml'), 'name: web\ncom.rackspace__1__x: "1"\n');
    assert.deepEqual(
      (await document.diagnostics()).map(({ code }) => code),
      ['property/protected'],
    );
    await server.close();
  }
});

test('exec of the package gives a command its cloud and ends as it does', () => {
  const script = 'fetch(process.env.OS_AUTH_URL).then(({ status }) => process.exit(status === 200 ? 7 : 1))';
  const { status, stderr } = run(process.execPath, [
    program,
    'exec',
    '--seed',
    'empty',
    '--',
    process.execPath,
    '-e',
    script,
  ]);
  assert.equal(status, 7, stderr);
  assert.deepEqual(readdirSync(temporary), []);
});

test('a test in TypeScript starts a cloud, and the types are those of the package', () => {
  writeFileSync(
    join(work, 'cloud.ts'),
    `import { type Cloud, startCloud } from 'cloud-images/testing';
async function count(cloud: Cloud): Promise<number> {
  const { url, credentials: { userName, password, project } } = cloud;
  const auth = { identity: { methods: ['password'], password: { user: { name: userName, password, domain: { id: 'default' } } } },
    scope: { project: { name: project, domain: { id: 'default' } } } };
  const signedIn = await fetch(cloud.authUrl + '/auth/tokens', { method: 'POST', body: JSON.stringify({ auth }), headers: { 'content-type': 'application/json' } });
  const token = String(signedIn.headers.get('x-subject-token'));
  const listed = await fetch(url + '/regionone/image/v2/images', { headers: { 'x-auth-token': token } });
  if (!listed.ok) throw new Error(String(listed.status));
  return ((await listed.json()) as { images: unknown[] }).images.length;
}
let url = '';
{
  await using cloud = await startCloud({ profile: 'openstack', seed: 'demo' });
  url = cloud.url;
  const before = await count(cloud);
  await cloud.snapshot('demo');
  await cloud.saveFile('demo.snapshot');
  await cloud.reset('empty');
  const emptied = await count(cloud);
  await cloud.restore('demo');
  const restored = await count(cloud);
  await cloud.clock.pause();
  const now = await cloud.clock.now();
  const stepped = (await cloud.clock.step('1h')).getTime() - now.getTime();
  await cloud.faults.add({ path: '/regionone/image/*', status: 503 });
  const failed = await count(cloud).catch((error: Error) => error.message);
  const fault = (await cloud.requests()).find(({ status }) => status === 503)?.fault !== undefined;
  await using other = await startCloud({ snapshot: 'demo.snapshot' });
  const begun = await count(other);
  await cloud.reset('empty');
  await cloud.restoreFile('demo.snapshot');
  console.log(JSON.stringify({ same: [restored === before, begun === before, (await count(cloud)) === before], more: before > 0, emptied, stepped, failed, fault, env: cloud.env['OS_REGION_NAME'] }));
}
console.log(await fetch(url).then(() => 'alive', () => 'gone'));
`,
  );
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')];
  const checked = run(process.execPath, [
    ...[
      join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
    ],
    ...['--target', 'es2024', '--lib', 'es2024,esnext.disposable', ...types, 'cloud.ts'],
  ]);
  assert.equal(checked.status, 0, checked.stdout);
  const ran = run(process.execPath, ['cloud.ts']);
  assert.equal(ran.status, 0, ran.stderr);
  const [said = '', end] = ran.stdout.trim().split('\n');
  assert.deepEqual(JSON.parse(said), {
    same: [true, true, true],
    more: true,
    emptied: 0,
    stepped: 3_600_000,
    failed: '503',
    fault: true,
    env: 'RegionOne',
  });
  assert.equal(end, 'gone');
  assert.deepEqual(readdirSync(temporary), []);
});
