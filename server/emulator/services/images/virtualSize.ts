import { closeSync, openSync, readSync } from 'node:fs';
import type { FilePiece } from '../../store/pieces.ts';
import type { EmulatorContext } from '../context.ts';

/**
 * Bytes of the disk that an image's data holds: the size itself for raw data, what the header says for a VHD or a qcow2;
 * null for no data, for formats that are not read, and where the data is not what it is declared as (SOURCES: glance §3).
 */
export async function measureVirtualSize(
  context: EmulatorContext,
  format: string | null,
  files: readonly FilePiece[],
): Promise<number | null> {
  const size = files.reduce((sum, { length }) => sum + length, 0);
  if (size === 0) return null;
  if (format === 'raw') return size;
  if (format === 'vhd') return (await context.lane.inspect(files, 'image')).vhd?.virtualSize ?? null;
  return format === 'qcow2' ? qcow2Size(files) : null;
}

/** From the header: magic `QFI\xfb`, the size as a big-endian 64-bit number at byte 24. */
function qcow2Size([first]: readonly FilePiece[]): number | null {
  if (!first || first.length < 32) return null;
  const header = Buffer.alloc(32);
  const file = openSync(first.path, 'r');
  try {
    readSync(file, header, 0, 32, first.start);
  } finally {
    closeSync(file);
  }
  return header.readUInt32BE(0) === 0x514649fb ? Number(header.readBigUInt64BE(24)) : null;
}
