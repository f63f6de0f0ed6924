import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isAlive } from '../../server/system.ts';

/** VS Code 1.139.1, as npm's `code-server` carries it. */
export const codeServerVersion = '4.139.1';

/**
 * The folder of VS Code's server, installed from npm into the user's cache folder the first time it is asked for.
 * Safe against runs in parallel and against an install that was broken off: only a whole one has the final name.
 */
export async function codeServer(log: (line: string) => void = console.error): Promise<string> {
  const cache = join(cacheFolder(), 'cloud-images');
  const installed = join(cache, `code-server-${codeServerVersion}`);
  const vscode = join(installed, 'node_modules', 'code-server', 'lib', 'vscode');
  if (existsSync(installed)) return vscode;
  await mkdir(cache, { recursive: true });
  const unlock = await lock(`${installed}.lock`);
  try {
    if (!existsSync(installed)) {
      log(`Installing VS Code's server (code-server ${codeServerVersion}) into ${installed}, once…`);
      await install(cache, installed);
    }
  } finally {
    await unlock();
  }
  return vscode;
}

async function install(cache: string, installed: string): Promise<void> {
  const unfinished = await mkdtemp(join(cache, 'unfinished-'));
  try {
    await writeFile(join(unfinished, 'package.json'), '{ "private": true }\n');
    await npmInstall(unfinished, [`code-server@${codeServerVersion}`]);
    const vscode = join(unfinished, 'node_modules', 'code-server', 'lib', 'vscode');
    // Their install scripts compile native modules. VS Code does without them, and then no compiler is needed.
    await npmInstall(vscode, ['--omit=dev']);
    await npmInstall(join(vscode, 'extensions'), ['--omit=dev']);
    await rename(unfinished, installed);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function npmInstall(folder: string, what: readonly string[]): Promise<void> {
  const windows = process.platform === 'win32';
  const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawn('npm', ['install', '--prefix', '.', ...flags, ...what], {
    cwd: folder,
    env: npmEnvironment(),
    shell: windows,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  npm.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.once('error', reject).once('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      `VS Code's server (code-server ${codeServerVersion}) cannot be installed into ${folder}:\n${errors.trim()}`,
    );
}

/**
 * The environment for an npm of its own: npm hands its settings down to scripts. Where the registry is, and how it is reached,
 * counts there too; the rest is of this project.
 */
export function npmEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || reachesRegistry.test(name)),
  );
}

const reachesRegistry =
  /^npm_config_(?:registry|ca|cafile|cert|key|strict_ssl|proxy|https?_proxy|noproxy|userconfig|globalconfig|cache|offline|prefer_offline|fetch_.*)$/i;

/** Waits for its turn. A lock whose holder is gone counts for nothing. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
    else await wait(200);
  }
}

export function cacheFolder(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env;
  if (xdg) return xdg;
  return process.platform === 'win32' && local ? local : join(homedir(), '.cache');
}
