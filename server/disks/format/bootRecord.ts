/** The check of a master boot record, also the protective one of a GPT (UEFI 2.10, 5.2). */
import { viewOf } from '../bytes.ts';
import type { Head, Match } from './inspection.ts';

const protectiveType = 0xee;

/** A disk with a partition table. A FAT volume has the same mark at its end, and is told apart by its parameter block. */
export function inspectBootRecord({ bytes, source }: Head): Match | undefined {
  if (bytes.length < 512 || viewOf(bytes).getUint16(510, true) !== 0xaa55) return undefined;
  if (bytes[0x10] === 2 && bytes[0x15] === 0xf8) return undefined;
  return {
    format: 'gpt',
    virtualSize: source.size,
    failed: refuseRecord(bytes) === undefined ? [] : ['mbr'],
  };
}

/** Says why a boot record's partitions are not safe to follow; undefined where they are. */
function refuseRecord(bytes: Uint8Array): string | undefined {
  const view = viewOf(bytes);
  const used: number[] = [];
  let hasProtective = false;
  for (let index = 0; index < 4; index++) {
    const at = 446 + 16 * index;
    const flag = view.getUint8(at);
    if (flag !== 0 && flag !== 0x80) return `partition ${index + 1} has the boot flag 0x${flag.toString(16)}`;
    const type = view.getUint8(at + 4);
    if (type !== 0) used.push(index);
    if (type !== protectiveType) continue;
    hasProtective = true;
    if (view.getUint8(at + 1) !== 0 || view.getUint8(at + 2) !== 2 || view.getUint8(at + 3) !== 0)
      return 'the protective entry does not begin at cylinder 0, head 0, sector 2';
    if (view.getUint32(at + 8, true) !== 1) return 'the protective entry does not begin at sector 1';
  }
  if (hasProtective && (used.length !== 1 || used[0] !== 0))
    return 'other partitions stand beside the protective entry';
  return used.length === 0 ? 'no partition is defined' : undefined;
}
