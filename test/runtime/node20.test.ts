import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { startLanguageServer } from '../tools/languageServer.ts';
import { olderNode } from '../tools/olderNode.ts';

/** What ships, on the Node of Debian; README's commands are in readme.test.ts. */

const root = join(import.meta.dirname, '..', '..');
const node = olderNode(20);
const folder = mkdtempSync(join(tmpdir(), 'cloud-images-node20-'));
const workspace = join(folder, 'workspace');
const home = join(folder, 'home');
before(() => {
  for (const one of [workspace, home]) mkdirSync(one);
  for (const name of ['dist', 'node_modules']) symlinkSync(join(root, name), join(workspace, name));
});
after(() => rmSync(folder, { recursive: true, force: true }));

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

test('the tools for agents are served', async () => {
  const child = spawn(node, ['dist/cli.js', 'mcp'], {
    cwd: workspace,
    env: cleanEnvironment(),
    stdio: 'pipe',
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (id: number, method: string, params: object) => {
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return JSON.parse((await answers.next()).value ?? '').result;
  };
  const clientInfo = { name: 'test', version: '1' };
  await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
  const name = 'cloud_images_explain';
  const { structuredContent } = await ask(2, 'tools/call', { name, arguments: { rule: 'tag/url-safe' } });
  assert.equal(structuredContent.rule, 'tag/url-safe');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
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
