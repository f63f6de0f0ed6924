/** gzip, compressed in pieces on several threads, the same bytes for the same input. */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';

const deflate = promisify<Uint8Array, object, Buffer>(deflateRaw);
const pieceBytes = 1024 * 1024;
/** Pieces under way at once: enough for the pool's four threads, and 8 MiB at most. */
const lanes = 4;

/** No name and no time in the header. `stored` does not depend on the zlib build. */
export async function* gzip(
  input: AsyncIterable<Uint8Array>,
  compression: 'deflate' | 'stored',
): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, compression === 'deflate' ? 4 : 0, 255);
  let checksum = 0;
  let length = 0n;
  const running: Promise<Uint8Array>[] = [];
  try {
    for await (const piece of pieces(input)) {
      checksum = crc32(piece, checksum);
      length += BigInt(piece.length);
      if (compression === 'stored') {
        yield stored(piece);
        continue;
      }
      running.push(deflate(piece, { level: 1, finishFlush: constants.Z_SYNC_FLUSH }));
      if (running.length >= lanes) yield (await running.shift()) ?? new Uint8Array(0);
    }
    while (running.length > 0) yield (await running.shift()) ?? new Uint8Array(0);
  } finally {
    await Promise.allSettled(running);
  }
  const end = Buffer.alloc(13); // an empty last block of five bytes, then the checksum and the length
  end.set([1, 0, 0, 0xff, 0xff]);
  end.writeUInt32LE(checksum >>> 0, 5);
  end.writeUInt32LE(Number(length & 0xffff_ffffn), 9);
  yield end;
}

/** Exactly 1 MiB each but for the last, so that the output does not depend on how the input came. */
async function* pieces(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(pieceBytes);
  let filled = 0;
  for await (const chunk of input) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + pieceBytes - filled);
      buffer.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < pieceBytes) continue;
      yield buffer;
      buffer = new Uint8Array(pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

function stored(piece: Uint8Array): Uint8Array {
  const most = 65_535;
  const blocks = Math.ceil(piece.length / most);
  const bytes = Buffer.alloc(piece.length + blocks * 5);
  for (let index = 0, at = 0; index < blocks; index++) {
    const part = piece.subarray(index * most, (index + 1) * most);
    bytes.writeUInt16LE(part.length, at + 1);
    bytes.writeUInt16LE(part.length ^ 0xffff, at + 3);
    bytes.set(part, at + 5);
    at += 5 + part.length;
  }
  return bytes;
}
