import { execFileSync, spawnSync } from 'node:child_process';

/**
 * Makes a command of Debian's available: installs its packages as root where it is missing.
 * Throws one clear sentence where that cannot be done, so that no test is skipped in silence.
 */
export function ensureDebian(packages: readonly string[], command: string): void {
  if (has(command)) return;
  const remedy = `Install it first (Debian: apt-get install ${packages.join(' ')}).`;
  if (process.getuid?.() !== 0 || !has('apt-get'))
    throw new Error(`These tests need '${command}'. ${remedy}`);
  const options = { stdio: 'pipe', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
  try {
    execFileSync('apt-get', ['update', '-q'], options);
    execFileSync('apt-get', ['install', '-qy', '--no-install-recommends', ...packages], options);
  } catch (error) {
    throw new Error(
      `These tests need '${command}', and installing ${packages.join(' ')} failed: ${String(error)}`,
    );
  }
  if (!has(command))
    throw new Error(`These tests need '${command}', and ${packages.join(' ')} did not bring it. ${remedy}`);
}

function has(command: string): boolean {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  return (
    spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH: path } }).status === 0
  );
}
