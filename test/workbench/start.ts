/**
 * `npm start`: the demo workspace in a VS Code with this extension. A desktop VS Code where there is one, else one that is
 * served to the browser until Ctrl-C. `--port N` for a fixed port, `--served` to prefer the browser.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeDemo } from './demo.ts';
import { describeFailure } from './describeFailure.ts';
import { stopEmulatorOf } from './emulatorLock.ts';
import { extensionFolder } from './extensionFolder.ts';
import { serveVSCode } from './server.ts';

const root = join(import.meta.dirname, '..', '..');
const { port, prefersServed } = await readArguments().catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
// Listened for from the start, so that a Ctrl-C while the server comes up leaves nothing running either.
const ended = Promise.withResolvers<void>();
process.once('SIGINT', () => ended.resolve());
process.once('SIGTERM', () => ended.resolve());
const folder = await mkdtemp(join(tmpdir(), 'cloud-images-demo-'));
try {
  const demo = await makeDemo(join(folder, 'demo'));
  if (!prefersServed && (await hasDesktop())) await desktop(demo);
  else await served(demo);
} catch (error) {
  console.error(describeFailure(error));
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Throws with what is wrong with the options, and where the port is taken. */
async function readArguments(): Promise<{ port: number | undefined; prefersServed: boolean }> {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, served: { type: 'boolean', default: false } },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port === undefined) return { port, prefersServed: values.served };
  if (!(Number.isInteger(port) && port > 0 && port < 65_536))
    throw new Error(`--port takes a number from 1 to 65535, not '${values.port}'.`);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${error.code})`;
    throw new Error(`Port ${port} ${why}. Choose another: npm start -- --port ${port + 1}`, { cause: error });
  });
  server.close();
  await once(server, 'close');
  return { port, prefersServed: true };
}

async function desktop(demo: string): Promise<void> {
  console.log(`Opening ${demo} in VS Code. This ends when its window is closed.`);
  const window = [
    `--extensionDevelopmentPath=${root}`,
    '--new-window',
    '--wait',
    demo,
    join(demo, 'README.md'),
  ];
  const code = spawn('code', window, { stdio: 'inherit', shell: process.platform === 'win32' });
  const [status] = await once(code, 'exit');
  if (status !== 0)
    throw new Error(
      `VS Code ended with code ${status}. To open the demo in the browser instead: npm start -- --served`,
    );
}

async function served(demo: string): Promise<void> {
  const token = randomBytes(16).toString('hex');
  const data = join(folder, 'server');
  const extensions = await extensionFolder(join(folder, 'extensions'));
  const server = await serveVSCode({
    data,
    extensions,
    token,
    settings: { 'workbench.startupEditor': 'readme' },
    ...(port === undefined ? {} : { port }),
  });
  console.log(`\nVS Code serves the demo workspace. Open\n\n  ${server.window(demo)}\n\nCtrl-C ends it.`);
  await ended.promise;
  console.log('\nStopping VS Code and its emulator…');
  await stopEmulatorOf(data);
  await server.close();
}

/** A `code` that can open a window: not on a machine without a screen, and VS Code refuses to run as root. */
async function hasDesktop(): Promise<boolean> {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  if (process.platform === 'linux' && (!(DISPLAY || WAYLAND_DISPLAY) || process.getuid?.() === 0))
    return false;
  const { status, stdout } = spawnSync('code', ['--version'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status !== 0) return false;
  const manifest: { engines: { vscode: string } } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const needed = manifest.engines.vscode.replace('^', '');
  const [version = ''] = stdout.split('\n');
  if (version.localeCompare(needed, 'en', { numeric: true }) >= 0) return true;
  console.log(
    `The VS Code of this machine is ${version}; the extension needs ${needed}. Serving one instead.`,
  );
  return false;
}
