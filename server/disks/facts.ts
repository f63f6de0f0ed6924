import type { DiskFacts, GuestFacts, VhdFacts } from '../rules/facts.ts';
import { UnreadableBlock } from './blockContent.ts';
import { openContent } from './content.ts';
import { diskType, isGeometryTooLarge, madeAt } from './format/footer.ts';
import { glance } from './format/glance.ts';
import { unallocated } from './format/header.ts';
import { type Inspection, inspect } from './format/inspect.ts';
import { measureMetadata, openVhd, type Vhd } from './format/vhd.ts';
import { readGuest } from './guest/guest.ts';
import { isMendable } from './mendable.ts';
import { type ByteSource, cachedSource, DamagedData } from './source.ts';

/**
 * Reads what the import rules need to know of a disk. `name` is for messages. Reads metadata and boot sectors only, and throws
 * for no bytes whatever: only where the source itself cannot be read. Of a differencing disk, this file alone is read.
 * `now` (milliseconds): where it is known, a disk of the future is found.
 */
export async function readDiskFacts(name: string, source: ByteSource, now?: number): Promise<DiskFacts> {
  const cached = cachedSource(source);
  const vhd = await openVhd(cached);
  const physicalSize = source.size;
  const { head, safety, matches, ...own } = await inspect(cached);
  const streams = matches.map(({ format }) => format);
  if (vhd) {
    const facts = await vhdFacts(vhd, now);
    const { virtualSize, guest } = facts;
    return { name, format: 'vhd', virtualSize, safety, physicalSize, streams, guest, vhd: facts };
  }
  const inside = await readInside(cached, own.format, head);
  return { name, ...own, safety, physicalSize, streams, ...inside };
}

/** Reads what is on a disk that is no VHD, as far as its blocks can be found. */
async function readInside(
  source: ByteSource,
  format: Inspection['format'],
  head: Uint8Array,
): Promise<Pick<DiskFacts, 'guest' | 'unread'>> {
  const opened = await glance(source, format, head);
  if (!opened) return {};
  if ('problem' in opened) return { unread: opened.problem };
  try {
    return { guest: await readGuest(opened.content) };
  } catch (error) {
    if (error instanceof UnreadableBlock || error instanceof DamagedData) return { unread: error.message };
    throw error;
  }
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
  return countUsed(bat) * header.blockSize;
}

/** The entries up to the last that is allocated. A loop alone, as in `check.ts`. */
function countUsed(bat: Uint32Array): number {
  let used = bat.length;
  while (used > 0 && bat[used - 1] === unallocated) used--;
  return used;
}
