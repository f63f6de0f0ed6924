/** The checks of a VHD's footer and header, in the order in which XenServer's `vhd-util check` looks. */
import { equalBytes } from './bytes.ts';
import { allOnes, checksum, diskType, type Footer, sectorBytes } from './format/footer.ts';
import {
  bitmapBytes,
  type Header,
  headerBytes,
  headerCookie,
  largestBlock,
  mostBlocks,
  smallBlock,
  unallocated,
} from './format/header.ts';
import { count, type Damage, type FoundFooter } from './locate.ts';

/**
 * The footer's own fields. Not damage here: the type (721 and 523 are its own answers), a zero identifier (614),
 * a geometry larger than the size (qemu-img's force_size) and a timestamp ahead, which are warned of, an unknown creator.
 */
export function checkFooter({ footer, bytes, end, at }: FoundFooter): Damage[] {
  const found = openCollector('footer');
  const computed = checksum(bytes, 64);
  found(
    footer.checksum === computed,
    'checksum',
    `The footer says ${hex(footer.checksum)}; its bytes add up to ${hex(computed)}.`,
  );
  found(
    (footer.features & 2) !== 0,
    'features',
    `The reserved feature bit (2) is not set in ${hex(footer.features)}.`,
  );
  found((footer.features & ~3) === 0, 'features', `Unknown feature bits are set in ${hex(footer.features)}.`);
  found(
    footer.version === 0x10000,
    'version',
    `The format version is ${hex(footer.version)}, not 1.0 (0x00010000).`,
  );
  if (footer.type === diskType.fixed) {
    found(
      footer.dataOffset === allOnes,
      'data offset',
      'A fixed disk has no header, so the offset must be all ones.',
    );
  }
  found(footer.currentSize > 0n, 'current size', 'The disk has no content: its size is 0.');
  found(
    footer.currentSize % 512n === 0n,
    'current size',
    `${footer.currentSize} bytes are no whole number of sectors.`,
  );
  found(footer.saved <= 1, 'saved state', `The value is ${footer.saved}; it can be 0 or 1.`);
  found(footer.hidden <= 1, 'hidden', `The value of byte 85 is ${footer.hidden}; it can be 0 or 1.`);
  found(
    bytes.subarray(86).every((byte) => byte === 0),
    'reserved',
    'Bytes 86 to 511 must be zero.',
  );
  if (footer.type === diskType.fixed && at > 0 && footer.currentSize > 0n) {
    const text = `The footer says ${footer.currentSize} bytes, and ${end} stand before it.`;
    found(footer.currentSize === BigInt(end), 'current size', text);
  }
  return found.damage;
}

/** The copy in the first sector of a dynamic disk must be the footer, byte by byte. */
export function checkFrontCopy(front: Uint8Array, { bytes }: FoundFooter): Damage[] {
  const found = openCollector('front');
  const same = equalBytes(front.subarray(0, bytes.length), bytes);
  const lost = front.every((byte) => byte === 0);
  found(
    same,
    'copy',
    lost
      ? 'The copy of the footer in the first sector is lost: the sector is zero.'
      : 'The first sector differs from the footer.',
  );
  return found.damage;
}

/** Checks that the header's place lies inside the file, which must hold before it is read. */
export function checkDataOffset(footer: Footer, end: number): Damage[] {
  const found = openCollector('footer');
  const inside = footer.dataOffset >= 512n && footer.dataOffset + BigInt(headerBytes) <= BigInt(end);
  found(
    inside,
    'data offset',
    `The header would stand at byte ${footer.dataOffset}, outside the disk's ${end} bytes.`,
  );
  found(
    !inside || footer.dataOffset % 512n === 0n,
    'data offset',
    `${footer.dataOffset} is no sector boundary.`,
  );
  return found.damage;
}

