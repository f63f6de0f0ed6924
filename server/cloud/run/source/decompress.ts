import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../../../rules/source/source.ts';

type Pieces = AsyncIterable<Uint8Array>;

/** Undoes a compression as the bytes pass, several streams behind one another too. Throws where the data is damaged or ends early. */
export async function* decompress(
  pieces: Pieces,
  compression: Compression,
): AsyncGenerator<Uint8Array, void> {
  // What the pieces throw is told as it is; what the decompressor says of them is told in our words.
  let broken: { readonly error: unknown } | undefined;
  async function* watched(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* pieces;
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  try {
    yield* await by[compression](watched());
  } catch (error) {
    if (broken) throw broken.error;
    throw new Error(`The ${compression} data is damaged or ends early, so it cannot be decompressed.`, {
      cause: error,
    });
  }
}

/** The libraries of what Node does not know are loaded when they are needed. */
const by: Readonly<Record<Compression, (pieces: Pieces) => Pieces | Promise<Pieces>>> = {
  gzip: (pieces) => piped(pieces, createGunzip()),
  bzip2: async (pieces) => {
    const { default: unbzip2 } = await import('unbzip2-stream');
    const source = Readable.from(pieces, { objectMode: false });
    const output = unbzip2();
    source.on('error', (error) => output.emit('error', error));
    return new Readable().wrap(source.pipe(output));
  },
  xz: async (pieces) => {
    const { default: xz } = await import('xz-decompress');
    return new xz.XzReadableStream(ReadableStream.from(pieces) as ReadableStream<Uint8Array>);
  },
  zstd: async (pieces) => {
    const { Decompress } = await import('fzstd');
    return unzstd(pieces, (into) => new Decompress(into));
  },
};

function piped(pieces: Pieces, through: NodeJS.ReadWriteStream & Readable): Pieces {
  const source = Readable.from(pieces, { objectMode: false });
  source.on('error', (error) => through.destroy(error));
  return source.pipe(through);
}

async function* unzstd(
  pieces: Pieces,
  open: (into: (piece: Uint8Array) => void) => { push(piece: Uint8Array, isLast?: boolean): void },
): AsyncGenerator<Uint8Array, void> {
  const ready: Uint8Array[] = [];
  const stream = open((piece) => ready.push(piece));
  for await (const piece of pieces) {
    stream.push(piece);
    yield* ready.splice(0);
  }
  stream.push(new Uint8Array(0), true);
  yield* ready.splice(0);
}
