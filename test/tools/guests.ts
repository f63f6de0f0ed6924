/** What a guest leaves in a disk's first sectors, for test disks. */
import { crc32 } from 'node:zlib';

export type Guest = 'linux' | 'windows-bios' | 'windows-efi' | 'ntfs-data' | 'exfat' | 'ext4-with-ntfs-text';

export interface GuestExtent {
  readonly position: number;
  readonly bytes: Uint8Array;
}

const firstPartition = 1024 * 1024;

export function guestExtents(guest: Guest): GuestExtent[] {
  switch (guest) {
    case 'linux':
      return [
        { position: 0, bytes: mbr(0x83) },
        { position: firstPartition, bytes: ext4('') },
      ];
    case 'ext4-with-ntfs-text':
      return [
        { position: 0, bytes: mbr(0x83) },
        { position: firstPartition, bytes: ext4('NTFS    BOOTMGR is missing') },
      ];
    case 'windows-bios':
      return [
        { position: 0, bytes: mbr(0x07) },
        { position: firstPartition, bytes: ntfs('BOOTMGR is missing') },
      ];
    case 'ntfs-data':
      return [
        { position: 0, bytes: mbr(0x07) },
        { position: firstPartition, bytes: ntfs('This is not a bootable disk.') },
      ];
    case 'exfat':
      return [
        { position: 0, bytes: mbr(0x07) },
        { position: firstPartition, bytes: bootSector('EXFAT   ') },
      ];
    case 'windows-efi':
      return [
        { position: 0, bytes: gptOfEfi() },
        { position: firstPartition, bytes: efiVolume() },
      ];
  }
}

/** One active partition from 1 MiB on. */
function mbr(type: number, start = 2048, sectors = 65_536): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.set([type === 0xee ? 0 : 0x80, 0, 2, 0, type, 0xff, 0xff, 0xff], 446);
  bytes.writeUInt32LE(start, 454);
  bytes.writeUInt32LE(sectors, 458);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

function bootSector(name: string): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.set([0xeb, 0x52, 0x90]);
  bytes.write(name, 3, 'latin1');
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}

function ntfs(says: string): Buffer {
  const bytes = bootSector('NTFS    ');
  bytes.writeUInt16LE(512, 11);
  bytes[13] = 8;
  bytes[21] = 0xf8;
  bytes.writeBigUInt64LE(65_535n, 40);
  bytes.writeBigUInt64LE(4n, 48);
  bytes.write(says, 0x180, 'latin1');
  return bytes;
}

/** A superblock with extents; `text` stands in a file's block. */
function ext4(text: string): Buffer {
  const bytes = Buffer.alloc(64 * 1024);
  bytes.writeUInt32LE(8192, 1024);
  bytes.writeUInt32LE(32_768, 1024 + 4);
  bytes.writeUInt32LE(2, 1024 + 24);
  bytes.writeUInt32LE(32_768, 1024 + 32);
  bytes.writeUInt16LE(0xef53, 1024 + 56);
  bytes.writeUInt32LE(4, 1024 + 92);
  bytes.writeUInt32LE(0x42, 1024 + 96);
  bytes.write(text, 0x8003, 'latin1');
  return bytes;
}

/** A protective MBR and a GPT of one EFI system partition; no backup. */
function gptOfEfi(): Buffer {
  const bytes = Buffer.alloc(34 * 512);
  mbr(0xee, 1, 0xffff_ffff).copy(bytes);
  const entries = bytes.subarray(1024);
  entries.set(Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex'));
  entries.fill(0x11, 16, 32);
  entries.writeBigUInt64LE(2048n, 32);
  entries.writeBigUInt64LE(4095n, 40);
  const header = bytes.subarray(512, 604);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(92, 12);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(34n, 40);
  header.writeBigUInt64LE(131_038n, 48);
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(crc32(header), 16);
  return bytes;
}

/** FAT12 of 1 MiB with /EFI/Microsoft/Boot/bootmgfw.efi; `Microsoft` has a long name. */
function efiVolume(): Buffer {
  const bytes = Buffer.alloc(64 * 512);
  const boot = bootSector('MSDOS5.0');
  boot.writeUInt16LE(512, 11);
  boot[13] = 1; // sectors a cluster
  boot.writeUInt16LE(1, 14); // reserved sectors
  boot[16] = 1; // tables
  boot.writeUInt16LE(16, 17); // entries of the root
  boot.writeUInt16LE(2048, 19);
  boot[21] = 0xf8;
  boot.writeUInt16LE(6, 22);
  boot.copy(bytes);
  bytes.fill(0xff, 512, 512 + 12); // every chain is one cluster long
  const cluster = (number: number): number => (8 + number - 2) * 512;
  entry('EFI        ', 0x10, 2).copy(bytes, 7 * 512);
  longName('Microsoft').copy(bytes, cluster(2));
  entry('MICROS~1   ', 0x10, 3).copy(bytes, cluster(2) + 32);
  entry('BOOT       ', 0x10, 4).copy(bytes, cluster(3));
  entry('BOOTMGFWEFI', 0x20, 5).copy(bytes, cluster(4));
  return bytes;
}

function entry(name: string, attributes: number, cluster: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(name, 'latin1');
  bytes[11] = attributes;
  bytes.writeUInt16LE(cluster, 26);
  return bytes;
}

/** A long name of at most 13 characters. */
function longName(name: string): Buffer {
  const bytes = Buffer.alloc(32);
  const text = Buffer.alloc(26, 0xff);
  text.write(`${name}\0`, 'utf16le');
  bytes.set([0x41], 0);
  bytes[11] = 0x0f;
  text.copy(bytes, 1, 0, 10);
  text.copy(bytes, 14, 10, 22);
  text.copy(bytes, 28, 22, 26);
  return bytes;
}
