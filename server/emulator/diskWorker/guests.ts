import type { Extent } from '../../disks/write.ts';
import type { Guest } from './protocol.ts';

const sector = 512;
const firstSector = 2048;

/**
 * The few sectors that make a disk recognisable as that of a guest: a partition table, and the beginning of the file
 * system that stands in its one partition. Nothing boots from it.
 */
export function guestExtents(guest: Guest, label: string): Extent[] {
  const start = firstSector * sector;
  const partition = { type: partitionTypes[guest], sectors: (64 * 2 ** 20) / sector - firstSector };
  const table = { position: 0, bytes: masterBootRecord(partition) };
  if (guest === 'windows') return [table, { position: start, bytes: ntfsBootSector(partition.sectors) }];
  if (guest === 'freebsd') return [table, { position: start + 64 * 1024, bytes: ufs2Superblock(label) }];
  return [table, { position: start + 1024, bytes: ext4Superblock(label) }];
}

const partitionTypes: Readonly<Record<Guest, number>> = { linux: 0x83, windows: 0x07, freebsd: 0xa5 };

function masterBootRecord({ type, sectors }: { type: number; sectors: number }): Uint8Array {
  const bytes = Buffer.alloc(sector);
  bytes.writeUInt8(0x80, 446); // active
  bytes.writeUInt8(type, 450);
  bytes.writeUInt32LE(firstSector, 454);
  bytes.writeUInt32LE(sectors, 458);
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
}

/** With the name of the boot manager that its code loads. */
function ntfsBootSector(sectors: number): Uint8Array {
  const bytes = Buffer.alloc(2 * sector);
  bytes.write('\xeb\x52\x90NTFS    ', 0, 'latin1');
  bytes.writeUInt16LE(sector, 11);
  bytes.writeUInt8(8, 13);
  bytes.writeUInt8(0xf8, 21);
  bytes.writeBigUInt64LE(BigInt(sectors - 1), 40);
  bytes.writeBigUInt64LE(4n, 48);
  bytes.writeBigUInt64LE(2n, 56);
  bytes.writeUInt16LE(0xaa55, 510);
  bytes.write('\x07\x00BOOTMGR', sector, 'utf16le');
  return bytes;
}

function ext4Superblock(label: string): Uint8Array {
  const bytes = Buffer.alloc(1024);
  bytes.writeUInt32LE(4096, 0); // inodes
  bytes.writeUInt32LE(16128, 4); // blocks
  bytes.writeUInt32LE(2, 24); // blocks of 4 KiB
  bytes.writeUInt32LE(32768, 32); // blocks of a group
  bytes.writeUInt16LE(0xef53, 56);
  bytes.writeUInt16LE(1, 58); // clean
  bytes.writeUInt32LE(1, 76); // dynamic revision
  bytes.writeUInt32LE(0x2c2, 96); // extents and 64bit among them: ext4
  bytes.write(label.slice(0, 16), 120, 'latin1');
  return bytes;
}

function ufs2Superblock(label: string): Uint8Array {
  const bytes = Buffer.alloc(2048);
  bytes.write(label.slice(0, 32), 680, 'latin1');
  bytes.writeUInt32LE(0x19540119, 1372);
  return bytes;
}
