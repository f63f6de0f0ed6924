import { randomUUID } from 'node:crypto';
import { fdatasync, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../folders.ts';
import { system } from '../../system.ts';
import type { Log } from '../kernel/log.ts';
import { type ContentColumn, createHolders } from './contentColumns.ts';
import { createIntegrity, type Integrity } from './integrity.ts';
import { cut, type Kept, type Piece } from './pieces.ts';
import { createRemoval } from './removal.ts';
import type { Store } from './store.ts';
import { derived, type Swept, sweepFolders } from './sweep.ts';

/**
 * Bytes: immutable files named by a hash of their content, so equal content is stored once and no name that a client
 * chose is ever a path. A file is written beside, synced, then adopted: renamed and entered in one change.
 * Content that is made of other content has no file of its own; it is parts of theirs.
 */
export interface Blobs extends Pick<Integrity, 'read' | 'readText' | 'prove' | 'refuseDamaged'> {
  /** Makes a file durable. Few at once, for a sync may take seconds and threads must be left to read and write. */
  sync(file: number): Promise<void>;
  /** A path for a file that is not adopted yet. What stays there is removed at the next start. */
  incoming(): string;
  /** Removes a file of `incoming` and those named after it, at the latest when the disk allows it. */
  discard(file: string): void;
  /**
   * Inside `store.write`: takes a finished and synced file over as content, also in place of one that is there: the bytes
   * have just been seen, and those there may have been damaged since. Where the change is undone, the file stays.
   */
  adopt(file: string, hash: string, size: number): void;
  /** Inside `store.write`: enters content that lies in the files of `kept`, which must not be released before the commit. */
  compose(hash: string, size: number, kept: Kept): void;
  /** The files of some pieces. They stay readable until released, whatever becomes of their rows meanwhile. */
  keep(pieces: readonly Piece[]): Kept;
  /** Inside `store.write`, after a row that held the content went: frees it when nothing else holds it. */
  release(hash: string): void;
  /** Removes files of ours that no row knows. Answers what it found. */
  sweep(): Swept;
  /** Tries again to remove what could not be removed. */
  retry(): void;
  count(): { blobs: number; bytes: number };
}

/** `columns`: the columns whose rows keep content alive. */
export function openBlobs(folder: string, store: Store, log: Log, columns: readonly ContentColumn[]): Blobs {
  // Long, since its parts share state that nothing else may reach.
  const incoming = join(folder, 'incoming');
  const content = join(folder, 'blobs');
  for (const each of [incoming, content]) makeFolder(each);
  const path = (hash: string) => join(content, hash);
  const syncContent = () => system.syncFolder(content);
  const known = (hash: string) => store.get('SELECT 1 FROM blobs WHERE hash = ?', hash) !== undefined;
  const hasFile = (hash: string) =>
    store.get(
      'SELECT 1 FROM blobs WHERE hash = ?1 AND NOT EXISTS (SELECT 1 FROM blob_parts WHERE whole = ?1)',
      hash,
    ) !== undefined;
  const holders = createHolders(store, columns);
  const sync = createSyncs();
  /** Readers of each file. */
  const readers = new Map<string, number>();
  const removal = createRemoval(log);
  const integrity = createIntegrity(store, path, holders.describe, log);
  const removeUnknown = (hash: string) => {
    // A later change of the same commit may have adopted the same content again.
    removal.remove(path(hash), () => !hasFile(hash) && !readers.has(hash));
  };
  const done = (hash: string) => {
    const left = (readers.get(hash) ?? 1) - 1;
    if (left > 0) readers.set(hash, left);
    else readers.delete(hash);
    if (left === 0) removeUnknown(hash);
  };
  const partsOf = (hash: string) =>
    store.all<Piece>(
      'SELECT part AS blob, start, length FROM blob_parts WHERE whole = ? ORDER BY number',
      hash,
    );
  const release = (hash: string): void => {
    const parts = partsOf(hash);
    const { changes } = store.run(`DELETE FROM blobs WHERE hash = ?1 AND NOT (${holders.condition})`, hash);
    if (changes === 0) return;
    store.afterCommit(() => removeUnknown(hash));
    for (const part of new Set(parts.map(({ blob }) => blob))) release(part);
  };

  /** Renamed before the row is durable: a crash in between leaves a file without a row, which the next start sweeps. */
  const takeOver = (file: string, hash: string, size: number) => {
    try {
      system.replaceFileSync(file, path(hash));
    } catch (error) {
      // It came twice with one commit, or what is there is held fast by the system, and is as good.
      const there = lstatSync(path(hash), { throwIfNoEntry: false });
      if (!there?.isFile() || there.size !== size) throw error;
      removal.remove(file);
      return;
    }
    integrity.vouch(hash);
  };
  /** Content that was made of parts gets a file of its own. */
  const leaveParts = (hash: string) => {
    const parts = partsOf(hash);
    if (parts.length === 0) return;
    store.run('DELETE FROM blob_parts WHERE whole = ?', hash);
    for (const part of new Set(parts.map(({ blob }) => blob))) release(part);
  };

  return {
    ...integrity,
    sync,
    incoming: () => join(incoming, randomUUID()),
    discard: (file) => {
      for (const path of [file, ...derived(file)]) removal.remove(path);
    },
    adopt: (file, hash, size) => {
      if (known(hash)) {
        leaveParts(hash);
        integrity.healed(hash);
      } else store.run('INSERT INTO blobs (hash, size) VALUES (?, ?)', hash, size);
      store.beforeCommit(() => takeOver(file, hash, size));
      store.beforeCommit(syncContent);
      store.afterFailure(() => removeUnknown(hash));
    },
    compose: (hash, size, { pieces }) => {
      let former: readonly string[] = [];
      if (known(hash)) {
        const parts = partsOf(hash).map(({ blob }) => blob);
        const files = parts.length > 0 ? parts : [hash];
        if (files.every(integrity.looksSound) || pieces.some(({ blob }) => blob === hash)) return;
        // Its own file is gone or damaged, or one of its parts, and these parts have just been read.
        former = parts;
        store.run('DELETE FROM blob_parts WHERE whole = ?', hash);
        integrity.healed(hash);
        store.afterCommit(() => removeUnknown(hash));
      } else store.run('INSERT INTO blobs (hash, size) VALUES (?, ?)', hash, size);
      // Rows of parts may have gone since they were kept; their files have not.
      for (const { blob } of pieces)
        if (!known(blob))
          store.run('INSERT INTO blobs (hash, size) VALUES (?, ?)', blob, statSync(path(blob)).size);
      for (const [number, { blob, start, length }] of pieces.entries())
        store.run(
          'INSERT INTO blob_parts (whole, number, part, start, length) VALUES (?, ?, ?, ?, ?)',
          hash,
          number,
          blob,
          start,
          length,
        );
      for (const part of new Set(former)) release(part);
    },
    keep: (asked) => {
      const pieces = asked.flatMap((piece) => {
        const parts = partsOf(piece.blob);
        return parts.length === 0 ? [piece] : cut(parts, piece.start, piece.length);
      });
      const hashes = new Set(pieces.map(({ blob }) => blob));
      for (const hash of hashes) readers.set(hash, (readers.get(hash) ?? 0) + 1);
      let released = false;
      return {
        pieces,
        files: pieces.map(({ blob, start, length }) => ({ path: path(blob), start, length })),
        release: () => {
          if (!released) for (const hash of hashes) done(hash);
          released = true;
        },
      };
    },
    release,
    sweep: () => sweepFolders({ incoming, content, known: hasFile, remove: removal.remove }),
    retry: removal.retry,
    count: () =>
      store.get<{ blobs: number; bytes: number }>(
        `SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blobs
         WHERE hash NOT IN (SELECT whole FROM blob_parts)`,
      ) ?? { blobs: 0, bytes: 0 },
  };
}

const syncsAtOnce = 2; // of the four threads that Node has for files

function createSyncs(): Blobs['sync'] {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (file) => {
    if (running >= syncsAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      await promisify(fdatasync)(file);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
