/** Disks of every format, almost right: fields changed where inspectors and readers of blocks look. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebian } from '../tools/debian.ts';
import { MiB } from '../tools/disks.ts';
import { qemuCases, tableCases } from '../tools/formats.ts';
import { type FuzzCase, type Piece, reading } from './cases.ts';
import { type Random, randomOf } from './random.ts';

export interface FormatBase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Places of its bytes that are not zero, which say most. */
  readonly places: readonly number[];
}

/** Small disks with a partition table inside, of every format and option, and LUKS of both versions' headers. */
export function makeFormatBases(): FormatBase[] {
  ensureDebian(['qemu-utils'], 'qemu-img');
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-fuzz-'));
  const raw = join(folder, 'raw');
  const path = join(folder, 'disk');
  try {
    writeFileSync(raw, bootRecord());
    truncateSync(raw, 2 * MiB);
    const plain = qemuCases.filter(({ name }) => !name.includes('luks')); // a key takes seconds
    const made = [...plain, ...tableCases].map(({ name, make }) => {
      rmSync(path, { force: true });
      make(raw, path);
      return base(name, readFileSync(path));
    });
    return [...made, base('iso', isoImage()), base('luks', luksHeader())];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function base(name: string, bytes: Buffer): FormatBase {
  // What is large is mostly content: of that the beginning is enough.
  const kept = bytes.subarray(0, 9 * MiB);
  const places: number[] = [];
  for (let at = 0; at < kept.length && places.length < 4096; at += 8)
    if (kept.readBigUInt64LE(Math.min(at, kept.length - 8)) !== 0n) places.push(at);
  return { name, bytes: Buffer.from(kept), places };
}

/** A Linux partition from the second sector on. */
function bootRecord(): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes[450] = 0x83;
  bytes.writeUInt32LE(2, 454);
  bytes.writeUInt32LE(2000, 458);
  bytes.writeUInt16LE(0xaa55, 510);
  bytes.writeUInt16LE(0xef53, 1024 + 1024 + 56);
  return bytes;
}

function isoImage(): Buffer {
  const bytes = Buffer.alloc(64 * 1024);
  bytes[32_768] = 1;
  bytes.write('CD001', 32_769, 'latin1');
  bytes.writeUInt32LE(32, 32_768 + 80);
  bytes.writeUInt16LE(2048, 32_768 + 128);
  return bytes;
}

function luksHeader(): Buffer {
  const bytes = Buffer.alloc(2 * MiB);
  bytes.write('LUKS\xba\xbe', 0, 'latin1');
  bytes.writeUInt16BE(2, 6);
  bytes.writeBigUInt64BE(16_384n, 8);
  bytes.write('{"segments":{"0":{"type":"crypt","offset":"1048576","size":"dynamic"}}}', 4096);
  return bytes;
}

export function formatCase(
  bases: readonly FormatBase[],
  seed: number,
  number: number,
): FuzzCase & { name: string } {
  const random = randomOf(seed, number);
  const { name, bytes, places } = random.pick(bases);
  const size = sizeOf(random, bytes.length);
  const pieces: Piece[] = [{ position: 0, bytes }];
  for (let changes = random.below(5); changes >= 0; changes--) {
    const near = random.once(3) ? random.below(1024) : random.pick(places) + random.below(8);
    const position = Math.min(near, Math.max(0, bytes.length - 8));
    pieces.push({ position, bytes: random.once(4) ? words(random) : changed(random, bytes, position, size) });
  }
  return { name, ...reading(size, pieces) };
}

function sizeOf(random: Random, size: number): number {
  const way = random.below(12);
  if (way === 0) return random.below(size + 1);
  if (way === 1) return random.below(Math.min(size, 40_000));
  if (way === 2) return 2 ** (20 + random.below(32)) + random.below(4096);
  return size;
}

/** A number of one to eight bytes in either order, in place of the one that stands there. */
function changed(random: Random, bytes: Buffer, position: number, size: number): Buffer {
  const length = random.pick([1, 2, 4, 4, 8]);
  const isLittle = random.once(2);
  const stored = bytes.subarray(position, position + length);
  const old = [...(isLittle ? stored.toReversed() : stored)].reduce(
    (sum, byte) => sum * 256n + BigInt(byte),
    0n,
  );
  const value = random.pick([
    0n,
    1n,
    old + 1n,
    old - 1n,
    old * 2n,
    old ^ (1n << BigInt(random.below(8 * length))),
    BigInt(size),
    BigInt(Math.floor(size / 512)),
    1n << BigInt(random.below(64)),
    (1n << BigInt(random.below(64))) - 1n,
    BigInt(random.below(2 ** 32)),
    -1n,
  ]);
  const made = Buffer.alloc(8);
  if (isLittle) made.writeBigUInt64LE(BigInt.asUintN(64, value));
  else made.writeBigUInt64BE(BigInt.asUintN(8 * length, value) << BigInt(64 - 8 * length));
  return made.subarray(0, length);
}

/** What makes a file look like another format, or a text that never ends. */
function words(random: Random): Buffer {
  const word = random.pick([
    'QFI\xfb',
    'KDMV',
    'COWD',
    'conectix',
    'vhdxfile',
    'LUKS\xba\xbe',
    'CD001',
    'QED\0',
    'createType="',
    'U\xaa',
    '\n',
    'RW 1 ',
  ]);
  return Buffer.from(random.once(8) ? word.repeat(random.below(4096)) : word, 'latin1');
}
