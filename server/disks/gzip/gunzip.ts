/** The content of a gzip file of ours, read anywhere. */
import { constants, crc32, createInflateRaw } from 'node:zlib';
import { type ByteSource, DamagedData, filledSource, readInto, within } from '../source.ts';
import { firstPiece, type GzipIndex, pieceBytes, readIndex } from './gzipIndex.ts';
import { type Output, runZlib } from './zlibPiece.ts';

/** Pieces that are unzipped before they are asked for, where reading goes forwards. */
const ahead = 3;
const mostKept = ahead + 3;

/**
 * Undefined where the file has no index of its pieces: then it must be read from its beginning. Reading fails where a
 * piece is damaged. Memory: some 12 MiB, and 12 bytes a piece of 1 MiB.
 */
export async function gunzipAnywhere(file: ByteSource): Promise<ByteSource | undefined> {
  const index = await readIndex(file);
  return index && unzipped(file, index);
}

type Outcome = Output | { readonly error: unknown };

function unzipped(file: ByteSource, { size, pieces }: GzipIndex): ByteSource {
  const starts = new Float64Array(pieces.length);
  let start = firstPiece;
  let longest = 0;
  for (const [number, { length }] of pieces.entries()) {
    starts[number] = start;
    start += length;
    longest = Math.max(longest, length);
  }
  const spare: Buffer[] = [];
  /** In the order in which they were asked for. A failure waits here until its piece is asked for. */
  const kept = new Map<number, Promise<Outcome>>();

  const unzip = async (number: number): Promise<Outcome> => {
    const [piece, start] = [pieces[number], starts[number] ?? 0];
    if (!piece) throw new Error(`There is no piece ${number}.`);
    const memory = spare.pop() ?? Buffer.allocUnsafeSlow(longest);
    const zipped = memory.subarray(0, await readInto(file, memory.subarray(0, piece.length), start));
    const again = () => void spare.push(memory);
    const stored = joinStored(zipped);
    const output = stored ? { bytes: stored, free: again } : await inflated(zipped);
    if (!stored) again();
    const { bytes } = output;
    const length = within(size, number * pieceBytes, pieceBytes);
    if (bytes.length !== length || crc32(bytes, pieces[number - 1]?.checksum ?? 0) !== piece.checksum)
      throw new DamagedData(start, piece.length);
    return output;
  };
  const begin = (number: number): Promise<Outcome> => {
    const known = kept.get(number);
    if (known) return known;
    const outcome = unzip(number).catch((error: unknown) => ({ error }));
    kept.set(number, outcome);
    return outcome;
  };
  const forgetBut = (from: number, to: number): void => {
    for (const [number, outcome] of kept) {
      if (kept.size <= mostKept) return;
      if (number >= from && number <= to) continue;
      kept.delete(number);
      void outcome.then((ended) => 'bytes' in ended && ended.free());
    }
  };
  const fill = async (into: Uint8Array, position: number): Promise<number> => {
    const wanted = within(size, position, into.length);
    for (let filled = 0; filled < wanted; ) {
      const number = Math.floor((position + filled) / pieceBytes);
      const goesOn = kept.has(number) || kept.has(number - 1);
      const piece = begin(number);
      const last = goesOn ? Math.min(number + ahead, pieces.length - 1) : number;
      for (let next = number + 1; next <= last; next++) void begin(next);
      forgetBut(number, last);
      // From here to the copy nothing else runs, so no one gives the piece back.
      const outcome = await piece;
      if ('error' in outcome) throw outcome.error;
      const from = position + filled - number * pieceBytes;
      const part = outcome.bytes.subarray(from, from + wanted - filled);
      into.set(part, filled);
      filled += part.length;
    }
    return wanted;
  };
  return filledSource(size, fill);
}

function inflated(zipped: Uint8Array): Promise<Output> {
  // More room than a piece needs, so that zlib asks for no second chunk.
  const options = { chunkSize: pieceBytes + 64, finishFlush: constants.Z_SYNC_FLUSH };
  return runZlib(createInflateRaw(options), zipped, pieceBytes);
}

/** The content of stored blocks, joined in the memory where they stand; undefined where there are others among them. */
function joinStored(zipped: Buffer): Uint8Array | undefined {
  const parts: { readonly from: number; readonly length: number }[] = [];
  for (let at = 0; at < zipped.length; ) {
    if (zipped[at] !== 0 || at + 5 > zipped.length) return undefined;
    const length = zipped.readUInt16LE(at + 1);
    if ((length ^ 0xffff) !== zipped.readUInt16LE(at + 3)) return undefined;
    parts.push({ from: at + 5, length });
    at += 5 + length;
  }
  let filled = 0;
  for (const { from, length } of parts) {
    zipped.copyWithin(filled, from, from + length);
    filled += length;
  }
  return zipped.subarray(0, filled);
}
