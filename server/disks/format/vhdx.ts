/** Microsoft's VHDX (MS-VHDX): regions named by GUIDs, of which the metadata say the sizes and the BAT where blocks are. */

import { blockContent, type Opened } from '../blockContent.ts';
import { latin1, toSize, viewOf } from '../bytes.ts';
import type { ByteSource } from '../source.ts';
import type { Head, Match } from './inspection.ts';

const regionTableAt = 192 * 1024;
const tableBytes = 64 * 1024;
const mostEntries = 2047;

/** GUIDs as they stand in the file, in hex. */
const guids = {
  metadata: '06a27c8b90479a4bb8fe575f050f886e',
  bat: '6677c22d23f600429d64115e9bfd4a08',
  virtualSize: '2442a52f1bcd7648b2115dbed83bf4b8',
  fileParameters: '3767a1ca36fa434db3b633f0aa44e76b',
  sectorSize: '1dbf41816fa90947ba47f233a8faab5f',
} as const;

export async function inspectVhdx({ source, bytes }: Head): Promise<Match | undefined> {
  if (latin1(bytes, 0, 8) !== 'vhdxfile') return undefined;
  const metadata = await findMetadata(source);
  const size = metadata && (await readItem(source, metadata, guids.virtualSize, 8));
  if (size) return { format: 'vhdx', virtualSize: toSize(size.getBigUint64(0, true)), failed: [] };
  // OpenStack minds tables that are cut off, and not what they lack.
  const end = metadata ? metadata.at : regionTableAt;
  const isCut =
    end + tableBytes > source.size || (metadata && findItem(metadata, guids.virtualSize) !== undefined);
  return { format: 'vhdx', virtualSize: 0, failed: isCut ? ['incomplete'] : [] };
}

/** Opens the content of a VHDX without a parent, or says why it cannot be read. What its log has not written yet is not seen. */
export async function openVhdx(source: ByteSource): Promise<Opened> {
  const metadata = await findMetadata(source);
  const bat = await findRegion(source, guids.bat);
  const parameters = metadata && (await readItem(source, metadata, guids.fileParameters, 8));
  const sizes = metadata && (await readItem(source, metadata, guids.virtualSize, 8));
  const sector = metadata && (await readItem(source, metadata, guids.sectorSize, 4));
  if (bat === undefined || !parameters || !sizes || !sector)
    return { problem: 'Its tables are damaged, or the file is cut off.' };
  const blockSize = parameters.getUint32(0, true);
  const size = toSize(sizes.getBigUint64(0, true));
  if ((parameters.getUint32(4, true) & 2) > 0)
    return { problem: 'The disk has a parent; only stand-alone disks can be read.' };
  const sectorSize = sector.getUint32(0, true);
  const isPower = blockSize >= 2 ** 20 && blockSize <= 2 ** 28 && (blockSize & (blockSize - 1)) === 0;
  if (!isPower || (sectorSize !== 512 && sectorSize !== 4096))
    return { problem: `Blocks of ${blockSize} bytes with sectors of ${sectorSize} are no VHDX's.` };
  // After so many blocks' entries stands one of a bitmap.
  const chunk = (2 ** 23 * sectorSize) / blockSize;
  return blockContent(source, { size, blockSize }, async (block) => {
    const entry = viewOf(await source.read(bat + 8 * (block + Math.floor(block / chunk)), 8));
    if (entry.byteLength < 8) return undefined;
    const value = entry.getBigUint64(0, true);
    const isPresent = (value & 7n) >= 6n;
    return isPresent ? { at: toSize(value >> 20n) * 2 ** 20 } : 'zeros';
  });
}

interface Metadata {
  readonly at: number;
  readonly table: DataView;
  readonly count: number;
}

async function findMetadata(source: ByteSource): Promise<Metadata | undefined> {
  const at = await findRegion(source, guids.metadata);
  if (at === undefined) return undefined;
  const bytes = await source.read(at, tableBytes);
  if (bytes.length < 32 || latin1(bytes, 0, 8) !== 'metadata') return undefined;
  const count = viewOf(bytes).getUint16(10, true);
  return count > mostEntries || 32 + 32 * count > bytes.length
    ? undefined
    : { at, table: viewOf(bytes), count };
}

/** The place of a region in the file. */
async function findRegion(source: ByteSource, guid: string): Promise<number | undefined> {
  const table = viewOf(await source.read(regionTableAt, tableBytes));
  if (table.byteLength < tableBytes || table.getUint32(0, true) !== 0x6967_6572) return undefined;
  const count = table.getUint32(8, true);
  if (count > mostEntries) return undefined;
  const entry = findEntry(table, 16, count, guid);
  return entry === undefined ? undefined : toSize(table.getBigUint64(entry + 16, true));
}

/** An item of the metadata, by its GUID. Its place is counted from the beginning of the metadata. */
async function readItem(
  source: ByteSource,
  metadata: Metadata,
  guid: string,
  length: number,
): Promise<DataView | undefined> {
  const entry = findItem(metadata, guid);
  const { at, table } = metadata;
  if (entry === undefined || table.getUint32(entry + 20, true) < length) return undefined;
  const item = await source.read(at + table.getUint32(entry + 16, true), length);
  return item.length < length ? undefined : viewOf(item);
}

function findItem({ table, count }: Metadata, guid: string): number | undefined {
  return findEntry(table, 32, count, guid);
}

/** Finds the entry (of 32 bytes, which begin with a GUID) in a table whose entries begin at `start`. */
function findEntry(table: DataView, start: number, count: number, guid: string): number | undefined {
  for (let index = 0; index < count; index++) {
    const at = start + 32 * index;
    if (hexAt(table, at) === guid) return at;
  }
  return undefined;
}

function hexAt(view: DataView, at: number): string {
  let hex = '';
  for (let index = 0; index < 16; index++)
    hex += view
      .getUint8(at + index)
      .toString(16)
      .padStart(2, '0');
  return hex;
}
