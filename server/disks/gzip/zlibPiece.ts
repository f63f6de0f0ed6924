import type { Transform } from 'node:stream';
import { releaseMemory } from '../memory.ts';

/** A result, and what frees its memory at once. */
export interface Output {
  readonly bytes: Uint8Array;
  free(): void;
}

/**
 * Sends a piece through one of zlib's streams, made for it. Unlike zlib's own functions it joins the parts where they
 * stand, which they do next to each other where `chunkSize` has room for all. Rejects where the stream fails, and where
 * more than `most` bytes come out.
 */
export function runZlib(stream: Transform, input: Uint8Array, most: number): Promise<Output> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    stream.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > most) stream.destroy(new RangeError(`A piece has more than ${most} bytes.`));
    });
    stream.once('error', reject).once('end', () => resolve(joined(parts, length)));
    stream.end(input);
  });
}

function joined(parts: readonly Buffer[], length: number): Output {
  const [first] = parts;
  if (!first || parts.some(({ buffer }) => buffer !== first.buffer))
    return { bytes: Buffer.concat(parts), free: () => undefined };
  const { buffer, byteOffset } = first;
  return {
    bytes: new Uint8Array(buffer, byteOffset, length),
    free: () => releaseMemory(new Uint8Array(buffer)),
  };
}
