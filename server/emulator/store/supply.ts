import { createPauses } from '../kernel/pauses.ts';
import type { Blobs } from './blobs.ts';
import type { Kept, Piece } from './pieces.ts';

/** Pieces that are held at once, and parts that content without a file of its own may have. */
export const mostPieces = 1000;
/** Pieces that are looked for in one go. */
const stride = 50;

/** Content whose pieces are found as they are needed, since there may be more of them than fit into memory. */
export interface Supply {
  /** Finds and keeps the next pieces. Answers whether no more follow. Throws as finding them. */
  fill(): Promise<boolean>;
  /** The pieces that are kept now. */
  kept(): Kept;
  /** From what was filled to the end; `all`: as of `Blobs.read`. A chunk stays as it is until the next but one is asked for. */
  bytes(all: boolean): AsyncGenerator<Buffer>;
  release(): void;
}

export function createSupply(blobs: Blobs, pieces: Iterable<Piece>): Supply {
  const source = pieces[Symbol.iterator]();
  const pause = createPauses();
  let held: Kept[] = [];
  let ended = false;
  const drop = () => {
    for (const kept of held) kept.release();
    held = [];
  };
  const fill = async () => {
    for (let count = 0; !ended && count < mostPieces; ) {
      const kept = keepSome(blobs, source, stride);
      held.push(kept);
      count += kept.pieces.length;
      ended = kept.ended;
      await pause();
    }
    return ended;
  };
  const kept = () => ({
    pieces: held.flatMap(({ pieces: own }) => own),
    files: held.flatMap(({ files }) => files),
    release: drop,
  });
  return {
    fill,
    kept,
    bytes: async function* (all) {
      for (;;) {
        if (held.length === 0) await fill();
        const now = kept();
        let left = now.files.reduce((sum, { length }) => sum + length, 0);
        for await (const bytes of blobs.read(now, all)) {
          left -= bytes.length;
          if (left === 0) drop(); // whoever has the last bytes may delete the content at once
          yield bytes;
        }
        drop();
        if (ended) return;
      }
    },
    release: () => {
      source.return?.();
      drop();
    },
  };
}

/** Keeps the next pieces, as they lie in files, until they are `most` or a little more. Throws as finding them. */
export function keepSome(
  blobs: Blobs,
  pieces: Iterator<Piece>,
  most: number,
): Kept & { readonly ended: boolean } {
  const kept: Kept[] = [];
  const release = () => {
    for (const one of kept) one.release();
  };
  let ended = false;
  try {
    for (let count = 0; count < most; ) {
      const next = pieces.next();
      if (next.done) {
        ended = true;
        break;
      }
      const one = blobs.keep([next.value]);
      kept.push(one);
      count += one.pieces.length;
    }
  } catch (error) {
    release();
    throw error;
  }
  return {
    pieces: kept.flatMap(({ pieces: own }) => own),
    files: kept.flatMap(({ files }) => files),
    ended,
    release,
  };
}
