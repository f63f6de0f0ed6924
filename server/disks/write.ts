/** Writes VHDs: fixed, and dynamic with data on 4 KiB boundaries and the block map that XenServer's reader wants of creator `tap`. */
import { type DiskContent, filledContent } from './content.ts';
import { checksum, diskType, encodeFooter, sectorBytes } from './format/footer.ts';
import { align, batmapCookie, encodeHeader, largestBlock } from './format/header.ts';
import { releaseMemory } from './memory.ts';

export interface VhdIdentity {
  /** 16 bytes. */
  readonly uuid: Uint8Array;
  /** Seconds since 2000-01-01T00:00:00Z. */
  readonly timestamp: number;
  /** Creator application, up to four characters. Default `tap`, whose disks the cloud can grow. */
  readonly creator?: string;
}

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
  const layout = layoutOf(content.size, identity);
  const blocks: number[] = [];
  for (const block of candidates(content)) {
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
  const layout = layoutOf(content.size, identity);
  const planned = [...candidates(content)];
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

function layoutOf(virtualSize: number, identity: VhdIdentity) {
  checkSize(virtualSize);
  const entries = Math.ceil(virtualSize / largestBlock);
  const tableOffset = 1536;
  const tableLength = align(4 * entries, sectorBytes);
  const batmapAt = tableOffset + tableLength;
  const mapLength = align(Math.ceil(entries / 8), sectorBytes);
  const creator = named(identity);
  const withMap = creator.creator === 'tap';
  const metadata = batmapAt + (withMap ? sectorBytes + mapLength : 0);
  // The bitmap is the sector before its data, so everything up to it fills whole 4 KiB pages less one sector.
  const tablesLength = align(metadata, 4096);
  const blockLead = new Uint8Array(4096).fill(0xff, 4096 - sectorBytes);
  const footer = encodeFooter({ type: diskType.dynamic, virtualSize, ...creator });

  const tables = (blocks: readonly number[]): Uint8Array => {
    const bytes = new Uint8Array(tablesLength);
    const view = new DataView(bytes.buffer);
    bytes.set(footer, 0);
    bytes.set(encodeHeader(tableOffset, entries, largestBlock), sectorBytes);
    bytes.fill(0xff, tableOffset, tableOffset + tableLength);
    const map = new Uint8Array(mapLength);
    for (const [index, block] of blocks.entries()) {
      const lead = tablesLength + index * (blockLead.length + largestBlock);
      view.setUint32(tableOffset + 4 * block, (lead + blockLead.length) / sectorBytes - 1);
      map[block >> 3] = (map[block >> 3] ?? 0) | (0x80 >> (block & 7));
    }
    if (withMap) setBatmap(bytes, batmapAt, map);
    return bytes;
  };
  return { tables, tablesLength, blockLead, footer };
}

function setBatmap(bytes: Uint8Array, at: number, map: Uint8Array): void {
  const view = new DataView(bytes.buffer, at, sectorBytes);
  bytes.set(Buffer.from(batmapCookie, 'latin1'), at);
  view.setBigUint64(8, BigInt(at + sectorBytes));
  view.setUint32(16, map.length / sectorBytes);
  view.setUint32(20, 0x10002);
  view.setUint32(24, checksum(map, map.length));
  bytes.set(map, at + sectorBytes);
}

/** Blocks that the content's ranges touch, each once, ascending. */
function* candidates(content: DiskContent): Generator<number> {
  let next = 0;
  for (const { position, length } of content.ranges()) {
    const last = Math.ceil((position + length) / largestBlock);
    for (let block = Math.max(next, Math.floor(position / largestBlock)); block < last; block++) yield block;
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

/** The first byte is zero, and each is as the one before: two comparisons at the speed of memory. */
function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && Buffer.compare(bytes.subarray(1), bytes.subarray(0, -1)) === 0;
}

function named(identity: VhdIdentity): Required<VhdIdentity> {
  return { creator: 'tap', ...identity };
}

function checkSize(size: number): void {
  if (size > 0 && size % sectorBytes === 0 && size <= 2040 * 1024 ** 3) return;
  throw new RangeError(`A VHD holds whole sectors, from 512 bytes to 2040 GiB; not ${size} bytes.`);
}
