/** Opens a VHD: its footer, header and block table, and everything that is wrong with them. */
import { latin1, readBigEndian } from '../bytes.ts';
import {
  checkBlocks,
  checkDataOffset,
  checkFooter,
  checkFrontCopy,
  checkHeader,
  listBlocks,
  openCollector,
} from '../check.ts';
import { type Damage, type FoundFooter, findFooter } from '../locate.ts';
import { type ByteSource, readInto, within } from '../source.ts';
import { checksum, diskType, type Footer, sectorBytes } from './footer.ts';
import {
  align,
  batmapCookie,
  bitmapBytes,
  decodeHeader,
  type Header,
  headerBytes,
  locatorSpace,
} from './header.ts';

export interface Vhd {
  readonly source: ByteSource;
  readonly footer: Footer;
  readonly found: FoundFooter;
  /** The footer's current size, in bytes; sizes beyond 2^53 (damage, always) are cut to it. */
  readonly virtualSize: number;
  /** Of a dynamic or differencing disk, where it can be read at all. */
  readonly header?: Header;
  /** Sector numbers of the blocks; 0xFFFFFFFF is not allocated. Present only where it is sound enough to follow. */
  readonly bat?: Uint32Array;
  /** The same, to be shown rather than followed: entries may be wrong. Blocks must lie from byte `from` to byte `end` of the file. */
  readonly blocks?: { readonly table: Uint32Array; readonly from: number; readonly end: number };
  /** Each field that is not as it must be; empty for a sound disk. Differencing and unknown types are no damage. */
  readonly damage: readonly Damage[];
}

/** Opens a VHD; undefined where the source holds none. Reads metadata only, at most 16 MiB; never throws for any bytes. */
export async function openVhd(source: ByteSource): Promise<Vhd | undefined> {
  const found = await findFooter(source);
  if (!found) return undefined;
  const { footer } = found;
  const virtualSize = Number(
    footer.currentSize > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : footer.currentSize,
  );
  const base = { source, footer, found, virtualSize };
  const damage = [...found.damage, ...checkFooter(found)];
  const sparse = footer.type === diskType.dynamic || footer.type === diskType.differencing;
  if (!sparse) return { ...base, damage };

  if (found.at > 0) damage.push(...checkFrontCopy(await source.read(0, sectorBytes), found));
  const misplaced = checkDataOffset(footer, found.end);
  if (misplaced.length > 0) return { ...base, damage: [...damage, ...misplaced] };
  const bytes = await source.read(Number(footer.dataOffset), headerBytes);
  if (bytes.length < headerBytes) return { ...base, damage };
  const header = decodeHeader(bytes);
  const wrong = checkHeader(header, bytes, footer, found.end);
  damage.push(...wrong);
  const untrusted = ['header BAT offset', 'header block size', 'header table entries', 'footer current size'];
  if (damage.some(({ field }) => untrusted.includes(field))) return { ...base, header, damage };

  const batmap = await checkBatmap(source, footer, header, found.end);
  damage.push(...batmap.damage);
  const bat = await readBat(source, header, Number(listBlocks(footer.currentSize, header.blockSize)));
  const metadataEnd = Math.max(
    Number(footer.dataOffset) + headerBytes,
    batmap.end,
    ...locatorEnds(header, found.end),
  );
  const broken = checkBlocks(bat, header.blockSize, metadataEnd, found.end);
  damage.push(...broken);
  const blocks = { table: bat, from: metadataEnd, end: found.end };
  return { ...base, header, blocks, damage, ...(broken.length > 0 ? {} : { bat }) };
}

async function readBat(source: ByteSource, header: Header, blocks: number): Promise<Uint32Array> {
  const bat = new Uint32Array(blocks);
  const bytes = new Uint8Array(bat.buffer);
  const start = Number(header.tableOffset);
  for (let at = 0; at < bytes.length; at += 1024 * 1024) {
    const piece = bytes.subarray(at, at + 1024 * 1024);
    piece.fill(0xff, await readInto(source, piece, start + at));
  }
  readBigEndian(bat);
  return bat;
}

/**
 * XenServer's writer (`tap` from version 1.2) keeps a map of wholly written blocks after the BAT, and its reader
 * refuses the file without it. Answers also where the tables end.
 */
async function checkBatmap(source: ByteSource, footer: Footer, header: Header, end: number) {
  const found = openCollector('batmap');
  const at = align(Number(header.tableOffset) + 4 * header.tableEntries, sectorBytes);
  if (footer.creator !== 'tap\0' || footer.creatorVersion < 0x10002) return { end: at, damage: found.damage };
  const bytes =
    within(end, at, sectorBytes) < 29 ? new Uint8Array(sectorBytes) : await source.read(at, sectorBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cookie = latin1(bytes, 0, 8);
  found(
    cookie === batmapCookie,
    'cookie',
    `Creator tap ${footer.creatorVersion >>> 16}.${footer.creatorVersion & 0xffff} keeps a block map after the BAT; none is there.`,
  );
  if (cookie !== batmapCookie) return { end: at, damage: found.damage };
  const offset = view.getBigUint64(8);
  const length = view.getUint32(16) * sectorBytes;
  const inside = offset >= BigInt(at + sectorBytes) && offset + BigInt(length) <= BigInt(end);
  found(inside, 'offset', `The block map of ${length} bytes at byte ${offset} does not fit into the disk.`);
  found(
    length * 8 >= header.tableEntries,
    'size',
    `The block map has ${length * 8} bits for ${header.tableEntries} blocks.`,
  );
  if (!inside) return { end: at + sectorBytes, damage: found.damage };
  if (length <= 4 * 1024 * 1024) {
    const sum = checksum(await source.read(Number(offset), length), length);
    found(sum === view.getUint32(24), 'checksum', 'The block map does not add up to its checksum.');
  }
  return { end: Number(offset) + length, damage: found.damage };
}

/** Ends of the parent's names, where they stand before the blocks inside the file; their places are not trusted otherwise. */
function locatorEnds(header: Header, end: number): number[] {
  return header.locators
    .map((locator) => Number(locator.offset) + Math.min(locatorSpace(locator), locator.length))
    .filter((at) => at <= end && at <= Number(header.tableOffset) + 4 * header.tableEntries + 1024 * 1024);
}

/**
 * DECISIONS 1's metadata: what a VHD of this kind and virtual size has beside its content at most, in bytes. For a fixed
 * disk its footer. Else two footers, header, BAT, the creator tap's block map, and for every block the bitmap, the gap
 * that brings its data to a 4 KiB boundary, and the rest of a last block that the size does not fill.
 */
export function measureMetadata(vhd: Vhd): number {
  if (vhd.footer.type === diskType.fixed) return vhd.source.size - vhd.found.end - vhd.found.trailing;
  if (!vhd.header || vhd.damage.some(({ field }) => field === 'header block size')) return 2 * sectorBytes;
  const { blockSize, tableEntries } = vhd.header;
  const blocks = Math.ceil(vhd.virtualSize / blockSize);
  const perBlock = blockSize < 4096 ? bitmapBytes(blockSize) : align(bitmapBytes(blockSize), 4096);
  const tables =
    align(4 * tableEntries, sectorBytes) + sectorBytes + align(Math.ceil(tableEntries / 8), sectorBytes);
  return (
    2 * sectorBytes +
    headerBytes +
    align(tables, 4096) +
    blocks * perBlock +
    (blocks * blockSize - vhd.virtualSize)
  );
}
