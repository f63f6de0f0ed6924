import { stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { nearestProject, saidIn } from '../server/manifests/projectFile.ts';
import { readText } from '../server/manifests/textFile.ts';

export interface DiskPlace {
  readonly container: string;
  readonly object: string;
}

export interface DiskFile {
  readonly path: string;
  readonly bytes: number;
}

/** The parts of `container/object`. */
export function placeOf(importFrom: string): DiskPlace | undefined {
  const slash = importFrom.indexOf('/');
  const [container, object] = [importFrom.slice(0, slash), importFrom.slice(slash + 1)];
  return slash < 1 || object === '' || container === '.' || container === '..'
    ? undefined
    : { container, object };
}

/**
 * The file of a disk, found as the language server finds it: in the container's folder by setting or `.cloud-images.json`,
 * else in a folder of the container's name in the workspace, or beside the manifest. A name never leads out of the folder.
 */
export async function findDisk(
  { container, object }: DiskPlace,
  manifest: string,
  root: string | undefined,
  setting: Readonly<Record<string, string>>,
): Promise<DiskFile | undefined> {
  for (const folder of await foldersOf(container, manifest, root, setting)) {
    const path = resolve(folder, object);
    const inside = relative(folder, path);
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return { path, bytes: found.size };
  }
  return undefined;
}

async function foldersOf(
  container: string,
  manifest: string,
  root: string | undefined,
  setting: Readonly<Record<string, string>>,
): Promise<string[]> {
  const beside = dirname(manifest);
  const named = Object.hasOwn(setting, container) ? setting[container] : undefined;
  if (named !== undefined) return [resolve(root ?? beside, named)];
  const project = await projectFolder(container, manifest, root);
  if (project !== undefined) return [project];
  return [...new Set([root ?? beside, beside])].map((base) => join(base, container));
}

/** The container's folder by the nearest `.cloud-images.json`. */
async function projectFolder(
  container: string,
  manifest: string,
  root: string | undefined,
): Promise<string | undefined> {
  const found = await nearestProject(manifest, root, (path) => readText(path).catch(() => undefined));
  const said = found && Object.entries(saidIn(found.text, 'containers')).find(([name]) => name === container);
  return found && typeof said?.[1] === 'string' ? resolve(found.folder, said[1]) : undefined;
}
