import * as zlib from 'node:zlib';
import type { Inflate } from './inflate.ts';

/** Unpacks in one step, several times faster than a stream; zstd where Node has it, from 22.15 on. */
export const inflateHere: Inflate = (bytes, packing, most) => {
  const unpack = unpackers[packing];
  try {
    return unpack?.(bytes, { maxOutputLength: most });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // zlib's
    throw error;
  }
};

const { zstdDecompressSync }: Partial<typeof zlib> = zlib;
const unpackers = {
  'deflate-raw': zlib.inflateRawSync,
  deflate: zlib.inflateSync,
  zstd: zstdDecompressSync,
};
