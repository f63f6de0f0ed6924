/** Partition tables: GPT (with its backup), MBR with extended partitions. Bounded, whatever the bytes say. */
import { crc32, latin1 } from '../bytes.ts';
import type { ByteSource } from '../source.ts';

export interface Partition {
  readonly number: number;
  /** Bytes from the start of the disk. */
  readonly start: number;
  readonly length: number;
  /** e.g. `EFI system`. */
  readonly label: string;
  readonly kind: 'reserved' | 'ldm' | 'recovery' | 'volume' | 'other';
}

export interface PartitionTable {
  readonly scheme: 'gpt' | 'mbr' | 'none';
  readonly partitions: readonly Partition[];
}

type Label = readonly [label: string, kind: Partition['kind']];

const sector = 512;
const mostPartitions = 256;

const gptTypes: Readonly<Record<string, Label>> = {
  'c12a7328-f81f-11d2-ba4b-00a0c93ec93b': ['EFI system', 'volume'],
  'e3c9e316-0b5c-4db8-817d-f92df00215ae': ['Microsoft reserved', 'reserved'],
  'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7': ['Basic data', 'volume'],
  '5808c8aa-7e8f-42e0-85d2-e1e90434cfb3': ['LDM metadata', 'ldm'],
  'af9b60a0-1431-4f62-bc68-3311714a69ad': ['LDM data', 'ldm'],
  'de94bba4-06d1-4d40-a16a-bfd50179d6ac': ['Windows recovery', 'recovery'],
  '0fc63daf-8483-4772-8e79-3d69d8477de4': ['Linux', 'volume'],
  '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f': ['Linux swap', 'volume'],
  'e6d6d379-f507-44c2-a23c-238f2a3df928': ['Linux LVM', 'volume'],
  '4f68bce3-e8cd-4db1-96e7-fbcaf984b709': ['Linux root (x86-64)', 'volume'],
  '21686148-6449-6e6f-744e-656564454649': ['BIOS boot', 'other'],
};

const mbrTypes: Readonly<Record<number, Label>> = {
  1: ['FAT12', 'volume'],
  4: ['FAT16', 'volume'],
  6: ['FAT16', 'volume'],
  14: ['FAT16', 'volume'],
  7: ['NTFS/exFAT', 'volume'],
  11: ['FAT32', 'volume'],
  12: ['FAT32', 'volume'],
  39: ['Windows recovery', 'recovery'],
  66: ['LDM', 'ldm'],
  130: ['Linux swap', 'volume'],
  131: ['Linux', 'volume'],
  142: ['Linux LVM', 'volume'],
  239: ['EFI system', 'volume'],
};

export async function readPartitions(disk: ByteSource): Promise<PartitionTable> {
  const none: PartitionTable = { scheme: 'none', partitions: [] };
  const boot = await disk.read(0, sector);
  if (boot.length < sector || boot[510] !== 0x55 || boot[511] !== 0xaa) return none;
  const entries = mbrEntries(boot);
  if (entries.some((entry) => entry.type === 0xee) || entries.length === 0) {
    const last = Math.floor(disk.size / sector) - 1;
    const partitions = (await gpt(disk, 1)) ?? (await gpt(disk, last));
    if (partitions) return { scheme: 'gpt', partitions };
  }
  // In the boot sector of a volume without a table, program text stands in the table's place.
  const plausible = entries.every(
    ({ status, start }) => (status & 0x7f) === 0 && start > 0 && start * sector < disk.size,
  );
  if (!plausible || entries.length === 0) return none;
  return { scheme: 'mbr', partitions: await mbr(disk, entries) };
}

interface Entry {
  readonly index: number;
  readonly status: number;
  readonly type: number;
  readonly start: number;
  readonly length: number;
}

function mbrEntries(boot: Uint8Array): Entry[] {
  const view = new DataView(boot.buffer, boot.byteOffset, boot.byteLength);
  return [0, 1, 2, 3]
    .map((index) => {
      const at = 446 + index * 16;
      const numbers = { start: view.getUint32(at + 8, true), length: view.getUint32(at + 12, true) };
      return { index, status: view.getUint8(at), type: view.getUint8(at + 4), ...numbers };
    })
    .filter((entry) => entry.type !== 0 && entry.length > 0);
}

