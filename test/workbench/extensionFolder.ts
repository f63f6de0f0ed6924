import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');

/**
 * A folder of extensions that holds this checkout: a server whose extensions folder has no index yet takes every folder
 * in it as installed. So a page needs no payload, and a reload brings what was built last.
 */
export async function extensionFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { publisher, name, version } = packageJson;
  await symlink(root, join(folder, `${publisher}.${name}-${version}`), 'junction');
  return folder;
}
