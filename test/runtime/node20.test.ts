import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { startEmulator } from '../tools/emulator.ts';
import { startLanguageServer } from '../tools/languageServer.ts';
import { olderNode } from '../tools/olderNode.ts';
import { makeDemo } from '../workbench/demo.ts';

/** What ships, on the Node of Debian: README's commands as they are written there, in a demo workspace. */

const root = join(import.meta.dirname, '..', '..');
const node = olderNode(20);
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-node20-'));
const workspace = join(folder, 'workspace');
const home = join(folder, 'home');
let emulator: Awaited<ReturnType<typeof startEmulator>>;
before(async () => {
  await makeDemo(workspace);
  mkdirSync(home);
  symlinkSync(join(root, 'dist'), join(workspace, 'dist'));
  symlinkSync(join(root, 'node_modules'), join(workspace, 'node_modules'));
  cpSync(join(workspace, 'manifests', 'web.image-import.yaml'), join(workspace, 'web.image-import.yaml'));
  writeFileSync(join(workspace, 'web.image.yaml'), 'name: Web frontend\norg.example.release: "2"\n');
  emulator = await startEmulator({ data: join(home, '.cloud-images', 'emulator') });
  const auth = { auth_url: `${emulator.url}/identity/v3`, username: 'owner', password: 'emulator' };
  const production = {
    auth: { ...auth, project_name: '100001', user_domain_name: 'Default', project_domain_name: 'Default' },
    region_name: 'DFW',
    profile: 'rackspace',
  };
  writeFileSync(join(workspace, 'clouds.yaml'), JSON.stringify({ clouds: { production } }));
});
after(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

test("README's commands run as they are written", async (context) => {
  assert.match((await run(['--version'])).stdout, /^v20\./);
  const commands = [
    ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^node (dist\/cli\.js .*?)(?: +#.*)?$/gm),
  ]
    .map(([, command = '']) => command)
    .filter((command) => !command.includes(' emulator '));
  assert.ok(commands.length >= 11, commands.join('\n'));
  const imported = commands.findIndex((command) => command.includes(' import '));
  let image = '';
  // What works on an image comes after the import that makes it.
  for (const command of [commands[imported] ?? '', ...commands.toSpliced(imported, 1)]) {
    await context.test(command, async () => {
      // A cloud that is no emulator is asked about a task each 30 seconds only.
      const asked = / (apply|import|export) /.test(command)
        ? ['--yes']
        : / transfer /.test(command)
          ? ['--dry-run']
          : [];
      const given = command
        .replace('IMAGE', image)
        .split(' ')
        .map((word) => word.replaceAll("'", ''));
      const { code, stdout, stderr } = await run([...given, ...asked]);
      assert.doesNotMatch(stderr, /TypeError|ReferenceError|SyntaxError|\bat .*\.js:\d/);
      // The demo holds mistakes, which lint, rehearse and disk are to find.
      assert.ok(
        code === 0 ||
          (code === 1 && / (lint|rehearse|disk) /.test(`${command} `)) ||
          (code === 2 && / plan /.test(command)),
        `${code}\n${stdout}${stderr}`,
      );
      image ||= /done, ([0-9a-f-]{36})/.exec(stdout)?.[1] ?? '';
    });
  }
});

test('the language server runs', async () => {
  const server = await startLanguageServer({ node });
  const document = server.open('/nowhere/a.image.yaml', 'tags: [a b]\n');
  const found = await document.diagnostics();
  assert.deepEqual(
    found.map(({ code }) => code),
    ['tag/url-safe'],
  );
  await server.close();
});

test('the emulator runs on the Node that npm brought, and ends with the process that was started', async () => {
  const child = spawn(node, ['dist/cli.js', 'emulator', '--data', join(folder, 'own')], {
    cwd: workspace,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url } = JSON.parse(String(line));
  assert.equal((await fetch(`${url}/dfw/image/versions`)).status, 200);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  await assert.rejects(fetch(`${url}/dfw/image/versions`));
});

test('without a fitting Node the emulator says in one sentence what it needs', async () => {
  const alone = join(folder, 'alone');
  cpSync(join(root, 'dist'), join(alone, 'dist'), { recursive: true });
  const { code, stderr } = await run([join(alone, 'dist', 'cli.js'), 'emulator']);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^The emulator needs Node 22\.13 or newer, and this is 20\.[\d.]+\. Install a newer Node, .*\.\n$/,
  );
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(parameters: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(node, parameters, { cwd: workspace, env: cleanEnvironment() }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, stdout, stderr }),
    );
  });
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(OS_|NODE_|CLOUD_IMAGES_)/.test(name));
  return { ...Object.fromEntries(own), HOME: home, USERPROFILE: home };
}