export function checkHeader(header: Header, bytes: Uint8Array, footer: Footer, end: number): Damage[] {
  const found = openCollector('header');
  const computed = checksum(bytes, 36);
  found(
    header.cookie === headerCookie,
    'cookie',
    `The header begins with ${JSON.stringify(header.cookie)}, not "${headerCookie}".`,
  );
  found(
    header.checksum === computed,
    'checksum',
    `The header says ${hex(header.checksum)}; its bytes add up to ${hex(computed)}.`,
  );
  found(
    header.version === 0x10000,
    'version',
    `The header version is ${hex(header.version)}, not 1.0 (0x00010000).`,
  );
  found(header.nextOffset === allOnes, 'next offset', 'It must be all ones: no further header follows.');
  checkTable(header, footer, end, found);
  found(
    zero(bytes, 60, 64) && zero(bytes, 768, headerBytes),
    'reserved',
    'Bytes 60 to 63 and 768 to 1023 must be zero.',
  );
  if (footer.type === diskType.dynamic) {
    const noParent = 'A dynamic disk has no parent, so it must be zero.';
    found(zero(header.parentUuid, 0, 16), 'parent identifier', noParent);
    found(header.parentTimestamp === 0, 'parent timestamp', noParent);
    found(zero(bytes, 64, 576), 'parent name', 'A dynamic disk has no parent, so it must be empty.');
    found(zero(bytes, 576, 768), 'parent locators', 'A dynamic disk has no parent, so they must be empty.');
  }
  return found.damage;
}

function checkTable(header: Header, footer: Footer, end: number, found: Collector): void {
  const tableEnd = header.tableOffset + 4n * BigInt(header.tableEntries);
  const { blockSize } = header;
  const power = blockSize >= sectorBytes && (blockSize & (blockSize - 1)) === 0;
  found(header.tableOffset % 512n === 0n, 'BAT offset', `${header.tableOffset} is no sector boundary.`);
  const inside = header.tableOffset >= 512n && tableEnd <= BigInt(end);
  const text = `${count(header.tableEntries, 'entry').replace(/entrys$/, 'entries')} at byte ${header.tableOffset} do not fit into the disk's ${end} bytes.`;
  found(inside, 'BAT offset', text);
  const clear =
    tableEnd <= footer.dataOffset || header.tableOffset >= footer.dataOffset + BigInt(headerBytes);
  found(!inside || clear, 'BAT offset', 'The table would overlap the header.');
  found(
    power && blockSize <= largestBlock,
    'block size',
    `${blockSize} is no power of two from 512 to ${largestBlock}.`,
  );
  if (!power) return;
  const blocks = listBlocks(footer.currentSize, blockSize);
  const fewer = `The table has ${header.tableEntries} entries; the disk's size needs ${blocks}.`;
  found(BigInt(header.tableEntries) >= blocks, 'table entries', fewer);
  const most = blockSize >= smallBlock ? mostBlocks : mostBlocks / 4;
  found(
    blocks <= BigInt(most),
    'block size',
    `Blocks of ${blockSize} bytes make ${blocks} entries; more than ${most} are not read.`,
  );
}

export function listBlocks(size: bigint, blockSize: number): bigint {
  return (size + BigInt(blockSize) - 1n) / BigInt(blockSize);
}

/**
 * The allocated blocks: each after the metadata, whole before the footer, and none over another.
 * `bat` holds sector numbers, `metadataEnd` and `end` are bytes.
 */
