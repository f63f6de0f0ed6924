import { type FSWatcher, watch as watchFolder } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { skipped } from './files.ts';

/** Milliseconds that a change is given to come to its end: editors write a file in several steps. */
const settling = 100;

/** What is said while nothing changes. */
export const waitingText = 'Waiting for a change; Ctrl+C ends.';

/**
 * Runs at once, and again whenever a file of the paths changes, or `interval` milliseconds have passed without. Ends when it
 * is interrupted, or nobody reads what it says.
 */
export async function runAtChanges(
  paths: readonly string[],
  interrupted: AbortSignal,
  run: () => Promise<void>,
  interval?: number,
): Promise<void> {
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  const signal = AbortSignal.any([interrupted, unread.signal]);
  const changes = openChanges();
  signal.addEventListener('abort', changes.note, { once: true });
  try {
    while (!signal.aborted) {
      // Watched before it is read, so that no change is between the two.
      await changes.watch(paths);
      changes.forget();
      await run();
      const timer = interval === undefined ? undefined : setTimeout(changes.note, interval);
      await changes.noted();
      clearTimeout(timer);
      if (!signal.aborted) await delay(settling, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    changes.close();
  }
}

function openChanges() {
  const watchers = new Map<string, FSWatcher>();
  let isNoted = false;
  let wake = (): void => undefined;
  const note = (): void => {
    isNoted = true;
    wake();
  };
  const seen = (_: string, name: string | Buffer | null): void => {
    // A name without an ending may be a new folder.
    if (name === null || /\.(ya?ml|jsonc?|vhd|ova|qcow2|raw|img)$|^[^.]+$/i.test(String(name))) note();
  };
  return {
    note,
    forget: (): void => {
      isNoted = false;
    },
    noted: (): Promise<void> =>
      isNoted
        ? Promise.resolve()
        : new Promise((resolve) => {
            wake = resolve;
          }),
    watch: async (paths: readonly string[]): Promise<void> => {
      const folders = new Set<string>();
      for (const path of paths) await addFolders(path, folders);
      for (const [folder, watcher] of watchers)
        if (!folders.has(folder)) {
          watcher.close();
          watchers.delete(folder);
        }
      for (const folder of folders) {
        if (watchers.has(folder)) continue;
        try {
          const watcher = watchFolder(folder, seen);
          watcher.on('error', note); // it is gone: the next round watches what is there
          watchers.set(folder, watcher);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }
    },
    close: (): void => {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

/** The folder of a file, or a folder with those below it; of a pattern, those below what is fixed of it. */
async function addFolders(path: string, folders: Set<string>): Promise<void> {
  const fixed = /[*?{]/.test(path) ? (/^(?:[^*?{]*\/)?/.exec(path)?.[0] ?? '') || '.' : path;
  const status = await stat(fixed).catch(() => undefined);
  if (!status?.isDirectory()) {
    folders.add(dirname(fixed));
    return;
  }
  folders.add(fixed);
  const entries = await readdir(fixed, { withFileTypes: true }).catch(() => []);
  for (const entry of entries)
    if (entry.isDirectory() && !skipped.has(entry.name)) await addFolders(join(fixed, entry.name), folders);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
