/** gzip, compressed in pieces on several threads, the same bytes for the same input. */
import { constants, crc32, createDeflateRaw } from 'node:zlib';
import { releaseMemory } from '../memory.ts';
import { type ByteSource, readInto } from '../source.ts';
import { encodeIndex, gzipStart, type Piece, pieceBytes, storedBytes } from './gzipIndex.ts';
import { type Output, runZlib } from './zlibPiece.ts';

/** Pieces under way at once: enough for the pool's four threads, and 8 MiB at most. */
const lanes = 4;

interface Compressed {
  readonly bytes: Uint8Array;
  /** CRC-32 of the input up to the end of this piece. */
  readonly checksum: number;
}

/**
 * No name and no time in the header; behind the content the index of its pieces (gzipIndex.ts). `stored` does not depend
 * on the zlib build. What it yields is valid until the next is asked for. Fails where the source ends too soon.
 */
export async function* gzip(
  input: ByteSource,
  compression: 'deflate' | 'stored',
): AsyncGenerator<Uint8Array> {
  yield gzipStart({ fast: compression === 'deflate' });
  const pieces: Piece[] = [];
  for await (const { bytes, checksum } of compression === 'deflate' ? deflated(input) : stored(input)) {
    pieces.push({ length: bytes.length, checksum });
    yield bytes;
  }
  const end = Buffer.alloc(13); // an empty last block of five bytes, then the checksum and the length
  end.set([1, 0, 0, 0xff, 0xff]);
  end.writeUInt32LE(pieces.at(-1)?.checksum ?? 0, 5);
  end.writeUInt32LE(input.size % 2 ** 32, 9);
  yield end;
  yield encodeIndex(pieces, input.size);
}

async function* deflated(input: ByteSource): AsyncGenerator<Compressed> {
  // One piece of output fits into one chunk: else each 16 KiB would go from the pool to this thread and back.
  const mostBytes = pieceBytes + 4096;
  const options = { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: mostBytes };
  const running: { output: Promise<Output>; memory: Uint8Array; checksum: number }[] = [];
  const spare: Uint8Array[] = [];
  let checksum = 0;
  try {
    for (let at = 0; at < input.size || running.length > 0; at += pieceBytes) {
      if (at < input.size) {
        const memory = spare.pop() ?? Buffer.allocUnsafe(pieceBytes);
        const piece = memory.subarray(0, Math.min(pieceBytes, input.size - at));
        await fillAll(input, piece, at);
        checksum = crc32(piece, checksum);
        running.push({ output: runZlib(createDeflateRaw(options), piece, mostBytes), memory, checksum });
        if (running.length < lanes) continue;
      }
      const done = running.shift();
      if (!done) return;
      const { bytes, free } = await done.output;
      spare.push(done.memory);
      yield { bytes, checksum: done.checksum };
      free();
    }
  } finally {
    await Promise.allSettled(running.map(({ output }) => output));
    for (const memory of [...spare, ...running.map(({ memory }) => memory)]) releaseMemory(memory);
  }
}

async function* stored(input: ByteSource): AsyncGenerator<Compressed> {
  const blocks = Math.ceil(pieceBytes / storedBytes);
  const memory = Buffer.allocUnsafe(pieceBytes + blocks * 5);
  let checksum = 0;
  for (let at = 0; at < input.size; at += pieceBytes) {
    const length = Math.min(pieceBytes, input.size - at);
    // Read in one go, to the end of the memory, and moved to the front block by block.
    const content = memory.subarray(memory.length - length);
    await fillAll(input, content, at);
    checksum = crc32(content, checksum);
    let filled = 0;
    for (let from = memory.length - length; from < memory.length; from += storedBytes) {
      const size = Math.min(storedBytes, memory.length - from);
      memory.copyWithin(filled + 5, from, from + size);
      memory[filled] = 0;
      memory.writeUInt16LE(size, filled + 1);
      memory.writeUInt16LE(size ^ 0xffff, filled + 3);
      filled += 5 + size;
    }
    yield { bytes: memory.subarray(0, filled), checksum };
  }
}

async function fillAll(input: ByteSource, into: Uint8Array, position: number): Promise<void> {
  const got = await readInto(input, into, position);
  if (got < into.length) throw new Error(`The input ended after ${position + got} of ${input.size} bytes.`);
}
