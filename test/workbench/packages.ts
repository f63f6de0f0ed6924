import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, codeServer, npmEnvironment } from './codeServer.ts';

const root = join(import.meta.dirname, '..', '..');
const vsix = join('dist', 'cloud-images.vsix');

/** Packages this checkout as people install it. Answers the file. */
export async function packageExtension(): Promise<string> {
  await npm(root, 'run', '--silent', 'package');
  return join(root, vsix);
}

/** Packages the extension as it was at a commit, once a machine. Answers the file. */
export async function packageCommit(commit: string): Promise<string> {
  const folder = join(cacheFolder(), 'cloud-images');
  const kept = join(folder, `cloud-images-${commit}.vsix`);
  if (existsSync(kept)) return kept;
  await mkdir(folder, { recursive: true });
  const source = await mkdtemp(join(folder, 'unfinished-'));
  try {
    const tar = join(source, 'source.tar');
    await run('git', ['-C', root, 'archive', '--output', tar, commit]);
    await run('tar', ['-xf', tar, '-C', source]);
    await npm(source, 'ci', '--no-audit', '--no-fund', '--prefer-offline');
    await npm(source, 'run', '--silent', 'package');
    await rename(join(source, vsix), kept);
  } finally {
    await rm(source, { recursive: true, force: true });
  }
  return kept;
}

/** Installs a package into a VS Code that does not run, over the one that is there. */
export async function installExtension(
  file: string,
  { extensions, data }: { readonly extensions: string; readonly data: string },
): Promise<void> {
  const program = join(await codeServer(), 'out', 'server-main.js');
  await run(process.execPath, [
    program,
    ...['--install-extension', file, '--force', '--accept-server-license-terms'],
    ...['--extensions-dir', extensions, '--server-data-dir', data],
  ]);
}

async function npm(folder: string, ...parameters: string[]): Promise<void> {
  await promisify(execFile)('npm', parameters, {
    cwd: folder,
    env: npmEnvironment(),
    shell: process.platform === 'win32',
    maxBuffer: 2 ** 26,
  });
}

async function run(command: string, parameters: readonly string[]): Promise<void> {
  await promisify(execFile)(command, parameters, { maxBuffer: 2 ** 26 });
}
