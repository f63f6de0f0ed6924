import { resolve } from 'node:path';
import { readDiskFile } from '../disks/readDiskFile.ts';
import { findManifests } from '../lint/files.ts';
import { textIn } from '../manifests/encoding.ts';
import { CommandError } from '../verbs/errors.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import type { ManifestPart } from '../workspace/parts.ts';
import { orderFiles } from '../workspace/runOrder.ts';
import type { EditorSettings, PublishedLimits } from '../workspace/settings.ts';
import { maximumManifestBytes } from '../workspace/textFile.ts';
import { openWorkspace, type Workspace } from '../workspace/workspace.ts';

/** Manifests read from files, and the workspace that they are part of. */
export interface Parts {
  readonly parts: readonly ManifestPart[];
  readonly workspace: Workspace;
}

/** The folder that the command line is run in, as a workspace. */
export function openFolder(editor: EditorSettings, published: PublishedLimits | undefined): Workspace {
  return openWorkspace({
    files: nodeFiles,
    readDisk: readDiskFile,
    roots: () => [process.cwd()],
    editor: () => editor,
    published: () => published,
    byFolder: true,
  });
}

/** The documents of files, and of the manifests in folders, in the order in which they are run: that of the paths, and of a folder by `orderFiles`. Throws with file and line. */
export async function readParts(paths: readonly string[], workspace: Workspace): Promise<Parts> {
  const parts: ManifestPart[] = [];
  const requireSettings = async (file: string): Promise<void> => {
    const { problem } = await workspace.project(resolve(file));
    if (problem) throw new Error(problem);
  };
  for (const path of paths) {
    const files = await findManifests([path], async (file) => {
      await requireSettings(file);
      return (await workspace.kindHint(resolve(file)))?.kind !== undefined;
    });
    const read: ManifestPart[][] = [];
    for (const file of files) {
      await requireSettings(file);
      const text = textIn(await nodeFiles.readBytes(file, maximumManifestBytes), file);
      read.push(await workspace.parts({ text, path: resolve(file), name: file }));
    }
    parts.push(...orderFiles(read).flat());
  }
  if (parts.length === 0)
    throw new CommandError(
      'manifest/missing',
      'There is no manifest to run. Name a file, or a folder of manifests.',
    );
  return { parts, workspace };
}
