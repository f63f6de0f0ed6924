import type { DiskFacts, GuestFacts, VhdFacts } from '../rules/facts.ts';
import { openContent } from './content.ts';
import { diskType, isGeometryTooLarge, madeAt } from './format/footer.ts';
import { unallocated } from './format/header.ts';
import { sniff } from './format/sniff.ts';
import { measureMetadata, openVhd, type Vhd } from './format/vhd.ts';
import { readGuest } from './guest/guest.ts';
import { isMendable } from './mendable.ts';
import { type ByteSource, cachedSource } from './source.ts';

/**
 * Reads what the import rules need to know of a disk. `name` is for messages. Reads metadata and boot sectors only, and throws
 * for no bytes whatever: only where the source itself cannot be read. Of a differencing disk, this file alone is read.
 * `now` (milliseconds): where it is known, a disk of the future is found.
 */
export async function readDiskFacts(name: string, source: ByteSource, now?: number): Promise<DiskFacts> {
  const cached = cachedSource(source);
  const vhd = await openVhd(cached);
  const physicalSize = source.size;
  if (!vhd) return { name, format: await sniff(cached), physicalSize };
  return { name, format: 'vhd', physicalSize, vhd: await vhdFacts(vhd, now) };
}

async function vhdFacts(vhd: Vhd, now: number | undefined): Promise<VhdFacts> {
  const made = madeAt(vhd.footer);
  const end = contentEnd(vhd);
  const content = vhd.damage.length === 0 ? openContent(vhd) : undefined;
  const unread: GuestFacts = { layout: 'not read', windows: [], windowsSigns: [] };
  return {
    type: vhd.footer.type,
    virtualSize: vhd.virtualSize,
    metadataSize: measureMetadata(vhd),
    creator: vhd.footer.creator.replace(/[\0 ]+$/, ''),
    zeroUuid: vhd.footer.uuid.every((byte) => byte === 0),
    ...(end === undefined ? {} : { contentEnd: end }),
    ...(now !== undefined && made > now + day ? { madeAhead: new Date(made).toISOString() } : {}),
    ...(isGeometryTooLarge(vhd.footer) ? { geometryTooLarge: true } : {}),
    damage: vhd.damage,
    ...(vhd.damage.length > 0 && isMendable(vhd.damage) ? { mendable: true } : {}),
    guest: content ? await readGuest(content) : unread,
  };
}

const day = 24 * 60 * 60 * 1000;

/** How far the blocks of a dynamic disk reach. */
function contentEnd({ bat, header, footer }: Vhd): number | undefined {
  if (!bat || !header || footer.type !== diskType.dynamic) return undefined;
  return (bat.findLastIndex((entry) => entry !== unallocated) + 1) * header.blockSize;
}
