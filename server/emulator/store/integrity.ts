import { createHash, type Hash } from 'node:crypto';
import {
  close,
  constants,
  fstatSync,
  lstatSync,
  open,
  read,
  readFileSync,
  readSync,
  type Stats,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Log } from '../kernel/log.ts';
import { readHashName } from './names.ts';
import type { Kept, Piece } from './pieces.ts';
import type { Store } from './store.ts';

/** What is wrong with a content's file, within a sentence. */
export const damageText = {
  size: (actual: number, expected: number) => `its file has ${actual} bytes instead of ${expected}`,
  bytes: 'its bytes are not what they were',
} as const;

/**
 * Checks that content is still what its name says. A file that this process has written, or has read and compared, counts as
 * sound while its inode, size and times stay the same: what changes below the file system is found by the first reading
 * of the next process, or by `--check --deep`.
 */
export interface Integrity {
  /**
   * The bytes of kept pieces in order. A file that is read whole is compared with its name, and the bytes end before its
   * last ones where it differs. So is one of which parts are read, before they are: where it is larger than `provenFirst`
   * only if these bytes are `all` of something. Two buffers take turns: a chunk stays as it is until the next but one is
   * asked for. Small pieces share a chunk, and neighbours of one file its opening; before the last chunk comes, every file
   * is closed. Throws Damaged.
   */
  read(kept: Kept, all?: boolean): AsyncGenerator<Buffer>;
  /** A small content as text. Throws Damaged. */
  readText(kept: Kept): string;
  /** Reads whatever of the files is not known to be sound. Throws Damaged. */
  prove(kept: Kept): Promise<void>;
  /** Where it is known by now, without reading anything large, that some of it is gone or damaged: throws Damaged. */
  refuseDamaged(kept: Kept): Promise<void>;
  /** The file has just been written with the bytes of its name. */
  vouch(hash: string): void;
  /** Inside `store.write`: it is no longer damaged. */
  healed(hash: string): void;
  /** True where its file is there in its size, and was not found damaged. */
  looksSound(hash: string): boolean;
}

/** Content that is gone, or no longer what its name says. */
export class Damaged extends Error {}

