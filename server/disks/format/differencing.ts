/** Differencing VHDs: what was written to a disk, over a parent that has the rest. */
import type { Overlay, Part } from '../overlay.ts';
import { type ByteSource, filledSource, readInto } from '../source.ts';
import { touchedBlocks } from '../write.ts';
import { sectorBytes } from './footer.ts';
import { align, type DiskParent, largestBlock } from './header.ts';
import { layOut, type VhdIdentity } from './layout.ts';

/**
 * The written sectors of a disk as a differencing VHD, made while it is read: a block of 2 MiB wherever something was
 * written, the sectors of which its bitmap has. A sector that was written in part is whole. Blocks where zeros were written
 * over nothing are left out. Throws where no VHD has the disk's size.
 */
export function differencingSource(disk: Overlay, identity: VhdIdentity, parent: DiskParent): ByteSource {
  const layout = layOut(disk.size, identity, parent);
  const partsOf = (block: number) => writtenSectors(disk, block);
  // Zeros over nothing are in none of the disk's ranges.
  const blocks = [...touchedBlocks(disk, largestBlock)].filter((block) => partsOf(block).length > 0);
  const tables = layout.tables(blocks, (block) => partsOf(block)[0]?.length === largestBlock);
  const lead = layout.blockLead.length;
  const unit = lead + largestBlock;
  const end = layout.tablesLength + blocks.length * unit;

  const fillData = async (into: Uint8Array, block: number, offset: number): Promise<void> => {
    into.fill(0);
    const from = block * largestBlock + offset;
    for (const { position, length } of partsOf(block)) {
      const first = Math.max(position, from);
      const part = into.subarray(first - from, Math.max(first, position + length) - from);
      if (first < from + into.length) await readInto(disk, part, first);
    }
  };
  const fill = async (into: Uint8Array, position: number): Promise<number> => {
    const copy = (bytes: Uint8Array, at: number): number => {
      const part = bytes.subarray(at, at + into.length);
      into.set(part);
      return part.length;
    };
    if (position < tables.length) return copy(tables, position);
    if (position >= end) return copy(layout.footer, position - end);
    const block = blocks[Math.floor((position - tables.length) / unit)] ?? 0;
    const offset = (position - tables.length) % unit;
    if (offset < lead) return copy(encodeLead(partsOf(block), block, lead), offset);
    const part = into.subarray(0, unit - offset);
    await fillData(part, block, offset - lead);
    return part.length;
  };
  return filledSource(end + layout.footer.length, async (into, position) => {
    let filled = 0;
    for (let got = -1; filled < into.length && got !== 0; filled += got)
      got = await fill(into.subarray(filled), position + filled);
    return filled;
  });
}

/** The parts of a block that were written, as whole sectors, each once. */
function writtenSectors(disk: Overlay, block: number): readonly Part[] {
  const start = block * largestBlock;
  const parts: Part[] = [];
  for (const { position, length } of disk.written(start, largestBlock)) {
    const from = position - (position % sectorBytes);
    const to = align(position + length, sectorBytes);
    const before = parts.at(-1);
    if (before && before.position + before.length >= from)
      parts[parts.length - 1] = { position: before.position, length: to - before.position };
    else parts.push({ position: from, length: to - from });
  }
  return parts;
}

/** The bitmap in the last sector before the block's data, its first bit the highest. */
function encodeLead(parts: readonly Part[], block: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const bits = bytes.subarray(length - sectorBytes);
  for (const part of parts) {
    const first = (part.position - block * largestBlock) / sectorBytes;
    for (let sector = first; sector < first + part.length / sectorBytes; sector++)
      bits[sector >> 3] = (bits[sector >> 3] ?? 0) | (0x80 >> (sector & 7));
  }
  return bytes;
}
