import type { DiskFacts, GuestFacts, VhdFacts } from '../rules/facts.ts';
import { openContent } from './content.ts';
import { sniff } from './format/sniff.ts';
import { measureMetadata, openVhd, type Vhd } from './format/vhd.ts';
import { readGuest } from './guest/guest.ts';
import { type ByteSource, cachedSource } from './source.ts';

/**
 * Reads what the import rules need to know of a disk. `name` is for messages. Reads metadata and boot sectors only, and throws
 * for no bytes whatever: only where the source itself cannot be read. Of a differencing disk, this file alone is read.
 */
export async function readDiskFacts(name: string, source: ByteSource): Promise<DiskFacts> {
  const cached = cachedSource(source);
  const vhd = await openVhd(cached);
  const physicalSize = source.size;
  if (!vhd) return { name, format: await sniff(cached), physicalSize };
  return { name, format: 'vhd', physicalSize, vhd: await vhdFacts(vhd) };
}

async function vhdFacts(vhd: Vhd): Promise<VhdFacts> {
  const content = vhd.damage.length === 0 ? openContent(vhd) : undefined;
  const unread: GuestFacts = { layout: 'not read', windows: [], windowsSigns: [] };
  return {
    type: vhd.footer.type,
    virtualSize: vhd.virtualSize,
    metadataSize: measureMetadata(vhd),
    creator: vhd.footer.creator.replace(/[\0 ]+$/, ''),
    zeroUuid: vhd.footer.uuid.every((byte) => byte === 0),
    damage: vhd.damage,
    guest: content ? await readGuest(content) : unread,
  };
}
