import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { blobHolders } from './schema.ts';
import type { Store } from './store.ts';

/**
 * Bytes: immutable files named by the SHA-512 of their content, so equal content is stored once and no name that a
 * client chose is ever a path. A file is written beside, synced, then adopted: renamed and entered in one change.
 */
export interface Blobs {
  /** A path for a file that is not adopted yet. What stays there is removed at the next start. */
  incoming(): string;
  path(hash: string): string;
  /** Inside `store.write`: takes a finished and synced file over as content. Where the change is undone, the file stays. */
  adopt(file: string, hash: string, size: number): void;
  /** Inside `store.write`, after a row that held the content went: frees it when nothing else holds it. */
  release(hash: string): void;
  /** Removes files that no row knows. Answers what it found. */
  sweep(): Swept;
  count(): { blobs: number; bytes: number };
}

export interface Swept {
  readonly halfWritten: number;
  readonly orphans: number;
  readonly bytes: number;
}

export function openBlobs(folder: string, store: Store): Blobs {
  const incoming = join(folder, 'incoming');
  const content = join(folder, 'blobs');
  mkdirSync(incoming, { recursive: true, mode: 0o700 });
  mkdirSync(content, { recursive: true, mode: 0o700 });
  const path = (hash: string) => join(content, hash);
  const syncContent = () => syncFolder(content);
  const known = (hash: string) => store.get('SELECT 1 FROM blobs WHERE hash = ?', hash) !== undefined;
  const isHeld = blobHolders
    .map(({ table, column }) => `EXISTS (SELECT 1 FROM ${table} WHERE ${column} = ?1)`)
    .join(' OR ');

  return {
    incoming: () => join(incoming, randomUUID()),
    path,
    adopt: (file, hash, size) => {
      if (known(hash)) {
        store.afterCommit(() => rmSync(file, { force: true }));
        return;
      }
      store.run('INSERT INTO blobs (hash, size) VALUES (?, ?)', hash, size);
      // Renamed before the row is durable: a crash in between leaves a file without a row, which the next start sweeps.
      store.beforeCommit(() => renameSync(file, path(hash)));
      store.beforeCommit(syncContent);
    },
    release: (hash) => {
      const { changes } = store.run(`DELETE FROM blobs WHERE hash = ?1 AND NOT (${isHeld})`, hash);
      if (changes === 0) return;
      // A later change of the same commit may have adopted the same content again.
      store.afterCommit(() => {
        if (!known(hash)) rmSync(path(hash), { force: true });
      });
    },
    sweep: () => {
      const halves = readdirSync(incoming).map((name) => join(incoming, name));
      const orphans = readdirSync(content)
        .filter((name) => !known(name))
        .map((name) => join(content, name));
      const all = [...halves, ...orphans];
      const bytes = all.reduce((sum, file) => sum + statSync(file).size, 0);
      for (const file of all) rmSync(file, { force: true });
      return { halfWritten: halves.length, orphans: orphans.length, bytes };
    },
    count: () =>
      store.get<{ blobs: number; bytes: number }>(
        'SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blobs',
      ) ?? { blobs: 0, bytes: 0 },
  };
}

/** Makes renames in a folder durable. Windows has no such call and journals them itself. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
