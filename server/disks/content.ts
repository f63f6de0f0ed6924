/** The bytes that a guest would see on a disk. */
import { diskType, sectorBytes } from './footer.ts';
import { bitmapBytes, unallocated } from './header.ts';
import { type ByteSource, sliceSource, within } from './source.ts';
import type { Vhd } from './vhd.ts';

export interface DiskContent extends ByteSource {
  read(position: number, length: number): Promise<Uint8Array>;
  /** Parts that may hold something, ascending; all others read as zeros. */
  ranges(): Iterable<{ readonly position: number; readonly length: number }>;
}

/** Undefined where the disk is too damaged to be followed. Where the bitmap has no bit, `parent` is asked, else zeros. */
export function contentOf(vhd: Vhd, parent?: DiskContent): DiskContent | undefined {
  if (vhd.footer.type === diskType.fixed)
    return rawContent(sliceSource(vhd.source, 0, vhd.found.end), vhd.virtualSize);
  if (!vhd.bat || !vhd.header) return undefined;
  return sparseContent(vhd, vhd.bat, vhd.header.blockSize, parent);
}

/** A raw disk; beyond its bytes it reads as zeros up to `size`. */
export function rawContent(source: ByteSource, size = source.size): DiskContent {
  return {
    size,
    read: async (position, length) => {
      const wanted = within(size, position, length);
      const bytes = await source.read(position, wanted);
      if (bytes.length === wanted) return bytes;
      const padded = new Uint8Array(wanted);
      padded.set(bytes);
      return padded;
    },
    ranges: () => [{ position: 0, length: Math.min(size, source.size) }],
  };
}

function sparseContent(vhd: Vhd, bat: Uint32Array, blockSize: number, parent?: DiskContent): DiskContent {
  const bitmapLength = bitmapBytes(blockSize);
  const backwards = vhd.footer.creator === 'tap\0' && vhd.footer.creatorVersion === 1; // 0.1 wrote its bits the other way
  let kept: { readonly block: number; readonly bits: Uint8Array } = { block: -1, bits: new Uint8Array(0) };

  const bitmapOf = async (block: number, entry: number): Promise<Uint8Array> => {
    if (kept.block !== block)
      kept = { block, bits: await vhd.source.read(entry * sectorBytes, bitmapLength) };
    return kept.bits;
  };
  const below = async (into: Uint8Array, position: number): Promise<void> => {
    if (parent && position < parent.size) into.set(await parent.read(position, into.length));
  };
  const fromBlock = async (into: Uint8Array, position: number): Promise<void> => {
    const block = Math.floor(position / blockSize);
    const entry = bat[block] ?? unallocated;
    if (entry === unallocated) return below(into, position);
    const bits = await bitmapOf(block, entry);
    const offset = position - block * blockSize;
    for (let at = 0; at < into.length; ) {
      const present = hasSector(bits, Math.floor((offset + at) / sectorBytes), backwards);
      let end = at;
      do end += sectorBytes - ((offset + end) % sectorBytes);
      while (
        end < into.length &&
        hasSector(bits, Math.floor((offset + end) / sectorBytes), backwards) === present
      );
      const run = into.subarray(at, Math.min(end, into.length));
      if (present)
        run.set(await vhd.source.read(entry * sectorBytes + bitmapLength + offset + at, run.length));
      else await below(run, position + at);
      at = end;
    }
  };

  return {
    size: vhd.virtualSize,
    read: async (position, length) => {
      const bytes = new Uint8Array(within(vhd.virtualSize, position, length));
      for (let at = 0; at < bytes.length; ) {
        const room = blockSize - ((position + at) % blockSize);
        const part = bytes.subarray(at, at + room);
        await fromBlock(part, position + at);
        at += part.length;
      }
      return bytes;
    },
    ranges: () => allocatedRanges(bat, blockSize, vhd.virtualSize, parent),
  };
}

function hasSector(bits: Uint8Array, sector: number, backwards: boolean): boolean {
  const bit = backwards ? sector & 7 : 7 - (sector & 7);
  return (((bits[sector >> 3] ?? 0) >> bit) & 1) === 1;
}

function* allocatedRanges(bat: Uint32Array, blockSize: number, size: number, parent?: DiskContent) {
  const below = parent?.ranges()[Symbol.iterator]();
  let next = below?.next();
  for (let block = 0; block < bat.length; block++) {
    const position = block * blockSize;
    const length = Math.min(blockSize, size - position);
    while (next && !next.done && next.value.position + next.value.length <= position) next = below?.next();
    const inParent = next !== undefined && !next.done && next.value.position < position + length;
    if (bat[block] !== unallocated || inParent) yield { position, length };
  }
}
