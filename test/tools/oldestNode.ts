import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The oldest Node that `engines.vscode` brings; in the cache folder, since two packages that bring `node` collide here. */
const version = '22.23.3';

/** The path of its executable; installed from npm the first time. */
export function oldestNode(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cloud-images');
  const folder = join(cache, `node-${version}`);
  const executable = join(
    folder,
    'node_modules',
    'node',
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(executable)) return executable;
  mkdirSync(cache, { recursive: true });
  const making = mkdtempSync(join(cache, 'node-making-'));
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['install', '--prefix', making, '--no-audit', '--no-fund', `node@${version}`], {
    stdio: 'pipe',
    shell: process.platform === 'win32',
  });
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(executable)) throw error; // another run was faster
  }
  return executable;
}
