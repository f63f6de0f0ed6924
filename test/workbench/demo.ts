import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Copies the demo workspace into `folder` and makes its disks. */
export async function makeDemo(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await cp(join(import.meta.dirname, '..', 'fixtures', 'demo'), folder, { recursive: true });
  return folder;
}
