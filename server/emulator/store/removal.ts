import { rmSync } from 'node:fs';
import type { Log } from '../kernel/log.ts';

/** Removes files also where the system holds them fast: it says so once, and tries again. */
export interface Removal {
  /** `still` is asked each time whether the file is to go. Answers whether it is gone. */
  remove(path: string, still?: () => boolean): boolean;
  retry(): void;
}

export function createRemoval(log: Log): Removal {
  const waiting = new Map<string, () => boolean>();
  const told = new Set<string>();
  const remove: Removal['remove'] = (path, still = () => true) => {
    waiting.delete(path);
    if (!still()) return false;
    try {
      rmSync(path, { force: true });
      told.delete(path);
      return true;
    } catch (error) {
      if (!told.has(path))
        log.warn(
          `${path} is no longer needed and cannot be removed; it is tried again each minute: ${error instanceof Error ? error.message : String(error)}`,
        );
      told.add(path);
      waiting.set(path, still);
      return false;
    }
  };
  return {
    remove,
    retry: () => {
      for (const [path, still] of [...waiting]) remove(path, still);
    },
  };
}
