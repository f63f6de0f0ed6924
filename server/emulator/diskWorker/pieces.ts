import { type FileSource, fileSource } from '../../disks/fileSource.ts';
import { filledSource, readInto, within } from '../../disks/source.ts';
import type { FilePiece } from '../store/pieces.ts';

const openAtOnce = 16;

/** Pieces of files as one source; nothing is joined on the disk. A few files are open at once. Throws where one is missing. */
export function piecesSource(pieces: readonly FilePiece[]): FileSource {
  const ends: number[] = [];
  let size = 0;
  for (const { length } of pieces) {
    size += length;
    ends.push(size);
  }
  const open = new Map<string, FileSource>();
  const fileOf = (path: string): FileSource => {
    const known = open.get(path);
    if (known) return known;
    const [oldest] = open;
    if (oldest && open.size >= openAtOnce) {
      oldest[1].close();
      open.delete(oldest[0]);
    }
    const file = fileSource(path);
    open.set(path, file);
    return file;
  };
  /** The piece that holds a position. */
  const pieceAt = (position: number): number => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const fill = async (into: Uint8Array, position: number): Promise<number> => {
    const wanted = within(size, position, into.length);
    let filled = 0;
    for (let index = pieceAt(position); filled < wanted; index++) {
      const piece = pieces[index];
      if (!piece) break;
      const inside = position + filled - ((ends[index] ?? 0) - piece.length);
      const part = into.subarray(filled, filled + within(piece.length, inside, wanted - filled));
      const got = await readInto(fileOf(piece.path), part, piece.start + inside);
      filled += got;
      if (got < part.length) break; // a file was shortened while we read
    }
    return filled;
  };
  return {
    ...filledSource(size, fill),
    close: () => {
      for (const file of open.values()) file.close();
    },
  };
}
