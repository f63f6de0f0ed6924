/** Disks whose size is the point: written by our own writer, and changed here where it writes no such thing. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { type DiskContent, filledContent } from '../../server/disks/content.ts';
import { writeDynamic } from '../../server/disks/write.ts';
import { GiB, MiB } from '../tools/disks.ts';

export const largestDisk = 2040 * GiB;
const blockBytes = 2 * MiB;

export async function writeDisk(path: string, content: DiskContent, uuid: number): Promise<number> {
  const file = openSync(path, 'w');
  const identity = { uuid: new Uint8Array(16).fill(uuid), timestamp: 1 };
  try {
    return await writeDynamic(
      content,
      identity,
      (bytes, at) => void writeSync(file, bytes, 0, bytes.length, at),
    );
  } finally {
    closeSync(file);
  }
}

/** 2,040 GiB, every block allocated, in no order; some 5 MiB on the real disk, since the blocks are holes. */
export async function writeLargestFull(path: string): Promise<void> {
  const size = await writeDisk(
    path,
    filledContent(
      largestDisk,
      async (into) => void into.fill(0),
      () => [],
    ),
    9,
  );
  const file = openSync(path, 'r+');
  const tables = size - 512;
  const footer = bytesAt(file, tables, 512);
  const bat = bytesAt(file, 1536, 4 * (largestDisk / blockBytes));
  const count = bat.length / 4;
  for (let at = 0; at < count; at++) {
    const place = (at * 7919) % count; // a prime that does not divide it, so each place once
    bat.writeUInt32BE((tables + place * (blockBytes + 4096)) / 512 + 7, 4 * at);
  }
  const end = tables + count * (blockBytes + 4096);
  ftruncateSync(file, end);
  writeSync(file, bat, 0, bat.length, 1536);
  writeSync(file, footer, 0, 512, end);
  closeSync(file);
}

/** Makes a dynamic disk of ours a child of the disk whose identifier's bytes are `parent`; every third block in part. */
export function makeChild(path: string, parent: number): void {
  const file = openSync(path, 'r+');
  const front = bytesAt(file, 0, 1536);
  front.writeUInt32BE(4, 60);
  front.fill(parent, 512 + 40, 512 + 56);
  sum(front, 64, 0, 512);
  sum(front, 512 + 36, 512, 1536);
  writeSync(file, front, 0, front.length, 0);
  const entries = front.readUInt32BE(512 + 28);
  const bat = bytesAt(file, 1536, 4 * entries);
  const partly = Buffer.alloc(512, 'ffffffffffffffff0000000000000000', 'hex'); // 32 KiB its own, 32 KiB its parent's
  let end = 0;
  let seen = 0;
  for (let block = 0; block < entries; block++) {
    const entry = bat.readUInt32BE(4 * block);
    if (entry === 0xffff_ffff) continue;
    end = Math.max(end, entry * 512 + 512 + blockBytes);
    if (seen++ % 3 === 0) writeSync(file, partly, 0, 512, entry * 512);
  }
  writeSync(file, front.subarray(0, 512), 0, 512, end);
  closeSync(file);
}

function bytesAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, position);
  return bytes;
}

function sum(bytes: Buffer, at: number, start: number, end: number): void {
  bytes.writeUInt32BE(0, at);
  bytes.writeUInt32BE(~bytes.subarray(start, end).reduce((total, byte) => total + byte, 0) >>> 0, at);
}
