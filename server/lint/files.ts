import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kindByName } from '../manifests/kinds.ts';
import { CommandError } from '../verbs/errors.ts';
import { compileGlob } from '../workspace/globs.ts';

/** Folders that are not searched. */
export const skipped = new Set(['node_modules', '.git', 'dist', 'out']);

/**
 * The manifests among files, in folders and under patterns (`deploy/**` + `/*.yaml`), each once, in order. In a folder those
 * are meant whose name says a kind, or which `told` of the settings says so. Throws where there is nothing.
 */
export async function findManifests(
  paths: readonly string[],
  told: (path: string) => Promise<boolean>,
): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const status = await stat(path).catch(() => undefined);
    const files = status?.isDirectory()
      ? await within(path, async (file, name) => kindByName(name) !== undefined || told(file))
      : status
        ? [path]
        : await matching(path);
    for (const file of files) found.add(file);
  }
  return [...found];
}

async function matching(pattern: string): Promise<string[]> {
  if (!/[*?{]/.test(pattern))
    throw new CommandError('file/missing', `There is no file or folder '${pattern}'.`);
  const normal = pattern.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  const folder = /^(?:[^*?{]*\/)?/.exec(normal)?.[0] ?? '';
  const glob = compileGlob(normal);
  const found = await within(folder || '.', async (file) => glob.matches(file.replaceAll('\\', '/'))).catch(
    () => [],
  );
  if (found.length === 0) throw new CommandError('manifest/missing', `No manifest matches '${pattern}'.`);
  return found;
}

function within(
  folder: string,
  accepts: (path: string, name: string) => Promise<boolean>,
): Promise<string[]> {
  return listFiles(folder, async (path, name) => /\.(ya?ml|jsonc?)$/i.test(name) && accepts(path, name));
}

/** The files of a folder and of those below, in order; what is `skipped` is not entered. */
export async function listFiles(
  folder: string,
  accepts: (path: string, name: string) => Promise<boolean>,
): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skipped.has(entry.name))
      for (const each of await listFiles(path, accepts)) found.push(each);
    else if (entry.isFile() && (await accepts(path, entry.name))) found.push(path);
  }
  return found;
}
