import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isContentName, isIncomingName, ownFiles } from './names.ts';
import type { Removal } from './removal.ts';

/** Files that a start found and no record names. */
export interface Swept {
  readonly halfWritten: number;
  readonly orphans: number;
  readonly bytes: number;
  /** Paths in the data folder that are not the store's, and stay. */
  readonly left: readonly string[];
}

interface Folders {
  readonly incoming: string;
  readonly content: string;
  /** True where a row names the content. */
  known(name: string): boolean;
  readonly remove: Removal['remove'];
}

/** Removes regular files whose names the store gave and no row names. Nothing else is touched, and no link followed. */
export function sweepFolders({ incoming, content, known, remove }: Folders): Swept {
  const halves = ownFiles(incoming, isIncomingName).map((name) => join(incoming, name));
  const orphans = ownFiles(content, isContentName)
    .filter((name) => !known(name))
    .map((name) => join(content, name));
  let bytes = 0;
  const removed = (files: readonly string[]) =>
    files.filter((file) => {
      const { size } = lstatSync(file);
      const isGone = remove(file);
      if (isGone) bytes += size;
      return isGone;
    }).length;
  return {
    halfWritten: removed(halves),
    orphans: removed(orphans),
    bytes,
    left: [...strange(incoming, isIncomingName), ...strange(content, isContentName)],
  };
}

function strange(folder: string, isName: (name: string) => boolean): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isFile() || !isName(entry.name))
    .map(({ name }) => `${basename(folder)}/${name}`);
}

/** The files that were made beside a file of `incoming` and carry its name. */
export function derived(file: string): string[] {
  const folder = dirname(file);
  return ownFiles(folder, (name) => name.startsWith(`${basename(file)}-`) && isIncomingName(name)).map(
    (name) => join(folder, name),
  );
}
