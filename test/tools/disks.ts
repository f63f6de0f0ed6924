/**
 * Small disks for tests, built by code of their own: nothing of server/disks, so that the two check each other.
 * Files are sparse; the largest takes some 2 MiB on disk, whatever its virtual size.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Guest, guestExtents } from './guests.ts';

export const MiB = 1024 ** 2;
export const GiB = 1024 ** 3;

export interface VhdSpec {
  /** Default: dynamic. */
  readonly type?: 'fixed' | 'dynamic' | 'differencing';
  /** Bytes. Default 64 MiB (fixed: 4 MiB). */
  readonly virtualSize?: number;
  /** Four characters. Default `win `. */
  readonly creator?: string;
  /** 16 bytes; default the same for every disk. */
  readonly uuid?: Uint8Array;
  readonly guest?: Guest;
  /** More content, bytes from the start of the disk; laid over the guest's. */
  readonly extents?: readonly { readonly position: number; readonly bytes: Uint8Array }[];
  /** Which sectors an allocated block's bitmap has. Default: all. */
  readonly sectors?: (sector: number) => boolean;
  /** Writes these bytes over the footer (`copy`: over the front copy alone; `both`), header or BAT. */
  readonly damage?: readonly {
    readonly in: 'footer' | 'copy' | 'both' | 'header' | 'bat';
    readonly at: number;
    readonly bytes: readonly number[];
  }[];
  /** Whether damaged structures get a checksum that fits. Default true. */
  readonly sums?: boolean;
  /** Appended after the footer. */
  readonly trailing?: Uint8Array;
}

/** Every disk by name: what to write, and what an import says of it: a code of the guide, `Windows`, or accepted. */
export const disks = {
  dynamic: { vhd: {}, import: 'accepted' },
  fixed: { vhd: { type: 'fixed' }, import: 'accepted' },
  linux: { vhd: { guest: 'linux' }, import: 'accepted' },
  'creator-qemu': { vhd: { creator: 'qemu' }, import: 'accepted' },
  '40-gib': { vhd: { virtualSize: 40 * GiB }, import: 'accepted' },
  'ntfs-data': { vhd: { guest: 'ntfs-data' }, import: 'accepted' },
  exfat: { vhd: { guest: 'exfat' }, import: 'accepted' },
  'ext4-with-ntfs-text': { vhd: { guest: 'ext4-with-ntfs-text' }, import: 'accepted' },
  'windows-bios': { vhd: { guest: 'windows-bios' }, import: 'Windows' },
  'windows-efi': { vhd: { guest: 'windows-efi' }, import: 'Windows' },
  '40-gib-and-a-sector': { vhd: { virtualSize: 40 * GiB + 512 }, import: '413' },
  '41-gib': { vhd: { virtualSize: 41 * GiB }, import: '413' },
  '2-tib': { vhd: { virtualSize: 2048 * GiB }, import: '413' },
  'zero-uuid': { vhd: { uuid: new Uint8Array(16) }, import: '614' },
  differencing: { vhd: { type: 'differencing' }, import: '721' },
  '41-gib-differencing': { vhd: { type: 'differencing', virtualSize: 41 * GiB }, import: '721' },
  'bad-type': { vhd: { damage: [{ in: 'both', at: 60, bytes: [0, 0, 0, 5] }] }, import: '523' },
  'damaged-footer': {
    vhd: { damage: [{ in: 'both', at: 64, bytes: [1, 2, 3, 4] }], sums: false },
    import: '111',
  },
  'damaged-front-copy': {
    vhd: { damage: [{ in: 'copy', at: 0, bytes: Array<number>(512).fill(0) }], sums: false },
    import: '111',
  },
  'damaged-header': { vhd: { damage: [{ in: 'header', at: 24, bytes: [0, 2, 0, 0] }] }, import: '111' },
  'damaged-bat': { vhd: { damage: [{ in: 'bat', at: 0, bytes: [0, 0xff, 0xff, 0xff] }] }, import: '111' },
  'appended-newline': { vhd: { trailing: Buffer.from('\n') }, import: '111' },
  text: { bytes: Buffer.from('<html>not a disk</html>\n'.repeat(40)), import: '396' },
  qcow2: { bytes: padded('QFI\xfb\0\0\0\x03', 0, 65_536), import: '396' },
  vmdk: { bytes: padded('KDMV\x01\0\0\0', 0, 65_536), import: '396' },
  vhdx: { bytes: padded('vhdxfile', 0, 65_536), import: '396' },
  vdi: { bytes: padded('\x7f\x10\xda\xbe', 0x40, 65_536), import: '396' },
  iso: { bytes: padded('\x01CD001\x01', 0x8000, 65_536), import: '396' },
  gzip: { bytes: padded('\x1f\x8b\x08', 0, 1024), import: '396' },
  raw: { bytes: new Uint8Array(65_536), import: '396' },
  empty: { bytes: new Uint8Array(0), import: '396' },
} as const satisfies Record<
  string,
  ({ readonly vhd: VhdSpec } | { readonly bytes: Uint8Array }) & { readonly import: string }
