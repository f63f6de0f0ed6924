/** The bytes that a guest would see on a disk. */
import { diskType, sectorBytes } from './format/footer.ts';
import { bitmapBytes, unallocated } from './format/header.ts';
import type { Vhd } from './format/vhd.ts';
import { type ByteSource, readInto, sliceSource, within } from './source.ts';

export interface DiskContent extends ByteSource {
  read(position: number, length: number): Promise<Uint8Array>;
  fill(into: Uint8Array, position: number): Promise<number>;
  /** Parts that may hold something, ascending; all others read as zeros. */
  ranges(): Iterable<{ readonly position: number; readonly length: number }>;
}

/** Opens the content of a disk; undefined where it is too damaged to be followed. Where the bitmap has no bit, `parent` is asked, else zeros. */
export function openContent(vhd: Vhd, parent?: DiskContent): DiskContent | undefined {
  if (vhd.footer.type === diskType.fixed)
    return rawContent(sliceSource(vhd.source, 0, vhd.found.end), vhd.virtualSize);
  if (!vhd.bat || !vhd.header) return undefined;
  return sparseContent(vhd, vhd.bat, vhd.header.blockSize, parent);
}

/** A raw disk; beyond its bytes it reads as zeros up to `size`. */
export function rawContent(source: ByteSource, size = source.size): DiskContent {
  return filledContent(
    size,
    async (into, position) => {
      into.fill(0, await readInto(source, into, position));
    },
    () => [{ position: 0, length: Math.min(size, source.size) }],
  );
}

/** Content by a function that fills memory with every byte of a part that lies within `size`. */
export function filledContent(
  size: number,
  fillPart: (into: Uint8Array, position: number) => Promise<void>,
  ranges: DiskContent['ranges'],
): DiskContent {
  const fill = async (into: Uint8Array, position: number): Promise<number> => {
    const part = into.subarray(0, within(size, position, into.length));
    await fillPart(part, position);
    return part.length;
  };
  return {
    size,
    ranges,
    fill,
    read: async (position, length) => {
      const bytes = new Uint8Array(within(size, position, length));
      await fillPart(bytes, position);
      return bytes;
    },
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
    into.fill(0, parent && position < parent.size ? await parent.fill(into, position) : 0);
  };
  const fromBlock = async (into: Uint8Array, position: number): Promise<void> => {
    const block = Math.floor(position / blockSize);
    const entry = bat[block] ?? unallocated;
    if (entry === unallocated) return below(into, position);
    const bits = await bitmapOf(block, entry);
    const offset = position - block * blockSize;
    const start = entry * sectorBytes + bitmapLength + offset;
    const runs = findRuns(bits, offset, into.length, backwards);
    if (runs.length <= fewRuns) {
      for (const { from, to, present } of runs) {
        const run = into.subarray(from, to);
        if (present) run.fill(0, await readInto(vhd.source, run, start + from));
        else await below(run, position + from);
      }
      return;
    }
    await below(into, position);
    const own = await vhd.source.read(start, into.length);
    for (const { from, to, present } of runs) if (present) into.set(own.subarray(from, to), from);
  };

  return filledContent(
    vhd.virtualSize,
    async (into, position) => {
      for (let at = 0; at < into.length; ) {
        const room = blockSize - ((position + at) % blockSize);
        const part = into.subarray(at, at + room);
        await fromBlock(part, position + at);
        at += part.length;
      }
    },
    () => allocatedRanges(bat, blockSize, vhd.virtualSize, parent),
  );
}

/** With more changes between own and parent's sectors than this, two large reads cost less than many small ones. */
const fewRuns = 8;

/** Stretches of a block's bytes, all of whose sectors are in the bitmap or all not; `offset` is in the block. */
function findRuns(bits: Uint8Array, offset: number, length: number, backwards: boolean) {
  const runs: { readonly from: number; readonly to: number; readonly present: boolean }[] = [];
  for (let from = 0; from < length; ) {
    const present = hasSector(bits, Math.floor((offset + from) / sectorBytes), backwards);
    let to = from;
    do to += sectorBytes - ((offset + to) % sectorBytes);
    while (to < length && hasSector(bits, Math.floor((offset + to) / sectorBytes), backwards) === present);
    runs.push({ from, to: Math.min(to, length), present });
    from = to;
  }
  return runs;
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