const openFile = promisify(open);
const closeFile = promisify(close);
const readBytes = promisify(read);
const chunkBytes = 128 * 1024;
/** Bytes that are read at once, without another thread: that would take longer than the reading. */
const smallBytes = 4096;
const proofBytes = 1024 * 1024;
/** A file up to this is compared as a whole before a range of it is sent: it takes a moment, and once. */
const provenFirst = 64 * 2 ** 20;
/** Files that are remembered; those before them are read again. */
const mostRemembered = 50_000;
/** Files that are looked at before an answer begins. */
const mostLookedAt = 16;
// A link in place of a file is not followed; Windows has no such flag, and makes links for administrators only.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export function createIntegrity(
  store: Store,
  pathOf: (hash: string) => string,
  describeHolders: (hash: string) => string,
  log: Log,
): Integrity {
  // Long, since its parts share state that nothing else may reach.
  const told = new Set<string>();
  const sound = new Map<string, string>();
  const bad = new Map<string, string>();
  const remember = (known: Map<string, string>, hash: string, stat: Stats) => {
    const oldest = known.size < mostRemembered ? undefined : known.keys().next().value;
    if (oldest !== undefined) known.delete(oldest);
    known.set(hash, fingerprint(stat));
  };
  const sizeOf = (hash: string) =>
    store.get<{ size: number }>('SELECT size FROM blobs WHERE hash = ?', hash)?.size;
  const markOf = (hash: string) =>
    store.get<{ problem: string }>('SELECT problem FROM damaged_blobs WHERE hash = ?', hash)?.problem;
  const isMarked = (hash: string) => markOf(hash) !== undefined;

  /** Logs and marks it, and answers what to throw. */
  const found = (hash: string, problem: string): Damaged => {
    const message = `The stored content ${hash.slice(0, 16)}… is damaged: ${problem}.`;
    if (!told.has(hash)) {
      told.add(hash);
      log.warn(
        `${message} It belongs to ${describeHolders(hash)}. Upload the same bytes again, or stop the emulator and run it with --check --deep.`,
      );
      store
        .free(() =>
          store.run(
            'INSERT OR REPLACE INTO damaged_blobs SELECT hash, ? FROM blobs WHERE hash = ?',
            problem,
            hash,
          ),
        )
        .catch((error) => log.error(`That content ${hash} is damaged could not be entered`, error));
    }
    return new Damaged(message);
  };
  const unmark = (hash: string) => {
    told.delete(hash);
    if (isMarked(hash))
      store
        .free(() => store.run('DELETE FROM damaged_blobs WHERE hash = ?', hash))
        .catch((error) => log.error(`That content ${hash} is sound could not be entered`, error));
  };

  /** True where an open file is not known to be sound. Throws Damaged where its size is wrong. */
  const isUnknown = (hash: string, stat: Stats): boolean => {
    if (sound.get(hash) === fingerprint(stat)) return false;
    const size = sizeOf(hash);
    if (size !== undefined && stat.size !== size) throw found(hash, damageText.size(stat.size, size));
    return true;
  };
  const conclude = (hash: string, stat: Stats, sum: Hash): void => {
    if (sum.digest('hex') === hash) {
      remember(sound, hash, stat);
      unmark(hash);
      return;
    }
    remember(bad, hash, stat);
    throw found(hash, damageText.bytes);
  };
  const openSound = async (hash: string, path: string): Promise<number> => {
    try {
      return await openFile(path, flags);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT') throw found(hash, 'its file is gone');
      if (code === 'ELOOP') throw found(hash, 'a link stands in place of its file');
      throw error;
    }
  };
  const proveFile = async (hash: string, file: number): Promise<void> => {
    const stat = fstatSync(file);
    if (!isUnknown(hash, stat)) return;
    const sum = createHash(readHashName(hash));
    const buffer = Buffer.allocUnsafeSlow(Math.min(proofBytes, Math.max(1, stat.size)));
    for (let at = 0; at < stat.size; ) {
      const { bytesRead } = await readBytes(file, buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      sum.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    conclude(hash, stat, sum);
  };
  const prove = async ({ pieces, files }: Kept): Promise<void> => {
    const proven = new Set<string>();
    for (const [index, { blob }] of pieces.entries()) {
      const path = files[index]?.path;
      if (path === undefined || proven.has(blob)) continue;
      proven.add(blob);
      const file = await openSound(blob, path);
      try {
        await proveFile(blob, file);
      } finally {
        await closeFile(file);
      }
    }
  };

  /** The sum to compare at the end of a piece that is a whole file; undefined where nothing is left to compare. */
  const beginPiece = async (
    file: number,
    { blob, start, length }: Piece,
    all: boolean,
  ): Promise<{ sum: Hash; stat: Stats } | undefined> => {
    const stat = fstatSync(file);
    if (!isUnknown(blob, stat)) return undefined;
    if (start === 0 && length === stat.size) return { sum: createHash(readHashName(blob)), stat };
    if (all || stat.size <= provenFirst) await proveFile(blob, file);
    return undefined;
  };

  async function* readKept({ pieces, files }: Kept, all = false): AsyncGenerator<Buffer> {
    let left = files.reduce((sum, { length }) => sum + length, 0);
    const bytes = Math.min(chunkBytes, left);
    const buffers = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)] as const;
    let turn: 0 | 1 = 0;
    let filled = 0;
    let opened: { path: string; file: number } | undefined;
    const closeOpened = async () => {
      const before = opened;
      opened = undefined;
      if (before) await closeFile(before.file);
    };
    try {
      for (const [index, piece] of pieces.entries()) {
        const { blob, start, length } = piece;
        const path = files[index]?.path ?? '';
        if (opened?.path !== path) {
          await closeOpened();
          opened = { path, file: await openSound(blob, path) };
        }
        const { file } = opened;
        const check = await beginPiece(file, piece, all);
        for (let done = 0; done < length; ) {
          const buffer = buffers[turn];
          const wanted = Math.min(bytes - filled, length - done);
          const bytesRead =
            length <= smallBytes
              ? readSync(file, buffer, filled, wanted, start + done)
              : (await readBytes(file, buffer, filled, wanted, start + done)).bytesRead;
          if (bytesRead === 0) throw found(blob, 'its file is shorter than its record says');
          check?.sum.update(buffer.subarray(filled, filled + bytesRead));
          done += bytesRead;
          filled += bytesRead;
          left -= bytesRead;
          if (check && done === length) conclude(blob, check.stat, check.sum);
          if (filled < bytes && left > 0) continue;
          if (left === 0) await closeOpened();
          const chunk = buffer.subarray(0, filled);
          turn = turn === 0 ? 1 : 0;
          filled = 0;
          yield chunk;
        }
      }
    } finally {
      await closeOpened();
    }
  }

  return {
    read: readKept,
    readText: ({ pieces, files }) =>
      files
        .map(({ path, start, length }, index) => {
          const hash = pieces[index]?.blob ?? '';
          const stat = lstatSync(path, { throwIfNoEntry: false });
          if (!stat?.isFile()) throw found(hash, 'its file is gone');
          const bytes = readFileSync(path);
          if (isUnknown(hash, stat)) conclude(hash, stat, createHash(readHashName(hash)).update(bytes));
          return bytes.subarray(start, start + length).toString();
        })
        .join(''),
    prove,
    refuseDamaged: async (kept) => {
      const marks = store.get('SELECT 1 FROM damaged_blobs LIMIT 1') !== undefined;
      const hashes = [...new Set(kept.pieces.map(({ blob }) => blob))];
      for (const [index, hash] of hashes.entries()) {
        const stat =
          index < mostLookedAt || marks ? lstatSync(pathOf(hash), { throwIfNoEntry: false }) : undefined;
        if (index < mostLookedAt) {
          if (!stat?.isFile()) throw found(hash, 'its file is gone');
          isUnknown(hash, stat);
        }
        const problem = marks ? markOf(hash) : undefined;
        if (problem === undefined) continue;
        if (stat && bad.get(hash) === fingerprint(stat)) throw found(hash, problem);
        await prove({
          ...kept,
          pieces: [{ blob: hash, start: 0, length: 0 }],
          files: [{ path: pathOf(hash), start: 0, length: 0 }],
        });
      }
    },
    vouch: (hash) => {
      const stat = lstatSync(pathOf(hash), { throwIfNoEntry: false });
      if (stat) remember(sound, hash, stat);
    },
    healed: (hash) => {
      told.delete(hash);
      store.run('DELETE FROM damaged_blobs WHERE hash = ?', hash);
    },
    looksSound: (hash) => {
      const stat = lstatSync(pathOf(hash), { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.size === sizeOf(hash) && !isMarked(hash);
    },
  };
}

/** Changes with the file: written anew it has another inode, written into other times. */
function fingerprint({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
