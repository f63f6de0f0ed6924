/** gzip, compressed in pieces on several threads, the same bytes for the same input. */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { type ByteSource, readInto } from './source.ts';

const deflate = promisify<Uint8Array, object, Buffer>(deflateRaw);
const pieceBytes = 1024 * 1024;
/** Pieces under way at once: enough for the pool's four threads, and 8 MiB at most. */
const lanes = 4;
/** A stored block's length has two bytes. */
const storedBytes = 65_535;

/** No name and no time in the header. `stored` does not depend on the zlib build. Fails where the source ends too soon. */
export async function* gzip(
  input: ByteSource,
  compression: 'deflate' | 'stored',
): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, compression === 'deflate' ? 4 : 0, 255);
  const checksum = yield* compression === 'deflate' ? deflated(input) : stored(input);
  const end = Buffer.alloc(13); // an empty last block of five bytes, then the checksum and the length
  end.set([1, 0, 0, 0xff, 0xff]);
  end.writeUInt32LE(checksum, 5);
  end.writeUInt32LE(input.size % 2 ** 32, 9);
  yield end;
}

/** Answers the CRC of the input. */
async function* deflated(input: ByteSource): AsyncGenerator<Uint8Array, number> {
  // One piece of output fits into one chunk: else each 16 KiB would go from the pool to this thread and back.
  const options = { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize: pieceBytes + 4096 };
  const running: { readonly output: Promise<Uint8Array>; readonly memory: Uint8Array }[] = [];
  let checksum = 0;
  try {
    for (let at = 0; at < input.size; at += pieceBytes) {
      const done = running.length < lanes ? undefined : running.shift();
      if (done) yield await done.output;
      const memory = done?.memory ?? Buffer.allocUnsafe(pieceBytes);
      const piece = memory.subarray(0, Math.min(pieceBytes, input.size - at));
      await fillAll(input, piece, at);
      checksum = crc32(piece, checksum);
      running.push({ output: deflate(piece, options), memory });
    }
    while (running.length > 0) yield (await running.shift()?.output) ?? new Uint8Array(0);
  } finally {
    await Promise.allSettled(running.map(({ output }) => output));
  }
  return checksum;
}

/** Answers the CRC of the input. */
async function* stored(input: ByteSource): AsyncGenerator<Uint8Array, number> {
  const blocks = 16;
  let checksum = 0;
  for (let at = 0; at < input.size; ) {
    const bytes = Buffer.allocUnsafe(blocks * (storedBytes + 5));
    let filled = 0;
    for (let block = 0; block < blocks && at < input.size; block++) {
      const length = Math.min(storedBytes, input.size - at);
      bytes[filled] = 0;
      bytes.writeUInt16LE(length, filled + 1);
      bytes.writeUInt16LE(length ^ 0xffff, filled + 3);
      const part = bytes.subarray(filled + 5, filled + 5 + length);
      await fillAll(input, part, at);
      checksum = crc32(part, checksum);
      filled += 5 + length;
      at += length;
    }
    yield bytes.subarray(0, filled);
  }
  return checksum;
}

async function fillAll(input: ByteSource, into: Uint8Array, position: number): Promise<void> {
  const got = await readInto(input, into, position);
  if (got < into.length) throw new Error(`The input ended after ${position + got} of ${input.size} bytes.`);
}
