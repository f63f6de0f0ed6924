/** Reads QCOW2 disks, versions 2 and 3 (QEMU's docs/interop/qcow2.txt): stand-alone ones that are not encrypted. */

import { blockContent, type Opened, refuseSize } from '../blockContent.ts';
import { latin1, toSize, viewOf } from '../bytes.ts';
import type { Inflate, Packing } from '../inflate.ts';
import type { Part } from '../overlay.ts';
import { type ByteSource, DamagedData } from '../source.ts';
import { largestBlock } from './header.ts';
import type { Head, Match } from './inspection.ts';

export const qcow2Magic = 'QFI\xfb';

/** Those of a disk of 1 PiB with clusters of 64 KiB. */
const mostTables = 2 ** 21;
const addressBits = 0x00ff_ffff_ffff_fe00n;
const compressedFlag = 1n << 62n;

/** Bits of version 3 without which a disk cannot be understood (incompatible features). */
const features = { dirty: 1n, corrupt: 2n, dataFile: 4n, compression: 8n, known: 15n } as const;
const featuresAt = 72;

/** Recognises a QCOW2 of any version, with OpenStack's three checks. Version 2 has no features; the check reads there all the same. */
export function inspectQcow2({ bytes }: Head): Match | undefined {
  if (bytes.length < 512 || latin1(bytes, 0, 4) !== qcow2Magic) return undefined;
  const view = viewOf(bytes);
  const version = view.getUint32(4);
  const bits = view.getBigUint64(featuresAt);
  const isUnknown = version === 3 ? (bits & ~features.known) !== 0n : version !== 2;
  const failed = [
    ...(view.getBigUint64(8) === 0n ? [] : ['backing_file']),
    ...((bits & features.dataFile) === 0n ? [] : ['data_file']),
    ...(isUnknown ? ['unknown_features'] : []),
  ];
  return { format: 'qcow2', virtualSize: toSize(view.getBigUint64(24)), failed };
}

interface Qcow2Header {
  readonly size: number;
  readonly clusterBits: number;
  /** Clusters' tables, and where the table of these tables stands. */
  readonly tables: number;
  readonly tablesAt: number;
  readonly isVersion3: boolean;
  readonly packing: Packing;
}

type Read<T> = { readonly value: T } | { readonly problem: string };

/**
 * Opens the content of a QCOW2 file, or says why it cannot be read: all tables are read, so that it is known which parts may
 * hold something. Reading fails where a compressed cluster is damaged.
 */
export async function openQcow2(source: ByteSource, inflate: Inflate): Promise<Opened> {
  const header = decodeHeader(await source.read(0, 112));
  if ('problem' in header) return header;
  const tables = await readTables(source, header.value);
  if ('problem' in tables) return tables;
  const clusters = createClusters(source, header.value, async (index) => tables.value[index] ?? 0, inflate);
  const ranges = await clusters.findRanges();
  if ('problem' in ranges) return ranges;
  const { size, clusterBits } = header.value;
  return blockContent(source, { size, blockSize: 2 ** clusterBits, ranges: ranges.value }, clusters.locate);
}

/** Opens it without reading any table before it is needed: to look at a few places of a disk of any size. */
export function glanceAtQcow2(source: ByteSource, head: Uint8Array, inflate: Inflate): Opened {
  const header = decodeHeader(head);
  if ('problem' in header) return header;
  const { size, clusterBits, tablesAt } = header.value;
  const locateTable = async (index: number): Promise<number | undefined> => {
    const entry = await source.read(tablesAt + 8 * index, 8);
    return entry.length < 8 ? undefined : toSize(viewOf(entry).getBigUint64(0) & addressBits);
  };
  const { locate } = createClusters(source, header.value, locateTable, inflate);
  return blockContent(source, { size, blockSize: 2 ** clusterBits }, locate);
}

function decodeHeader(bytes: Uint8Array): Read<Qcow2Header> {
  if (bytes.length < 72 || latin1(bytes, 0, 4) !== qcow2Magic) return { problem: 'This is no QCOW2 disk.' };
  const view = viewOf(bytes);
  const version = view.getUint32(4);
  const clusterBits = view.getUint32(20);
  const size = toSize(view.getBigUint64(24));
  const tables = view.getUint32(36);
  const tablesAt = toSize(view.getBigUint64(40));
  if (version !== 2 && version !== 3) return { problem: `QCOW2 version ${version} cannot be read.` };
  if (version === 3 && bytes.length < 104) return { problem: 'The QCOW2 header is cut off.' };
  if (view.getBigUint64(8) > 0n)
    return { problem: 'The disk has a backing file; only stand-alone disks can be read.' };
  if (view.getUint32(32) > 0) return { problem: 'The disk is encrypted.' };
  if (clusterBits < 9 || clusterBits > 21)
    return { problem: `Clusters of 2^${clusterBits} bytes cannot be read; QCOW2 has 2^9 to 2^21.` };
  // Dirty reference counts do not matter to a reader; the way of packing is said further on.
  const bits = version === 3 ? view.getBigUint64(featuresAt) : 0n;
  const unread = bits & ~(features.dirty | features.compression);
  if (unread > 0n) return { problem: `The disk has features that cannot be read: 0x${unread.toString(16)}.` };
  const isZstd = (bits & features.compression) > 0n && bytes[104] === 1;
  const tooLarge = refuseSize(size);
  if (tooLarge) return tooLarge;
  const needed = Math.ceil(size / 2 ** (2 * clusterBits - 3));
  if (tables < needed || needed > mostTables)
    return { problem: `The disk's table has ${tables} entries; ${size} bytes need ${needed}.` };
  const packing = isZstd ? 'zstd' : 'deflate-raw';
  return { value: { size, clusterBits, tables: needed, tablesAt, isVersion3: version === 3, packing } };
}

