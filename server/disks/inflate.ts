/** Unpacks one compressed cluster or grain. */

export type Packing = 'deflate-raw' | 'deflate' | 'zstd';

/**
 * Unpacks at most `most` bytes; what follows the compressed bytes is left alone. Undefined where they are damaged, or packed in
 * a way that this platform does not know.
 */
export type Inflate = (
  bytes: Uint8Array,
  packing: Packing,
  most: number,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** By what every platform has, a browser too: good for the few clusters that tell what a guest is. */
export const inflateAnywhere: Inflate = async (bytes, packing, most) => {
  if (packing === 'zstd') return undefined;
  const stream = new DecompressionStream(packing);
  const writer = stream.writable.getWriter();
  // Bytes that follow fail the writing when all that is wanted may have been read.
  writer.write(Uint8Array.from(bytes)).then(
    () => writer.close().catch(() => undefined),
    () => undefined,
  );
  const reader = stream.readable.getReader();
  const unpacked = new Uint8Array(most);
  let filled = 0;
  try {
    while (filled < most) {
      const { done, value } = await reader.read();
      if (done) break;
      const piece = value.subarray(0, most - filled);
      unpacked.set(piece, filled);
      filled += piece.length;
    }
  } catch {
    // What came before the damage counts: it may be the bytes that follow.
  }
  await reader.cancel().catch(() => undefined);
  return filled === 0 ? undefined : unpacked.subarray(0, filled);
};
