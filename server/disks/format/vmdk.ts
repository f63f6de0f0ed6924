/** VMware's VMDK: a text that describes extents, alone or behind the header of a sparse extent (little-endian). */

import { blockContent, type Opened } from '../blockContent.ts';
import { latin1, toSize, viewOf } from '../bytes.ts';
import type { Inflate } from '../inflate.ts';
import type { ByteSource } from '../source.ts';
import type { Head, Match } from './inspection.ts';

const sector = 512;
const magic = 'KDMV';
const leastHeader = 64;
const descriptorAt = 512;
const mostDescriptor = 2 ** 20 - 1;
/** The header's place of the grain directory that says: it stands in the footer. */
const directoryAtEnd = 0xffff_ffff_ffff_ffffn;
const footerBytes = 3 * sector;
const soundTypes = ['monolithicsparse', 'streamoptimized'];

interface SparseHeader {
  readonly magic: string;
  readonly version: number;
  readonly flags: number;
  /** In sectors, as all below. */
  readonly capacity: bigint;
  readonly grain: bigint;
  readonly descriptor: bigint;
  readonly descriptorLength: bigint;
  readonly entriesOfTable: number;
  readonly directory: bigint;
}

function decodeHeader(bytes: Uint8Array): SparseHeader {
  const view = viewOf(bytes);
  const long = (at: number): bigint => view.getBigUint64(at, true);
  return {
    magic: latin1(bytes, 0, 4),
    version: view.getUint32(4, true),
    flags: view.getUint32(8, true),
    capacity: long(12),
    grain: long(20),
    descriptor: long(28),
    descriptorLength: long(36),
    entriesOfTable: view.getUint32(44, true),
    directory: long(56),
  };
}

/** Recognises a sparse extent by its header, and a text by its `createType`. */
export async function inspectVmdk({ source, bytes }: Head): Promise<Match | undefined> {
  if (bytes.length < leastHeader) return undefined;
  const header = decodeHeader(bytes);
  if (header.magic !== magic) {
    if (!isPrintable(latin1(bytes, 0, Math.min(bytes.length, sector)))) return undefined;
    const described = decodeDescriptor(await source.read(0, 64 * 1024));
    if (described?.type === undefined) return undefined;
    const failed = refuseDescriptor(described) ? ['descriptor'] : [];
    return { format: 'vmdk', subformat: described.type, virtualSize: countExtents(described.text), failed };
  }
  const isPlaced = [1, 2, 3].includes(header.version) && header.descriptor * 512n === BigInt(descriptorAt);
  if (!isPlaced) return { format: 'vmdk', virtualSize: 0, failed: ['descriptor'] };
  const length = Math.min(toSize(header.descriptorLength) * sector, mostDescriptor);
  const text = await source.read(descriptorAt, length);
  const described = decodeDescriptor(text);
  const hasFooter = header.directory === directoryAtEnd;
  const isCut = text.length < length || (hasFooter && source.size < footerBytes);
  const failed = [
    ...(refuseDescriptor(described) ? ['descriptor'] : []),
    ...(hasFooter && !isCut && !(await hasSoundFooter(source, header)) ? ['footer'] : []),
  ];
  const isSized = soundTypes.includes(described?.type ?? '');
  const virtualSize = isSized ? toSize(header.capacity * 512n) : 0;
  const subformat = described?.type === undefined ? {} : { subformat: described.type };
  return { format: 'vmdk', ...subformat, virtualSize, failed: isCut ? ['incomplete'] : failed };
}

/** Bytes of a disk that QEMU reads as a VMDK and OpenStack's inspector does not: a padded description, or an extent of ESX. */
export async function measureUnmatched({ source, bytes }: Head): Promise<number> {
  if (latin1(bytes, 0, 4) === 'COWD')
    return bytes.length < 16 ? 0 : viewOf(bytes).getUint32(12, true) * sector;
  const described = decodeDescriptor(await source.read(0, 64 * 1024));
  return described ? countExtents(described.text) : 0;
}

interface Descriptor {
  /** In lower case. */
  readonly text: string;
  readonly type: string | undefined;
}

/** Reads a description up to its padding; undefined where it is no ASCII. */
function decodeDescriptor(bytes: Uint8Array): Descriptor | undefined {
  const end = bytes.indexOf(0);
  const own = end < 0 ? bytes : bytes.subarray(0, end);
  if (own.some((byte) => byte > 127)) return undefined;
  const text = new TextDecoder().decode(own).toLowerCase();
  const start = text.indexOf('createtype="') + 'createtype="'.length;
  const stop = text.indexOf('"', start);
  const isFound = start >= 'createtype="'.length && stop >= 0 && stop - start < 64;
  return { text, type: isFound ? text.slice(start, stop) : undefined };
}

