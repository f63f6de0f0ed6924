import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The oldest Node that `engines.vscode` brings, and the one of Debian, which `engines.node` promises. */
const versions = { 22: '22.23.3', 20: '20.20.2' } as const;

/**
 * The path of an older Node; installed from npm the first time, into the cache folder, since two packages that bring `node`
 * collide here.
 */
export function olderNode(major: keyof typeof versions): string {
  const version = versions[major];
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
