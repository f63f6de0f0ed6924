/** Disks that are almost right: a sound one with fields changed, where a reader looks at them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteSource } from '../../server/disks/source.ts';
import { dynamicVhd, extentsContent } from '../../server/disks/write.ts';
import { type DiskKind, MiB, makeDisk } from '../tools/disks.ts';
import { guestExtents } from '../tools/guests.ts';
import { type Random, randomOf } from './random.ts';

const kinds: readonly DiskKind[] = [
  'dynamic',
  'fixed',
  'differencing',
  '40-gib',
  'linux',
  'windows-efi',
  'windows-bios',
  'exfat',
  'creator-qemu',
];

/** The sound disks that cases begin with; one of them with a block map (creator `tap`). */
export async function makeBases(): Promise<Buffer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-fuzz-'));
  const path = join(folder, 'disk');
  const bases = kinds.map((kind) => {
    makeDisk(path, kind);
    return readFileSync(path);
  });
  rmSync(folder, { recursive: true });
  const chunks: Uint8Array[] = [];
  const content = extentsContent(64 * MiB, guestExtents('windows-efi'));
  const identity = { uuid: new Uint8Array(16).fill(7), timestamp: 1 };
  for await (const chunk of dynamicVhd(content, identity)) chunks.push(chunk);
  return [...bases, Buffer.concat(chunks)];
}

/** Where fields stand, and how long they are. */
const footerFields = [
  [0, 8],
  [8, 4],
  [12, 4],
  [16, 8],
  [28, 4],
  [32, 4],
  [48, 8],
  [56, 4],
  [60, 4],
  [64, 4],
  [68, 8],
  [84, 1],
  [85, 1],
  [300, 1],
] as const;
const headerFields = [
  [0, 8],
  [8, 8],
  [16, 8],
  [24, 4],
  [28, 4],
  [32, 4],
  [36, 4],
  [40, 8],
  [56, 4],
  [60, 4],
  [64, 8],
  [576, 4],
  [580, 4],
  [584, 4],
  [592, 8],
  [600, 4],
  [616, 8],
  [800, 8],
] as const;