/** Where each table of clusters stands; 0: all of its clusters are zeros. */
async function readTables(source: ByteSource, header: Qcow2Header): Promise<Read<Float64Array>> {
  const bytes = await source.read(header.tablesAt, 8 * header.tables);
  if (bytes.length < 8 * header.tables) return { problem: "The disk's table is cut off." };
  const view = viewOf(bytes);
  const tables = new Float64Array(header.tables);
  const clusterBytes = 2 ** header.clusterBits;
  let allocated = 0;
  for (let index = 0; index < tables.length; index++) {
    const at = Number(view.getBigUint64(8 * index) & addressBits);
    if (at % clusterBytes !== 0 || at + clusterBytes > source.size)
      return { problem: `The table of clusters ${index} would stand at byte ${at}.` };
    tables[index] = at;
    if (at > 0) allocated++;
  }
  if (allocated * clusterBytes > source.size) return { problem: 'Tables of clusters stand in one place.' };
  return { value: tables };
}

function createClusters(
  source: ByteSource,
  header: Qcow2Header,
  locateTable: (index: number) => Promise<number | undefined>,
  inflate: Inflate,
) {
  const { clusterBits, size, isVersion3, packing } = header;
  const clusterBytes = 2 ** clusterBits;
  const entriesOfTable = clusterBytes / 8;
  /** A table of clusters; 'none' where all are zeros, undefined where it does not lie in the file. */
  const readTable = memoizeRecent(
    clusterBits > 16 ? 2 : 16,
    async (index: number): Promise<DataView | 'none' | undefined> => {
      const at = await locateTable(index);
      if (at === undefined || at === 0) return at === 0 ? 'none' : undefined;
      const bytes = await source.read(at, clusterBytes);
      return bytes.length < clusterBytes ? undefined : viewOf(Uint8Array.from(bytes));
    },
  );
  const entryIn = (table: DataView, cluster: number): bigint => {
    const entry = table.getBigUint64(8 * (cluster % entriesOfTable));
    return isVersion3 && (entry & (compressedFlag | 1n)) === 1n ? 0n : entry; // bit 0: it reads as zeros
  };
  /** The place of a compressed cluster, and how many bytes it has at most. */
  const locateCompressed = (entry: bigint) => {
    const offsetBits = BigInt(62 - (clusterBits - 8));
    const at = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & (compressedFlag - 1n)) >> offsetBits) + 1;
    return { at, length: sectors * 512 - (at % 512) };
  };
  const unpack = memoizeRecent(1, async (entry: bigint) => {
    const { at, length } = locateCompressed(entry);
    const bytes = await inflate(await source.read(at, length), packing, clusterBytes);
    if (bytes?.length !== clusterBytes) throw new DamagedData(at, length);
    return bytes;
  });
  const locate = async (cluster: number) => {
    const table = await readTable(Math.floor(cluster / entriesOfTable));
    if (table === undefined) return undefined;
    const entry = table === 'none' ? 0n : entryIn(table, cluster);
    if ((entry & compressedFlag) > 0n) return { bytes: await unpack(entry) };
    const at = Number(entry & addressBits);
    return at === 0 ? ('zeros' as const) : { at };
  };
  /** Allocated parts, those less than a VHD's block apart as one; and whether all of them lie in the file. */
  const findRanges = async (): Promise<Read<readonly Part[]>> => {
    const ranges: Part[] = [];
    for (let index = 0; index < header.tables; index++) {
      const table = await readTable(index);
      if (table === undefined || table === 'none') continue;
      for (let cluster = index * entriesOfTable; cluster < (index + 1) * entriesOfTable; cluster++) {
        const entry = entryIn(table, cluster);
        const position = cluster * clusterBytes;
        if (entry === 0n || position >= size) continue;
        const isCompressed = (entry & compressedFlag) > 0n;
        const at = isCompressed ? locateCompressed(entry).at : Number(entry & addressBits);
        if (at >= source.size || (!isCompressed && at % clusterBytes !== 0))
          return {
            problem: `Cluster ${cluster} would stand at byte ${at} of a file of ${source.size} bytes.`,
          };
        const before = ranges.at(-1);
        const end = Math.min(size, position + clusterBytes);
        if (before && position - before.position - before.length < largestBlock)
          ranges[ranges.length - 1] = { position: before.position, length: end - before.position };
        else ranges.push({ position, length: end - position });
      }
    }
    return { value: ranges };
  };
  return { locate, findRanges };
}

/** Keeps the last answers. */
function memoizeRecent<K, T>(most: number, compute: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const kept = new Map<K, T>();
  return async (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const value = await compute(key);
    const [oldest] = kept.keys();
    if (kept.size >= most && oldest !== undefined) kept.delete(oldest);
    kept.set(key, value);
    return value;
  };
}
