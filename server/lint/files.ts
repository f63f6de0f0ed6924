import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kindByName } from '../manifests/kinds.ts';

const skipped = new Set(['node_modules', '.git', 'dist', 'out']);

/** The manifests among files and in folders, each once, in order. Throws where a path does not exist. */
export async function findManifests(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined);
    if (!status) throw new Error(`There is no file or folder '${path}'.`);
    if (status.isDirectory()) found.push(...(await within(path)));
    else found.push(path);
  }
  return [...new Set(found)];
}

async function within(folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name)) found.push(...(await within(path)));
    else if (entry.isFile() && kindByName(entry.name)) found.push(path);
  }
  return found;
}