export interface Piece {
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface FuzzCase {
  readonly source: ByteSource;
  /** Bytes read so far, and the largest single reading. */
  readonly read: { total: number; largest: number; times: number };
}

export function fuzzCase(bases: readonly Buffer[], seed: number, number: number): FuzzCase {
  const random = randomOf(seed, number);
  const base = random.pick(bases);
  const size = sizeOf(random, base.length);
  const foot = Buffer.from(base.subarray(-512));
  const sparse = foot.readUInt32BE(60) !== 2;
  const head = Buffer.from(base.subarray(0, 4096));
  const pieces: Piece[] = [];
  for (let changes = random.below(4); changes >= 0; changes--) {
    const way = random.below(8);
    if (way < 3) field(random, foot, 0, random.pick(footerFields), size);
    else if (way < 6 && sparse) field(random, head, 512, random.pick(headerFields), size);
    else if (way === 6 && sparse) pieces.push(...table(random, head, foot, size));
    else pieces.push(anywhere(random, base.length));
  }
  if (sparse && !random.once(8)) head.set(foot, 0);
  else if (random.once(2)) field(random, head, 0, random.pick(footerFields), size);
  if (!random.once(4)) {
    sum(foot, 64, 0, 512);
    if (sparse) sum(head, 64, 0, 512);
    if (sparse) sum(head, 548, 512, 1536);
  }
  // What was laid into the head as a table must not be hidden by it: the head is the tables' ground.
  const ground = [
    { position: 0, bytes: base.subarray(0, base.length - 512) },
    { position: 0, bytes: head },
  ];
  return reading(size, [...ground, ...pieces, { position: size - 512, bytes: foot }]);
}

/** As it is, cut, longer, or as large as a number can say. */
function sizeOf(random: Random, size: number): number {
  const way = random.below(12);
  if (way === 0) return Math.max(0, size - random.below(1024 * 1024));
  if (way === 1) return size + random.below(4096);
  if (way === 2) return 2 ** (20 + random.below(32)) + 512 * random.below(9);
  if (way === 3) return Math.max(0, size - 512 * random.below(8));
  return size;
}

function field(
  random: Random,
  bytes: Buffer,
  start: number,
  [at, length]: readonly [number, number],
  size: number,
): void {
  const old = length === 8 ? Number(bytes.readBigUInt64BE(start + at)) : bytes.readUIntBE(start + at, length);
  const values = [
    0,
    1,
    511,
    512,
    1536,
    size,
    size - 512,
    old + 1,
    Math.max(0, old - 1),
    old * 2,
    Math.floor(old / 2),
    2 ** random.below(64),
    2 ** random.below(64) - 1,
    random.below(2 ** 32),
    2 ** (8 * length) - 1,
  ];
  const value = BigInt.asUintN(8 * length, BigInt(Math.max(0, random.pick(values))));
  if (length === 8) bytes.writeBigUInt64BE(value, start + at);
  else bytes.writeUIntBE(Number(value), start + at, length);
}

/** A block table that fits the sizes in footer and header, now and then of millions of entries, and holds anything. */
function table(random: Random, head: Buffer, foot: Buffer, size: number): Piece[] {
  const blockSize = 2 ** (9 + random.below(13));
  const entries = random.once(4000) ? random.below(4_300_000) : random.below(random.once(50) ? 20_000 : 600);
  foot.writeBigUInt64BE(BigInt(entries) * BigInt(blockSize) - BigInt(512 * random.below(2)) + 512n, 48);
  const offset = 512 * (3 + random.below(random.once(4) ? 40 : 2));
  head.writeBigUInt64BE(BigInt(offset), 512 + 16);
  head.writeUInt32BE(entries + 1, 512 + 28);
  head.writeUInt32BE(blockSize, 512 + 32);
  const bat = Buffer.alloc(4 * (entries + 1), 0xff);
  const apart = blockSize / 512 + Math.max(1, blockSize / 512 / 8 / 512);
  const way = random.below(5);
  const written = entries > 20_000 ? entries : Math.min(entries, 200);
  for (let at = 0; at < written; at++) {
    const inOrder = Math.ceil((offset + bat.length) / 512) + at * apart;
    const value =
      way === 0
        ? random.below(2 ** 32)
        : way === 1
          ? inOrder
          : way === 2
            ? inOrder + random.below(3) - 1
            : way === 3
              ? Math.ceil(bat.length / 512) + random.below(Math.max(1, Math.ceil(size / 512)))
              : inOrder + (written - 2 * at) * apart;
    bat.writeUInt32BE(Math.max(0, value) % 2 ** 32, 4 * at);
  }
  return [{ position: offset, bytes: bat }];
}

/** Some bytes in the first megabytes: boot sectors, partition tables, directories, bitmaps, block maps. */
function anywhere(random: Random, size: number): Piece {
  const bytes = new Uint8Array(1 + random.below(8));
  const fill = random.pick([0, 0xff, 0x80, 0x55, -1]);
  for (let at = 0; at < bytes.length; at++) bytes[at] = fill < 0 ? random.below(256) : fill;
  const near = random.pick([0, 1536, 2048, 4096, 4096 + 446, 8192, MiB, MiB + 512, 2 * MiB, size - MiB]);
  return { position: Math.max(0, near + random.below(random.once(2) ? 128 : 65_536)), bytes };
}

export function reading(size: number, pieces: readonly Piece[]): FuzzCase {
  const read = { total: 0, largest: 0, times: 0 };
  const fill = (into: Uint8Array, position: number): number => {
    const bytes = into.subarray(0, Math.max(0, Math.min(into.length, size - position))).fill(0);
    read.total += bytes.length;
    read.largest = Math.max(read.largest, into.length);
    read.times++;
    for (const piece of pieces) {
      const from = Math.max(position, piece.position);
      const to = Math.min(position + bytes.length, piece.position + piece.bytes.length);
      if (from < to)
        bytes.set(piece.bytes.subarray(from - piece.position, to - piece.position), from - position);
    }
    return bytes.length;
  };
  const source: ByteSource = {
    size,
    fill,
    read: (position, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
      fill(bytes, position);
      return bytes;
    },
  };
  return { source, read };
}

function sum(bytes: Buffer, at: number, start: number, end: number): void {
  bytes.writeUInt32BE(0, at);
  let total = 0;
  for (let index = start; index < end; index++) total += bytes[index] ?? 0;
  bytes.writeUInt32BE(~total >>> 0, at);
}