export function checkBlocks(bat: Uint32Array, blockSize: number, metadataEnd: number, end: number): Damage[] {
  const found = openCollector('BAT');
  const apart = (bitmapBytes(blockSize) + blockSize) / sectorBytes;
  const lowest = Math.ceil(metadataEnd / sectorBytes);
  const highest = Math.min(Math.floor(end / sectorBytes) - apart, unallocated - 1);
  // As most writers leave them: then no further look is needed.
  if (countInOrder(bat, apart, lowest, highest) === bat.length) return found.damage;
  let low = 0;
  let high = 0;
  for (let block = 0; block < bat.length; block++) {
    const entry = bat[block] ?? unallocated;
    if (entry === unallocated) continue;
    if (entry < lowest) low++;
    else if (entry > highest) high++;
  }
  const where = (wrong: (entry: number) => boolean) => {
    const block = bat.findIndex((entry) => entry !== unallocated && wrong(entry));
    return `block ${block} at sector ${bat[block]}`;
  };
  const over = `${count(low, 'block')} would lie over the disk's own tables, the first: `;
  if (low > 0) found(false, 'entry', `${over}${where((entry) => entry < lowest)}.`);
  const past = `${count(high, 'block')} would reach past the end of the disk's bytes, the first: `;
  const why = 'The file was cut off, or the entry is wrong.';
  if (high > 0) found(false, 'entry', `${past}${where((at) => at >= lowest && at > highest)}. ${why}`);
  const { overlaps, first } = findOverlaps(bat, apart, Math.min(lowest, highest), highest);
  found(
    overlaps === 0,
    'overlap',
    `${overlaps < manyOverlaps ? '' : 'At least '}${count(overlaps, 'block')} would lie over another, the first at sector ${first}.`,
  );
  return found.damage;
}

/**
 * How many entries, from the first on, lie behind each other and inside. By index, and with nothing behind the loop: it runs over
 * a million entries, where an iterator or a callback takes five times as long, and V8 throws away compiled code that leads to
 * lines that never ran.
 */
function countInOrder(bat: Uint32Array, apart: number, lowest: number, highest: number): number {
  let next = lowest;
  let at = 0;
  for (; at < bat.length; at++) {
    const entry = bat[at] ?? unallocated;
    if (entry === unallocated) continue;
    if (entry < next || entry > highest) break;
    next = entry + apart;
  }
  return at;
}

/** Counting goes no further: the table is rubbish, and may have millions. */
const manyOverlaps = 1000;

/** Counts the entries from `lowest` to `highest` that begin less than `apart` sectors after another, and finds the first. */
function findOverlaps(bat: Uint32Array, apart: number, lowest: number, highest: number) {
  let overlaps = 0;
  let first = 0;
  const seen = (entry: number, before: number): void => {
    if (before < lowest || entry > highest || entry - before >= apart) return;
    if (overlaps++ === 0 || entry < first) first = entry;
  };
  // Of blocks that lie apart, none shares a slot of a block's length with another: no sorting, half of the time.
  const slots = Math.max(0, Math.floor(highest / apart) + 1);
  if (slots > mostBlocks) {
    const sorted = bat.slice().sort(); // no filter() before: it collects in an array of eight bytes each
    for (let at = 1; at < sorted.length; at++) seen(sorted[at] ?? 0, sorted[at - 1] ?? 0);
    return { overlaps, first };
  }
  const places = new Uint32Array(slots);
  for (let block = 0; block < bat.length && overlaps < manyOverlaps; block++) {
    const entry = bat[block] ?? unallocated;
    if (entry < lowest || entry > highest) continue;
    const slot = (entry / apart) >>> 0;
    const other = places[slot] ?? 0;
    if (other > 0) seen(Math.max(entry, other), Math.min(entry, other));
    places[slot] = Math.max(entry, other);
  }
  for (let slot = 1; slot < slots && overlaps < manyOverlaps; slot++) {
    const before = places[slot - 1] ?? 0;
    const entry = places[slot] ?? 0;
    if (entry - before < apart && entry > 0 && before > 0) seen(entry, before);
  }
  return { overlaps, first };
}

interface Collector {
  (holds: boolean, field: string, text: string): void;
  readonly damage: Damage[];
}

export function openCollector(part: string): Collector {
  const damage: Damage[] = [];
  const found = (holds: boolean, field: string, text: string): void => {
    if (!holds) damage.push({ field: `${part} ${field}`, text });
  };
  return Object.assign(found, { damage });
}

function zero(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes.subarray(start, end).every((byte) => byte === 0);
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
