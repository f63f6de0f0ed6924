import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, for their owner alone. Node's own recursive call never returns below a folder that
 * takes none and says that there is none (`/proc`). Throws what the system says.
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !isFolder(folder) && dirname(folder) !== folder; folder = dirname(folder))
    missing.push(folder);
  for (const folder of missing.toReversed()) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (!isFolder(folder)) throw error; // unless another process was faster
    }
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