>;

export type DiskKind = keyof typeof disks;
export const diskKinds: readonly DiskKind[] = Object.keys(disks).filter(
  (name): name is DiskKind => name in disks,
);

/** Writes the disk of that name. */
export function makeDisk(path: string, kind: DiskKind): void {
  const disk: { readonly vhd: VhdSpec } | { readonly bytes: Uint8Array } = disks[kind];
  if ('vhd' in disk) makeVhd(path, disk.vhd);
  else writePieces(path, disk.bytes.length, [{ at: 0, bytes: disk.bytes }]);
}

/** Writes every disk as `KIND.vhd` into a folder, which is made. Answers the paths by kind. */
export function makeDisks(folder: string): ReadonlyMap<DiskKind, string> {
  mkdirSync(folder, { recursive: true });
  return new Map(
    diskKinds.map((kind) => {
      const path = join(folder, `${kind}.vhd`);
      makeDisk(path, kind);
      return [kind, path];
    }),
  );
}

const blockSize = 2 * MiB;
const blockBytes = 512 + blockSize;
const types = { fixed: 2, dynamic: 3, differencing: 4 };

export function makeVhd(path: string, spec: VhdSpec = {}): void {
  const type = spec.type ?? 'dynamic';
  const virtualSize = spec.virtualSize ?? (type === 'fixed' ? 4 : 64) * MiB;
  const content = [...(spec.guest ? guestExtents(spec.guest) : []), ...(spec.extents ?? [])];
  const footer = footerOf(spec, types[type], virtualSize);
  const copy = Buffer.from(footer);
  patch(spec, ['footer', 'both'], footer, 64);
  patch(spec, ['copy', 'both'], copy, 64);
  const trailing = spec.trailing ?? Buffer.alloc(0);
  if (type === 'fixed') {
    const end = virtualSize + 512;
    const pieces = [
      ...content.map(({ position, bytes }) => ({ at: position, bytes })),
      { at: virtualSize, bytes: footer },
    ];
    writePieces(path, end + trailing.length, [...pieces, { at: end, bytes: trailing }]);
    return;
  }
  const entries = Math.ceil(virtualSize / blockSize);
  const header = headerOf(entries, type === 'differencing');
  patch(spec, ['header'], header, 36);
  const bat = Buffer.alloc(Math.ceil((entries * 4) / 512) * 512, 0xff);
  const pieces = [
    { at: 0, bytes: copy },
    { at: 512, bytes: header },
    { at: 1536, bytes: bat },
  ];
  let end = 1536 + bat.length;
  const places = new Map<number, number>();
  for (const { position, bytes } of content) {
    for (let at = 0; at < bytes.length; ) {
      const block = Math.floor((position + at) / blockSize);
      const offset = position + at - block * blockSize;
      const part = bytes.subarray(at, at + blockSize - offset);
      let place = places.get(block);
      if (place === undefined) {
        place = end;
        end += blockBytes;
        places.set(block, place);
        bat.writeUInt32BE(place / 512, block * 4);
        pieces.push({ at: place, bytes: bitmapOf(block, spec.sectors ?? (() => true)) });
      }
      pieces.push({ at: place + 512 + offset, bytes: Buffer.from(part) });
      at += part.length;
    }
  }
  patch(spec, ['bat'], bat);
  pieces.push({ at: end, bytes: footer }, { at: end + 512, bytes: Buffer.from(trailing) });
  writePieces(path, end + 512 + trailing.length, pieces);
}

