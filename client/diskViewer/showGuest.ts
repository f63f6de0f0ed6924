import { t } from '@vscode/l10n';
import type { DiskContent } from '../../server/disks/content.ts';
import { readGuest, readVolumes } from '../../server/disks/guest/guest.ts';
import { cachedSource } from '../../server/disks/source.ts';
import type { GuestFacts } from '../../server/rules/facts.ts';
import { formatSize } from '../ui/units.ts';
import type { ShownFact, ShownGuest } from './protocol.ts';

const schemes = { gpt: 'GPT', mbr: 'MBR', none: 'none' };

/** Reads the partitions of a disk, and which system is on it. `known`: what was read of it already. */
export async function showGuest(content: DiskContent, known: GuestFacts | undefined): Promise<ShownGuest> {
  const disk = cachedSource(content);
  const { scheme, volumes } = await readVolumes(disk);
  const guest = known && known.layout !== 'not read' ? known : await readGuest(disk);
  const facts: ShownFact[] = [
    [t('Partition table'), scheme === 'none' ? guest.layout : schemes[scheme]],
    ...guest.windows.map((proof): ShownFact => ['Windows', proof]),
    ...guest.windowsSigns.map((sign): ShownFact => [t('Sign of Windows'), sign]),
  ];
  return {
    facts,
    partitions: volumes.map(({ partition: { number, label, start, length }, volume: { type } }) => [
      String(number),
      label,
      type || t('not recognized'),
      start.toLocaleString('en-US'),
      formatSize(length),
    ]),
  };
}