/**
 * Tells whether a description is not safe to follow: of a type whose data lie in other files, with a line that is no field,
 * comment, database entry or extent, without an extent, or with one that names a path.
 */
function refuseDescriptor(described: Descriptor | undefined): boolean {
  if (!described?.text || !soundTypes.includes(described.type ?? '')) return true;
  let extents = 0;
  for (const line of described.text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#') || line.startsWith('ddb')) continue;
    const [field = ''] = line.split('=');
    if (line.includes('=') && !field.includes(' ')) continue;
    const [access = ''] = line.split(' ');
    if (!['rw', 'rdonly', 'noaccess'].includes(access) || line.includes('/')) return true;
    extents++;
  }
  return extents === 0;
}

/** The bytes of all extents that a description names. */
function countExtents(text: string): number {
  let sectors = 0;
  for (const [, length] of text.matchAll(/^[ \t]*(?:rw|rdonly|noaccess) (\d{1,15}) /gm))
    sectors += Number(length);
  return Math.min(sectors * sector, Number.MAX_SAFE_INTEGER);
}

/** The footer stands between its marker and that of the stream's end, and says what the header says. */
async function hasSoundFooter(source: ByteSource, header: SparseHeader): Promise<boolean> {
  const bytes = await source.read(source.size - footerBytes, footerBytes);
  const footer = decodeHeader(bytes.subarray(sector));
  const marker = (at: number, isEnd: boolean): boolean => {
    const view = viewOf(bytes.subarray(at, at + sector));
    const isPadded = bytes.subarray(at + 16, at + sector).every((byte) => byte === 0);
    const kind = view.getUint32(12, true);
    const isEmpty = view.getUint32(8, true) === 0 && isPadded;
    return isEmpty && (isEnd ? kind === 0 && view.getBigUint64(0, true) === 0n : kind === 3);
  };
  return (
    footer.magic === header.magic &&
    footer.version === header.version &&
    footer.descriptor === header.descriptor &&
    footer.descriptorLength === header.descriptorLength &&
    footer.directory !== directoryAtEnd &&
    marker(0, false) &&
    marker(footerBytes - sector, true)
  );
}

function isPrintable(text: string): boolean {
  return /^[\x20-\x7e\s]*$/.test(text) && !/[\x80-\xff]/.test(text);
}

/** Opens the content of a sparse extent that is a whole disk, or says why it cannot be read. */
export async function openVmdk(source: ByteSource, head: Uint8Array, inflate: Inflate): Promise<Opened> {
  if (head.length < sector || latin1(head, 0, 4) !== magic)
    return { problem: 'Its data lie in other files.' };
  const front = decodeHeader(head);
  const isAtEnd = front.directory === directoryAtEnd;
  const footer = isAtEnd ? await source.read(source.size - 2 * sector, sector) : head;
  if (footer.length < sector) return { problem: 'The file is cut off.' };
  const { capacity, grain, entriesOfTable, directory, flags } = decodeHeader(footer);
  const size = toSize(capacity * 512n);
  const blockSize = toSize(grain) * sector;
  if (!(blockSize >= sector && blockSize <= 2 ** 21) || entriesOfTable === 0 || entriesOfTable > 2 ** 16)
    return { problem: `Grains of ${grain} sectors, ${entriesOfTable} of a table, make no disk.` };
  const isPacked = (flags & 0x1_0000) !== 0;
  const readEntry = async (table: number, index: number): Promise<number | undefined> => {
    const entry = await source.read(table * sector + 4 * index, 4);
    return entry.length < 4 ? undefined : viewOf(entry).getUint32(0, true);
  };
  return blockContent(source, { size, blockSize }, async (block) => {
    const table = await readEntry(toSize(directory), Math.floor(block / entriesOfTable));
    const place = table && (await readEntry(table, block % entriesOfTable));
    if (table === undefined || place === undefined) return undefined;
    if (place <= 1) return 'zeros'; // 1: a grain of zeros
    if (!isPacked) return { at: place * sector };
    const bytes = await unpackGrain(source, place * sector, blockSize, inflate);
    return bytes && { bytes };
  });
}

/** A grain of a stream: its place on the disk (8 bytes), its length (4), and its bytes, packed by zlib. */
async function unpackGrain(source: ByteSource, at: number, blockSize: number, inflate: Inflate) {
  const marker = await source.read(at, 12);
  if (marker.length < 12) return undefined;
  const length = viewOf(marker).getUint32(8, true);
  return length > 2 * blockSize
    ? undefined
    : inflate(await source.read(at + 12, length), 'deflate', blockSize);
}
