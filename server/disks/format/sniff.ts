import type { DiskFormat } from '../../rules/facts.ts';
import { latin1 } from '../bytes.ts';
import type { Head } from './inspection.ts';

/** Recognizes the format of a file that is no VHD, from its beginning. */
export function sniff({ source, bytes }: Head): Exclude<DiskFormat, 'vhd'> {
  if (source.size === 0) return 'empty';
  const starts = (text: string, at = 0): boolean => latin1(bytes, at, text.length) === text;
  if (starts('QFI\xfb')) return 'qcow2';
  if (starts('QED\0')) return 'qed';
  if (starts('KDMV') || starts('COWD') || starts('# Disk DescriptorFile')) return 'vmdk';
  if (starts('vhdxfile')) return 'vhdx';
  if (starts('\x7f\x10\xda\xbe', 0x40)) return 'vdi';
  if (starts('LUKS\xba\xbe')) return 'luks';
  if (['CD001', 'NSR02', 'NSR03'].some((mark) => starts(mark, 0x8001))) return 'iso';
  if (starts('\x1f\x8b')) return 'gzip';
  if (/^BZh[1-9]1AY&SY$/.test(latin1(bytes, 0, 10))) return 'bzip2';
  if (starts('\xfd7zXZ\0')) return 'xz';
  if (starts('\x28\xb5\x2f\xfd')) return 'zstd';
  if (starts('PK\x03\x04')) return 'zip';
  if (starts('ustar', 257)) return 'tar';
  return isText(bytes.subarray(0, 4096), source.size > 4096) ? 'text' : 'raw';
}

/** UTF-8 (or ASCII) without control characters but tab, line feed, form feed and carriage return. */
function isText(bytes: Uint8Array, cut: boolean): boolean {
  if (
    bytes.some((byte) => byte < 9 || byte === 11 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127)
  )
    return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return true;
  } catch {
    return false; // not UTF-8: an answer, not a failure
  }
}
