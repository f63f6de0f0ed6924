import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/** Everything of Debian's that the tests use: command → packages. */
export const debianTools: Readonly<Record<string, readonly string[]>> = {
  'qemu-img': ['qemu-utils'],
  chromium: ['chromium', 'fonts-dejavu-core'],
  fish: ['fish'],
  glance: ['python3-glanceclient'],
  groff: ['groff'],
  mandoc: ['mandoc'],
  openstack: ['python3-openstackclient'],
  nova: ['python3-novaclient'],
  nvim: ['neovim'],
  pigz: ['pigz'],
  'pre-commit': ['pre-commit'],
  swift: ['python3-swiftclient'],
  'mkfs.ext4': ['e2fsprogs'],
  'mkfs.vfat': ['dosfstools'],
  'mkfs.ntfs': ['ntfs-3g'],
  sgdisk: ['gdisk'],
  'ssh-keygen': ['openssh-client'],
  zsh: ['zsh'],
};

/**
 * Makes a command of Debian's available, or a file that a path with a slash names (`*` stands for any letters): installs
 * its packages as root where it is missing. What they bring is not started as a service of the machine.
 * Throws one clear sentence where that cannot be done, so that no test is skipped in silence.
 */
export function ensureDebian(packages: readonly string[], command: string): void {
  if (hasDebian(command)) return;
  const remedy = `Install it first (Debian: apt-get install ${packages.join(' ')}).`;
  if (process.getuid?.() !== 0 || !hasDebian('apt-get'))
    throw new Error(`These tests need '${command}'. ${remedy}`);
  console.error(`Installing ${packages.join(' ')} …`);
  const policy = '/usr/sbin/policy-rc.d'; // asked by packages whether they may start their services
  const script = `[ -e ${policy} ] || { trap 'rm -f ${policy}' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >${policy}; chmod +x ${policy}; }
    apt-get update -q && apt-get install -qy --no-install-recommends ${packages.join(' ')}`;
  try {
    // Test files run side by side; apt does not wait for its own locks.
    execFileSync('flock', ['/tmp/cloud-images-apt.lock', 'sh', '-c', script], {
      stdio: 'pipe',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (error) {
    throw new Error(
      `These tests need '${command}', and installing ${packages.join(' ')} failed: ${String(error)}`,
    );
  }
  if (!hasDebian(command))
    throw new Error(`These tests need '${command}', and ${packages.join(' ')} did not bring it. ${remedy}`);
}

/** Whether a command of Debian is there, or a file that a path names. */
export function hasDebian(command: string): boolean {
  if (command.includes('/')) return globSync(command).length > 0;
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
  return (
    spawnSync('sh', ['-c', `command -v ${command}`], { env: { ...process.env, PATH: path } }).status === 0
  );
}
