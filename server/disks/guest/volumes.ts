/** Recognises what a volume holds from its first sectors; a file's content is never looked at. */

import { latin1 } from '../bytes.ts';
import { type ByteSource, within } from '../source.ts';
import { findBootFiles, isFat } from './fat.ts';

export interface Volume {
  /** `ntfs`, `vfat`, `exfat`, `ext4`, `xfs`, `btrfs`, `lvm`, `swap`, or '' where nothing was recognised. */
  readonly type: string;
  /** Proof of Windows: boot code or boot files, as phrases. */
  readonly windows: readonly string[];
  /** Folders in `/EFI` of a FAT volume, in lower case. */
  readonly loaders?: readonly string[];
}

/**
 * Systems whose writers leave an older boot sector in place (ext, LVM, swap) are asked before NTFS and FAT;
 * Btrfs comes last, since a quick NTFS format leaves its mark at 64 KiB.
 */
export async function recognizeVolume(volume: ByteSource): Promise<Volume> {
  const head = await volume.read(0, 8192);
  const plain = (type: string): Volume => ({ type, windows: [] });
  if (head.length < 512) return plain('');
  const has = (text: string, at: number): boolean => latin1(head, at, text.length) === text;
  const ext = extType(head);
  if (ext) return plain(ext);
  if ([0, 512, 1024, 1536].some((at) => has('LABELONE', at))) return plain('lvm');
  if (has('SWAPSPACE2', 4086) || has('SWAP-SPACE', 4086)) return plain('swap');
  if (has('XFSB', 0)) return plain('xfs');
  if (has('EXFAT   ', 3)) return plain('exfat');
  if (has('NTFS    ', 3) && isNtfs(head)) return { type: 'ntfs', windows: bootCode(head) };
  if (isFat(head)) {
    const reserved = new DataView(head.buffer, head.byteOffset).getUint16(14, true) * 512;
    const { windows, loaders } = await findBootFiles(volume, head);
    return { type: 'vfat', windows: [...bootCode(head.subarray(0, reserved)), ...windows], loaders };
  }
  const btrfs =
    within(volume.size, 0x10040, 8) === 8 && latin1(await volume.read(0x10040, 8), 0, 8) === '_BHRfS_M';
  return plain(btrfs ? 'btrfs' : '');
}

function extType(head: Uint8Array): string | undefined {
  if (head.length < 2048) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const number = (at: number): number => view.getUint32(1024 + at, true);
  const isExt =
    view.getUint16(1024 + 56, true) === 0xef53 && number(24) <= 6 && number(0) > 0 && number(32) > 0;
  if (!isExt) return undefined;
  const extents = (number(96) & 0x40) !== 0;
  return extents ? 'ext4' : (number(92) & 4) !== 0 ? 'ext3' : 'ext2';
}

function isNtfs(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const bytesPerSector = view.getUint16(11, true);
  return (
    bytesPerSector >= 256 &&
    bytesPerSector <= 4096 &&
    (bytesPerSector & (bytesPerSector - 1)) === 0 &&
    head[510] === 0x55 &&
    head[511] === 0xaa
  );
}

/** The loader's name in the boot area: `BOOTMGR` since Vista, `NTLDR` before, in ASCII or UTF-16. */
function bootCode(area: Uint8Array): string[] {
  const text = latin1(area, 0, Math.min(area.length, 8192));
  const wide = (name: string): string => [...name].join('\0');
  return ['BOOTMGR', 'NTLDR']
    .filter((name) => text.includes(name) || text.includes(wide(name)))
    .map((name) => `${name} boot code`);
}
