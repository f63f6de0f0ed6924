/** Writes QCOW2 disks, version 3 (QEMU's docs/interop/qcow2.txt): stand-alone, not compressed, without what is zero. */
import type { DiskContent } from '../content.ts';
import { releaseMemory } from '../memory.ts';
import { isZero, touchedBlocks, type WriteAt, type WriteOptions } from '../write.ts';
import { align } from './header.ts';
import { qcow2Magic } from './qcow2.ts';

const clusterBits = 16;
const clusterBytes = 2 ** clusterBits;
/** Entries of 8 bytes in a table of clusters, and bytes of the disk that it maps. */
const tableEntries = clusterBytes / 8;
const tableSpan = tableEntries * clusterBytes;
/** Reference counts of 2 bytes in a block of them. */
const countsOfBlock = clusterBytes / 2;
/** Nothing else refers to the cluster, so it may be written in place. */
const copied = 1n << 63n;

/**
 * Clusters follow in the order of the disk, each table behind those that it maps; what stands before them is written last.
 * Answers the file's size.
 */
export async function writeQcow2(
  content: DiskContent,
  write: WriteAt,
  options: WriteOptions = {},
): Promise<number> {
  const layout = layOut(content);
  const tables = Buffer.alloc(layout.tablesBytes);
  const table = Buffer.allocUnsafeSlow(clusterBytes).fill(0);
  const data = Buffer.allocUnsafeSlow(clusterBytes);
  let end = layout.dataAt;
  let open = -1;
  const append = async (bytes: Uint8Array): Promise<bigint> => {
    await write(bytes, end);
    end += clusterBytes;
    return BigInt(end - clusterBytes) | copied;
  };
  const closeTable = async (): Promise<void> => {
    if (open < 0) return;
    tables.writeBigUInt64BE(await append(table), 8 * open);
    table.fill(0);
  };
  for (const cluster of touchedBlocks(content, clusterBytes)) {
    options.signal?.throwIfAborted();
    const position = cluster * clusterBytes;
    options.progress?.(position, content.size);
    data.fill(0, await content.fill(data, position));
    if (isZero(data)) continue;
    const index = Math.floor(position / tableSpan);
    if (index !== open) await closeTable();
    open = index;
    table.writeBigUInt64BE(await append(data), 8 * (cluster % tableEntries));
  }
  await closeTable();
  await write(tables, layout.tablesAt);
  await writeCounts(layout, end / clusterBytes, write);
  await write(encodeHeader(content.size, layout), 0);
  releaseMemory(table);
  releaseMemory(data);
  options.progress?.(content.size, content.size);
  return end;
}

/** Before the clusters: the header, the table of tables, the table of reference counts and the blocks that may be needed. */
function layOut(content: DiskContent) {
  const tables = Math.ceil(content.size / tableSpan);
  const tablesBytes = align(8 * tables, clusterBytes);
  const before = 1 + tablesBytes / clusterBytes;
  let most = 0;
  for (const _ of touchedBlocks(content, clusterBytes)) most++;
  let blocks = 0;
  let countsClusters = 0;
  // The counts are counted too.
  for (let needed = 1; needed > blocks; ) {
    blocks = needed;
    countsClusters = Math.ceil((8 * blocks) / clusterBytes);
    needed = Math.ceil((before + countsClusters + blocks + most + tables) / countsOfBlock);
  }
  const countsAt = before * clusterBytes;
  const blocksAt = countsAt + countsClusters * clusterBytes;
  const dataAt = blocksAt + blocks * clusterBytes;
  return { tables, tablesBytes, tablesAt: clusterBytes, countsAt, countsClusters, blocks, blocksAt, dataAt };
}

type Layout = ReturnType<typeof layOut>;

/** Every cluster of the file is referred to once. */
async function writeCounts(
  { countsAt, countsClusters, blocks, blocksAt }: Layout,
  used: number,
  write: WriteAt,
): Promise<void> {
  const counts = Buffer.alloc(countsClusters * clusterBytes);
  for (let index = 0; index < blocks; index++) {
    counts.writeBigUInt64BE(BigInt(blocksAt + index * clusterBytes), 8 * index);
    const block = Buffer.alloc(clusterBytes);
    const filled = Math.max(0, Math.min(countsOfBlock, used - index * countsOfBlock));
    for (let at = 0; at < filled; at++) block.writeUInt16BE(1, 2 * at);
    await write(block, blocksAt + index * clusterBytes);
  }
  await write(counts, countsAt);
}

function encodeHeader(size: number, { tables, tablesAt, countsAt, countsClusters }: Layout): Buffer {
  const bytes = Buffer.alloc(clusterBytes);
  bytes.write(qcow2Magic, 0, 'latin1');
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(clusterBits, 20);
  bytes.writeBigUInt64BE(BigInt(size), 24);
  bytes.writeUInt32BE(tables, 36);
  bytes.writeBigUInt64BE(BigInt(tablesAt), 40);
  bytes.writeBigUInt64BE(BigInt(countsAt), 48);
  bytes.writeUInt32BE(countsClusters, 56);
  bytes.writeUInt32BE(4, 96); // reference counts have 2^4 bits
  bytes.writeUInt32BE(104, 100); // the header's length
  return bytes;
}
