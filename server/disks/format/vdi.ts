/** VirtualBox's VDI: a header of 512 bytes, and a map of blocks (little-endian throughout). */

import { blockContent, type Opened } from '../blockContent.ts';
import { toSize, viewOf } from '../bytes.ts';
import type { ByteSource } from '../source.ts';
import type { Head, Match } from './inspection.ts';

const signature = 0xbeda_107f;
const isFree = (entry: number): boolean => entry >= 0xffff_fffe; // not allocated, or zeros

export function inspectVdi({ bytes }: Head): Match | undefined {
  if (bytes.length < 512 || viewOf(bytes).getUint32(0x40, true) !== signature) return undefined;
  return { format: 'vdi', virtualSize: toSize(viewOf(bytes).getBigUint64(0x170, true)), failed: [] };
}

/** Opens the content of a VDI that has no parent, or says why it cannot be read. */
export function openVdi(source: ByteSource, head: Uint8Array): Opened {
  if (head.length < 512) return { problem: 'The header is cut off.' };
  const view = viewOf(head);
  const kind = view.getUint32(0x4c, true);
  if (kind !== 1 && kind !== 2)
    return { problem: `A VDI of type ${kind} cannot be read; 1 (dynamic) and 2 (static) can.` };
  const mapAt = view.getUint32(0x154, true);
  const dataAt = view.getUint32(0x158, true);
  const size = toSize(view.getBigUint64(0x170, true));
  const blockSize = view.getUint32(0x178, true);
  const extra = view.getUint32(0x17c, true);
  const blocks = view.getUint32(0x180, true);
  if (blockSize < 512 || blockSize % 512 !== 0 || blocks * blockSize < size)
    return { problem: `${blocks} blocks of ${blockSize} bytes make no disk of ${size} bytes.` };
  return blockContent(source, { size, blockSize }, async (block) => {
    const entry = viewOf(await source.read(mapAt + 4 * block, 4));
    if (entry.byteLength < 4) return undefined;
    const place = entry.getUint32(0, true);
    return isFree(place) ? 'zeros' : { at: dataAt + place * (blockSize + extra) + extra };
  });
}
