import { type FileSource, fileSource, within } from '../../disks/source.ts';
import type { FilePiece } from '../store/blobs.ts';

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
  const readSome = (index: number, position: number, length: number): Uint8Array => {
    const piece = pieces[index];
    if (!piece) return new Uint8Array(0);
    const inside = position - ((ends[index] ?? 0) - piece.length);
    const bytes = fileOf(piece.path).read(piece.start + inside, within(piece.length, inside, length));
    if (bytes instanceof Promise) throw new Error('Files are read synchronously.');
    return bytes;
  };
  return {
    size,
    read: (position, length) => {
      const wanted = within(size, position, length);
      let index = pieceAt(position);
      const first = readSome(index, position, wanted);
      if (first.length === wanted) return first;
      const bytes = Buffer.allocUnsafe(wanted);
      bytes.set(first);
      let filled = first.length;
      while (filled < wanted) {
        const more = readSome(++index, position + filled, wanted - filled);
        if (more.length === 0) break; // a file was shortened while we read
        bytes.set(more, filled);
        filled += more.length;
      }
      return bytes.subarray(0, filled);
    },
    close: () => {
      for (const file of open.values()) file.close();
    },
  };
}
