import { cp, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { dynamicVhd, type Extent, extentsContent } from '../../server/disks/write.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** The demo's disks: one to import, one that is too large, one of Windows. Sparse; each takes some 2 MB at most. */
const disks: Readonly<Record<string, { readonly size: number; readonly extents: readonly Extent[] }>> = {
  'web.vhd': { size: 64 * MiB, extents: [partitioned(0x83), { position: MiB, bytes: linuxVolume() }] },
  'archive.vhd': { size: 41 * GiB, extents: [] },
  'windows.vhd': { size: 64 * MiB, extents: [partitioned(0x07), { position: MiB, bytes: windowsVolume() }] },
};

/** Copies the demo's manifests from `texts` into a folder, which is made, and writes its disks beside them. */
export async function makeDemoWorkspace(texts: string, folder: string): Promise<void> {
  const exports = join(folder, 'exports');
  await mkdir(exports, { recursive: true });
  await cp(texts, folder, { recursive: true });
  for (const [name, { size, extents }] of Object.entries(disks)) {
    const file = await open(join(exports, name), 'w');
    try {
      const identity = { uuid: Uint8Array.from({ length: 16 }, (_, at) => at + 1), timestamp: 500_000_000 };
      for await (const piece of dynamicVhd(extentsContent(size, extents), identity)) await file.write(piece);
    } finally {
      await file.close();
    }
  }
}

/** A master boot record with one active partition from 1 MiB on. */
function partitioned(type: number): Extent {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  bytes.set([0x80, 0, 2, 0, type, 0xff, 0xff, 0xff], 446);
  view.setUint32(454, 2048, true);
  view.setUint32(458, 65_536, true);
  bytes.set([0x55, 0xaa], 510);
  return { position: 0, bytes };
}

/** The superblock of an ext4 with extents. */
function linuxVolume(): Uint8Array {
  const bytes = new Uint8Array(64 * 1024);
  const view = new DataView(bytes.buffer, 1024);
  view.setUint32(0, 8192, true); // inodes
  view.setUint32(4, 32_768, true); // blocks
  view.setUint32(24, 2, true); // of 4 KiB
  view.setUint32(32, 32_768, true); // blocks a group
  view.setUint16(56, 0xef53, true);
  view.setUint32(92, 4, true); // a journal
  view.setUint32(96, 0x42, true); // extents, file types
  return bytes;
}

/** The boot sector of an NTFS that starts Windows. */
function windowsVolume(): Uint8Array {
  const bytes = new Uint8Array(512);
  const view = new DataView(bytes.buffer);
  const write = (text: string, at: number): void => bytes.set(new TextEncoder().encode(text), at);
  bytes.set([0xeb, 0x52, 0x90]);
  write('NTFS    ', 3);
  view.setUint16(11, 512, true); // bytes a sector
  bytes[13] = 8; // sectors a cluster
  bytes[21] = 0xf8;
  view.setUint32(40, 65_535, true); // sectors
  view.setUint32(48, 4, true); // the master file table
  write('BOOTMGR is missing', 0x180);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
}
