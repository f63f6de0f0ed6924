/** Content of disks whose blocks are found one by one, as somebody reads them: nothing of a large table is read ahead. */
import { type DiskContent, filledContent } from './content.ts';
import type { Part } from './overlay.ts';
import { type ByteSource, readInto } from './source.ts';

export type Opened = { readonly content: DiskContent } | { readonly problem: string };

/** Where a block's bytes stand in the file, or the block itself where it was unpacked; undefined where its table is damaged. */
export type Located = { readonly at: number } | { readonly bytes: Uint8Array } | 'zeros' | undefined;

/** A table or block that lies outside of the file, or cannot be unpacked. */
export class UnreadableBlock extends Error {
  constructor(block: number) {
    super(
      `Block ${block} of the disk cannot be found in the file: its table is damaged, or the file is cut off.`,
    );
  }
}

const mostBytes = 2 ** 50;

export function refuseSize(size: number): { readonly problem: string } | undefined {
  return size > mostBytes ? { problem: `A disk of ${size} bytes is too large to be read.` } : undefined;
}

interface Blocks {
  /** In bytes, as the next. */
  readonly size: number;
  readonly blockSize: number;
  /** Where something may be, if that is known. */
  readonly ranges?: readonly Part[];
}

/** Opens content in blocks of one size. Reading fails with `UnreadableBlock`. */
export function blockContent(
  source: ByteSource,
  { size, blockSize, ranges = [{ position: 0, length: size }] }: Blocks,
  locate: (block: number) => Promise<Located>,
): Opened {
  const tooLarge = refuseSize(size);
  if (tooLarge) return tooLarge;
  const fill = async (into: Uint8Array, position: number): Promise<void> => {
    for (let at = 0; at < into.length; ) {
      const block = Math.floor((position + at) / blockSize);
      const offset = (position + at) % blockSize;
      const part = into.subarray(at, at + blockSize - offset);
      const place = await locate(block);
      if (place === undefined || (place !== 'zeros' && 'at' in place && !(place.at < source.size)))
        throw new UnreadableBlock(block);
      if (place === 'zeros') part.fill(0);
      else if ('bytes' in place) {
        const bytes = place.bytes.subarray(offset, offset + part.length);
        part.fill(0, bytes.length);
        part.set(bytes);
      } else part.fill(0, await readInto(source, part, place.at + offset));
      at += part.length;
    }
  };
  return { content: filledContent(size, fill, () => ranges) };
}
