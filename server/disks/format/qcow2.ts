/**
 * Reads QCOW2 disks, versions 2 and 3 (QEMU's docs/interop/qcow2.txt): stand-alone ones, not encrypted, whose compressed
 * clusters are zlib's.
 */
import { inflateRawSync } from 'node:zlib';
import { latin1 } from '../bytes.ts';
import { type DiskContent, filledContent } from '../content.ts';
import type { Part } from '../overlay.ts';
import { type ByteSource, DamagedData, readInto } from '../source.ts';
import { largestBlock } from './header.ts';

export const qcow2Magic = 'QFI\xfb';

const mostBytes = 2 ** 50;
/** Those of such a disk with clusters of 64 KiB. */
const mostTables = 2 ** 21;
const addressBits = 0x00ff_ffff_ffff_fe00n;
const compressedFlag = 1n << 62n;

interface Qcow2Header {
  readonly size: number;
  readonly clusterBits: number;
  /** Clusters' tables, and where the table of these tables stands. */
  readonly tables: number;
  readonly tablesAt: number;
  readonly isVersion3: boolean;
}

type Opened<T> = { readonly value: T } | { readonly problem: string };

/** Opens the content of a QCOW2 file, or says why it cannot be read. Reading fails where a compressed cluster is damaged. */
export async function openQcow2(
  source: ByteSource,
): Promise<{ readonly content: DiskContent } | { readonly problem: string }> {
  const header = decodeHeader(Buffer.from(await source.read(0, 112)));
  if ('problem' in header) return header;
  const tables = await readTables(source, header.value);
  if ('problem' in tables) return tables;
  const clusters = createClusters(source, header.value, tables.value);
  const ranges = await clusters.findRanges();
  if ('problem' in ranges) return ranges;
  return { content: filledContent(header.value.size, clusters.fill, () => ranges.value) };
}

function decodeHeader(bytes: Buffer): Opened<Qcow2Header> {
  if (bytes.length < 72 || latin1(bytes, 0, 4) !== qcow2Magic) return { problem: 'This is no QCOW2 disk.' };
  const version = bytes.readUInt32BE(4);
  const clusterBits = bytes.readUInt32BE(20);
  const size = Number(bytes.readBigUInt64BE(24));
  const tables = bytes.readUInt32BE(36);
  const tablesAt = Number(bytes.readBigUInt64BE(40));
  if (version !== 2 && version !== 3) return { problem: `QCOW2 version ${version} cannot be read.` };
  if (version === 3 && bytes.length < 104) return { problem: 'The QCOW2 header is cut off.' };
  if (bytes.readBigUInt64BE(8) > 0n)
    return { problem: 'The disk has a backing file; only stand-alone disks can be read.' };
  if (bytes.readUInt32BE(32) > 0) return { problem: 'The disk is encrypted.' };
  if (clusterBits < 9 || clusterBits > 21)
    return { problem: `Clusters of 2^${clusterBits} bytes cannot be read; QCOW2 has 2^9 to 2^21.` };
  // Dirty reference counts (bit 0) do not matter to a reader.
  const features = version === 3 ? bytes.readBigUInt64BE(72) & ~1n : 0n;
  if (features > 0n)
    return { problem: `The disk has features that cannot be read: 0x${features.toString(16)}.` };
  if (size > mostBytes) return { problem: `A disk of ${size} bytes is too large to be read.` };
  const needed = Math.ceil(size / 2 ** (2 * clusterBits - 3));
  if (tables < needed || needed > mostTables)
    return { problem: `The disk's table has ${tables} entries; ${size} bytes need ${needed}.` };
  return { value: { size, clusterBits, tables: needed, tablesAt, isVersion3: version === 3 } };
}

/** Where each table of clusters stands; 0: all of its clusters are zeros. */
async function readTables(source: ByteSource, header: Qcow2Header): Promise<Opened<Float64Array>> {
  const bytes = Buffer.from(await source.read(header.tablesAt, 8 * header.tables));
  if (bytes.length < 8 * header.tables) return { problem: "The disk's table is cut off." };
  const tables = new Float64Array(header.tables);
  const clusterBytes = 2 ** header.clusterBits;
  let allocated = 0;
  for (let index = 0; index < tables.length; index++) {
    const at = Number(bytes.readBigUInt64BE(8 * index) & addressBits);
    if (at % clusterBytes !== 0 || at + clusterBytes > source.size)
      return { problem: `The table of clusters ${index} would stand at byte ${at}.` };
    tables[index] = at;
    if (at > 0) allocated++;
  }
  if (allocated * clusterBytes > source.size) return { problem: 'Tables of clusters stand in one place.' };
  return { value: tables };
}

function createClusters(source: ByteSource, header: Qcow2Header, tables: Float64Array) {
  const { clusterBits, size, isVersion3 } = header;
  const clusterBytes = 2 ** clusterBits;
  const entriesOfTable = clusterBytes / 8;
  const readTable = memoizeRecent(16, async (index: number) => {
    const at = tables[index] ?? 0;
    return at === 0 ? undefined : Buffer.from(await source.read(at, clusterBytes));
  });
  const entryIn = (table: Buffer | undefined, cluster: number): bigint => {
    const entry = table?.readBigUInt64BE(8 * (cluster % entriesOfTable)) ?? 0n;
    return isVersion3 && (entry & (compressedFlag | 1n)) === 1n ? 0n : entry; // bit 0: it reads as zeros
  };
  const entryOf = async (cluster: number): Promise<bigint> =>
    entryIn(await readTable(Math.floor(cluster / entriesOfTable)), cluster);
  /** The place of a compressed cluster, and how many bytes it has at most. */
  const locateCompressed = (entry: bigint) => {
    const offsetBits = BigInt(62 - (clusterBits - 8));
    const at = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & (compressedFlag - 1n)) >> offsetBits) + 1;
    return { at, length: sectors * 512 - (at % 512) };
  };
  const inflate = memoizeRecent(1, async (cluster: number) => {
    const { at, length } = locateCompressed(await entryOf(cluster));
    try {
      const bytes = inflateRawSync(await source.read(at, length), { maxOutputLength: clusterBytes });
      if (bytes.length === clusterBytes) return bytes;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error; // else zlib's
    }
    throw new DamagedData(at, length);
  });
  const fill = async (into: Uint8Array, position: number): Promise<void> => {
    for (let at = 0; at < into.length; ) {
      const cluster = Math.floor((position + at) / clusterBytes);
      const offset = (position + at) % clusterBytes;
      const part = into.subarray(at, at + clusterBytes - offset);
      const entry = await entryOf(cluster);
      if ((entry & compressedFlag) > 0n) {
        part.set((await inflate(cluster)).subarray(offset, offset + part.length));
      } else {
        const start = Number(entry & addressBits);
        part.fill(0, start > 0 ? await readInto(source, part, start + offset) : 0);
      }
      at += part.length;
    }
  };
  /** Allocated parts, those less than a VHD's block apart as one; and whether all of them lie in the file. */
  const findRanges = async (): Promise<Opened<readonly Part[]>> => {
    const ranges: Part[] = [];
    for (let index = 0; index < tables.length; index++) {
      const table = await readTable(index);
      if (!table) continue;
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
  return { fill, findRanges };
}

/** Keeps the last answers. */
function memoizeRecent<T>(most: number, compute: (key: number) => Promise<T>): (key: number) => Promise<T> {
  const kept = new Map<number, T>();
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