function bitmapOf(block: number, has: (sector: number) => boolean): Buffer {
  const bits = Buffer.alloc(512);
  for (let sector = 0; sector < 4096; sector++) {
    if (has(block * 4096 + sector)) bits[sector >> 3] = (bits[sector >> 3] ?? 0) | (0x80 >> (sector & 7));
  }
  return bits;
}

function footerOf(spec: VhdSpec, type: number, virtualSize: number): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('conectix', 0, 'latin1');
  bytes.writeUInt32BE(2, 8);
  bytes.writeUInt32BE(0x10000, 12);
  bytes.writeBigUInt64BE(type === 2 ? 0xffff_ffff_ffff_ffffn : 512n, 16);
  bytes.writeUInt32BE(500_000_000, 24);
  bytes.write(spec.creator ?? 'win ', 28, 'latin1');
  bytes.writeUInt32BE(0x60001, 32);
  bytes.write('Wi2k', 36, 'latin1');
  bytes.writeBigUInt64BE(BigInt(virtualSize), 40);
  bytes.writeBigUInt64BE(BigInt(virtualSize), 48);
  bytes.writeUInt16BE(Math.min(65_535, Math.floor(virtualSize / (512 * 4 * 17))), 56);
  bytes.set([4, 17], 58);
  bytes.writeUInt32BE(type, 60);
  bytes.set(spec.uuid ?? Uint8Array.from({ length: 16 }, (_, at) => at + 1), 68);
  sum(bytes, 64);
  return bytes;
}

function headerOf(entries: number, child: boolean): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write('cxsparse', 0, 'latin1');
  bytes.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 8);
  bytes.writeBigUInt64BE(1536n, 16);
  bytes.writeUInt32BE(0x10000, 24);
  bytes.writeUInt32BE(entries, 28);
  bytes.writeUInt32BE(blockSize, 32);
  if (child) {
    bytes.fill(0x77, 40, 56);
    bytes.set(Buffer.from('base.vhd', 'utf16le').swap16(), 64);
  }
  sum(bytes, 36);
  return bytes;
}

function patch(spec: VhdSpec, places: readonly string[], bytes: Buffer, sumAt?: number): void {
  const mine = (spec.damage ?? []).filter((damage) => places.includes(damage.in));
  for (const damage of mine) bytes.set(damage.bytes, damage.at);
  if (mine.length > 0 && spec.sums !== false && sumAt !== undefined) sum(bytes, sumAt);
}

function sum(bytes: Buffer, at: number): void {
  bytes.writeUInt32BE(0, at);
  bytes.writeUInt32BE(~bytes.reduce((total, byte) => total + byte, 0) >>> 0, at);
}

function writePieces(
  path: string,
  size: number,
  pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[],
): void {
  const file = openSync(path, 'w');
  try {
    ftruncateSync(file, size);
    for (const { at, bytes } of pieces) writeSync(file, bytes, 0, bytes.length, at);
  } finally {
    closeSync(file);
  }
}

function padded(text: string, at: number, size: number): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.write(text, at, 'latin1');
  return bytes;
}
