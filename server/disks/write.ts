/** Writes raw disks and VHDs: fixed, and dynamic with data on 4 KiB boundaries and the block map that XenServer's reader wants of creator `tap`. */
import { type DiskContent, filledContent } from './content.ts';
import { diskType, encodeFooter, sectorBytes } from './format/footer.ts';
import { largestBlock } from './format/header.ts';
import { checkSize, layOut, named, type VhdIdentity } from './format/layout.ts';
import { releaseMemory } from './memory.ts';

export interface Extent {
  /** Bytes from the start of the disk. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A disk that is zeros but for a few pieces, later ones over earlier ones. */
export function extentsContent(size: number, extents: readonly Extent[]): DiskContent {
  return filledContent(
    size,
    async (into, position) => {
      into.fill(0);
      for (const extent of extents) {
        const from = Math.max(position, extent.position);
        const to = Math.min(position + into.length, extent.position + extent.bytes.length);
        if (from < to)
          into.set(extent.bytes.subarray(from - extent.position, to - extent.position), from - position);
      }
    },
    () =>
      extents
        .map(({ position, bytes }) => ({
          position,
          length: Math.max(0, Math.min(bytes.length, size - position)),
        }))
        .filter(({ length }) => length > 0)
        .sort((a, b) => a.position - b.position),
  );
}

/** A fixed VHD in order: the content, then the footer. The size must be whole sectors. */
export async function* fixedVhd(content: DiskContent, identity: VhdIdentity): AsyncGenerator<Uint8Array> {
  checkSize(content.size);
  for (let at = 0; at < content.size; at += largestBlock) {
    yield await content.read(at, Math.min(largestBlock, content.size - at));
  }
  yield encodeFooter({ type: diskType.fixed, virtualSize: content.size, ...named(identity) });
}

/**
 * A dynamic VHD in order, its blocks in the order of the disk. Blocks that hold only zeros are left out, which takes two
 * readings of the parts that may hold something: the block table stands before the blocks. Where a file can be written
 * anywhere, `writeDynamic` needs one.
 */
export async function* dynamicVhd(content: DiskContent, identity: VhdIdentity): AsyncGenerator<Uint8Array> {
  const layout = layOut(content.size, identity);
  const blocks: number[] = [];
  for (const block of touchedBlocks(content, largestBlock)) {
    if (!isZero(await readBlock(content, block))) blocks.push(block);
  }
  yield layout.tables(blocks);
  for (const block of blocks) {
    yield layout.blockLead;
    yield await readBlock(content, block);
  }
  yield layout.footer;
}

/**
 * Where a file can be written anywhere, as with `writeSync(file, bytes, 0, bytes.length, position)`. The bytes are valid
 * until it returns, or its promise resolves: their memory is used again.
 */
export type WriteAt = (bytes: Uint8Array, position: number) => void | Promise<void>;

export interface WriteOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the disk done, of all. */
  progress?(done: number, total: number): void;
}

/**
 * Writes a dynamic VHD from its front to its end: the tables, the blocks, the footer; and the tables again where a block
 * turned out to hold only zeros and was left out. Answers the file's size.
 */
export async function writeDynamic(
  content: DiskContent,
  identity: VhdIdentity,
  write: WriteAt,
  options: WriteOptions = {},
): Promise<number> {
  const layout = layOut(content.size, identity);
  const planned = [...touchedBlocks(content, largestBlock)];
  const blocks: number[] = [];
  const whole = Buffer.alloc(layout.blockLead.length + largestBlock);
  whole.set(layout.blockLead);
  const data = whole.subarray(layout.blockLead.length);
  let position = layout.tablesLength;
  await write(layout.tables(planned), 0);
  for (const block of planned) {
    options.signal?.throwIfAborted();
    data.fill(0, await content.fill(data, block * largestBlock)); // beyond the end of the disk: zeros
    options.progress?.(block * largestBlock, content.size);
    if (isZero(data)) continue;
    await write(whole, position);
    position += whole.length;
    blocks.push(block);
  }
  await write(layout.footer, position);
  if (blocks.length < planned.length) await write(layout.tables(blocks), 0);
  releaseMemory(whole);
  options.progress?.(content.size, content.size);
  return position + sectorBytes;
}

/** Writes a raw disk; parts of zeros become holes where the file can have them. Answers the file's size. */
export async function writeRaw(
  content: DiskContent,
  write: WriteAt,
  options: WriteOptions = {},
): Promise<number> {
  const block = Buffer.allocUnsafeSlow(largestBlock);
  for (const index of touchedBlocks(content, largestBlock)) {
    options.signal?.throwIfAborted();
    const position = index * largestBlock;
    const bytes = block.subarray(0, await content.fill(block, position));
    options.progress?.(position, content.size);
    if (!isZero(bytes)) await write(bytes, position);
  }
  releaseMemory(block);
  const last = await content.read(content.size - 1, 1);
  await write(last, content.size - 1);
  options.progress?.(content.size, content.size);
  return content.size;
}

/** The blocks of that many bytes that the content's ranges touch, each once, ascending. */
export function* touchedBlocks(content: DiskContent, blockBytes: number): Generator<number> {
  let next = 0;
  for (const { position, length } of content.ranges()) {
    const last = Math.ceil((position + length) / blockBytes);
    for (let block = Math.max(next, Math.floor(position / blockBytes)); block < last; block++) yield block;
    next = Math.max(next, last);
  }
}

/** A whole block; beyond the end of the disk it is zeros. */
async function readBlock(content: DiskContent, block: number): Promise<Uint8Array> {
  const bytes = await content.read(block * largestBlock, largestBlock);
  if (bytes.length === largestBlock) return bytes;
  const whole = new Uint8Array(largestBlock);
  whole.set(bytes);
  return whole;
}

/** Tells whether all bytes are zero: the first is, and each is as the one before: two comparisons at the speed of memory. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}
