import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { containerFolders, diskPaths } from '../../server/workspace/diskPaths.ts';
import { nearestProject, saidIn } from '../../server/workspace/projectFile.ts';
import { readSettings } from '../../server/workspace/textFile.ts';

export interface DiskFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * The file of the disk `container/object`, found as the language server finds it: in the container's folder by setting or
 * `.cloud-images.json`, else in a folder of the container's name in the workspace, or beside the manifest. A workspace that is
 * not trusted chooses no folder.
 */
export async function findDisk(
  importFrom: string,
  manifest: string,
  root: string | undefined,
  setting: Readonly<Record<string, string>>,
  trusted: boolean,
): Promise<DiskFile | undefined> {
  const project = await nearestProject(manifest, root, (path) => readSettings(path).catch(() => undefined));
  const containers = new Map([
    ...(project && trusted ? containerFolders(saidIn(project.text, 'containers'), project.folder) : []),
    ...containerFolders(setting, root ?? dirname(manifest)),
  ]);
  for (const path of diskPaths(importFrom, { path: manifest, root, containers })) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) return { path, bytes: found.size };
  }
  return undefined;
}
