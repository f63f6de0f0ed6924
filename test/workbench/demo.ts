import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDisk } from '../tools/disks.ts';

/** Copies the demo workspace into `folder` and makes its disks, which are not kept in the repository. */
export async function makeDemo(folder: string): Promise<string> {
  const exports = join(folder, 'exports');
  await mkdir(exports, { recursive: true });
  await cp(join(import.meta.dirname, '..', 'fixtures', 'demo'), folder, { recursive: true });
  makeDisk(join(exports, 'web.vhd'), 'linux');
  makeDisk(join(exports, 'windows.vhd'), 'windows-bios');
  makeDisk(join(exports, 'archive.vhd'), '41-gib');
  return folder;
}