async function mbr(disk: ByteSource, entries: readonly Entry[]): Promise<Partition[]> {
  const partitions: Partition[] = [];
  for (const entry of entries) {
    if (!isExtended(entry.type)) partitions.push(mbrPartition(entry, entry.index + 1, entry.start));
  }
  for (const entry of entries) {
    if (isExtended(entry.type)) partitions.push(...(await logical(disk, entry)));
  }
  return partitions;
}

/** Follows the chain of extended boot records: each names one partition and the next record, relative to the first. */
async function logical(disk: ByteSource, extended: Entry): Promise<Partition[]> {
  const partitions: Partition[] = [];
  const seen = new Set<number>();
  let at: number | undefined = extended.start;
  while (at !== undefined && !seen.has(at) && at * sector < disk.size && seen.size < mostPartitions) {
    seen.add(at);
    const record: Uint8Array = await disk.read(at * sector, sector);
    if (record.length < sector || record[510] !== 0x55 || record[511] !== 0xaa) break;
    const entries = mbrEntries(record);
    const volume = entries.find((entry) => !isExtended(entry.type));
    if (volume) partitions.push(mbrPartition(volume, 4 + seen.size, at + volume.start));
    const next = entries.find((entry) => isExtended(entry.type));
    at = next && extended.start + next.start;
  }
  return partitions;
}

function isExtended(type: number): boolean {
  return type === 0x05 || type === 0x0f || type === 0x85;
}

function mbrPartition(entry: Entry, number: number, start: number): Partition {
  const [label, kind] = mbrTypes[entry.type] ?? [
    `type 0x${entry.type.toString(16).padStart(2, '0')}`,
    'volume',
  ];
  return { number, start: start * sector, length: entry.length * sector, label, kind };
}

/** Reads a GPT; undefined where no whole table (both checksums) stands at that sector. */
async function gpt(disk: ByteSource, lba: number): Promise<Partition[] | undefined> {
  const header = Uint8Array.from(await disk.read(lba * sector, sector));
  if (header.length < sector || latin1(header, 0, 8) !== 'EFI PART') return undefined;
  const view = new DataView(header.buffer);
  const headerSize = view.getUint32(12, true);
  const entriesAt = view.getBigUint64(72, true);
  const count = view.getUint32(80, true);
  const size = view.getUint32(84, true);
  if (
    headerSize < 92 ||
    headerSize > sector ||
    size < 128 ||
    size > 4096 ||
    count > 4096 ||
    count * size > 1024 * 1024
  )
    return undefined;
  const stated = view.getUint32(16, true);
  view.setUint32(16, 0, true);
  if (crc32(header.subarray(0, headerSize)) !== stated) return undefined;
  if (entriesAt * 512n + BigInt(count * size) > BigInt(disk.size)) return undefined;
  const table = await disk.read(Number(entriesAt) * sector, count * size);
  if (crc32(table) !== view.getUint32(88, true)) return undefined;
  const partitions: Partition[] = [];
  for (let index = 0; index < count && partitions.length < mostPartitions; index++) {
    const partition = gptPartition(table.subarray(index * size, (index + 1) * size), index + 1, disk.size);
    if (partition) partitions.push(partition);
  }
  return partitions;
}

function gptPartition(entry: Uint8Array, number: number, diskSize: number): Partition | undefined {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
  const type = guid(entry);
  const start = Number(view.getBigUint64(32, true)) * sector;
  const end = (Number(view.getBigUint64(40, true)) + 1) * sector;
  if (type === '00000000-0000-0000-0000-000000000000' || start >= end || start >= diskSize) return undefined;
  const [label, kind] = gptTypes[type] ?? [type, 'volume'];
  return { number, start, length: end - start, label, kind };
}

/** The first three fields of a GUID are little-endian, the rest is in order. */
function guid(bytes: Uint8Array): string {
  const hex = (...places: number[]): string =>
    places.map((at) => (bytes[at] ?? 0).toString(16).padStart(2, '0')).join('');
  return `${hex(3, 2, 1, 0)}-${hex(5, 4)}-${hex(7, 6)}-${hex(8, 9)}-${hex(10, 11, 12, 13, 14, 15)}`;
}
