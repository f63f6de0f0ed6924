/** What is said of disks in the viewer. */
import { t } from '@vscode/l10n';
import type { BlockMap } from '../../server/disks/blockStates.ts';
import { diskType } from '../../server/disks/format/footer.ts';
import type { Vhd } from '../../server/disks/format/vhd.ts';
import type { FoundParent } from '../../server/disks/parents.ts';
import type { DiskFacts, DiskFormat } from '../../server/rules/facts.ts';
import { formatCount, formatSize } from '../ui/units.ts';
import type { ShownChain, ShownFact } from './protocol.ts';

export const formatNames: Readonly<Record<DiskFormat, string>> = {
  vhd: t('A VHD.'),
  vhdx: t('A VHDX disk.'),
  qcow2: t('A QCOW2 disk.'),
  qed: t('A QED disk.'),
  vmdk: t('A VMDK disk.'),
  vdi: t('A VDI disk.'),
  iso: t('An ISO 9660 image.'),
  luks: t('A disk encrypted by LUKS.'),
  gzip: t('A file compressed by gzip.'),
  bzip2: t('A file compressed by bzip2.'),
  xz: t('A file compressed by xz.'),
  zstd: t('A file compressed by zstd.'),
  zip: t('A ZIP archive.'),
  tar: t('A tar archive.'),
  text: t('This is text, and no disk.'),
  empty: t('An empty file.'),
  raw: t('No format of disks is recognized: it is a raw disk, or no disk at all.'),
};

export function nameFormat({ format, subformat, streams = [] }: DiskFacts): string {
  if (subformat !== undefined) return `${format}, ${subformat}`;
  return format === 'raw' && streams.includes('gpt') ? t('raw, with a boot record') : format;
}

/** What OpenStack's services would say of the file, by the names of their checks. */
export function listSafety({ safety, streams = [], format }: DiskFacts): ShownFact[] {
  if (!safety || ['text', 'empty', 'gzip', 'bzip2', 'xz', 'zstd', 'zip', 'tar'].includes(format)) return [];
  const checks = safety.safe ? t('all pass') : t`these fail: ${safety.failed.join(', ')}`;
  return [
    [t('Seen by OpenStack as'), streams.join(' + ') || 'raw'],
    [t('Safety checks of OpenStack'), checks],
  ];
}

/** Writes bytes to be read, and to be compared: `1 GB (1,073,741,824 bytes)`. */
export function formatBytes(bytes: number): string {
  const exact = t`${bytes.toLocaleString('en-US')} bytes`;
  return bytes < 1024 ? exact : `${formatSize(bytes)} (${exact})`;
}

export function nameVhdType(type: number): string {
  const [name] = Object.entries(diskType).find(([, number]) => number === type) ?? [];
  return name ?? t`type ${type}`;
}

export function captionBlocks({ blockSize, lengths }: BlockMap, name: string): string {
  const blocks = lengths.reduce((sum, length) => sum + length, 0);
  return t`${formatCount(blocks, 'block')} of ${name}, ${formatSize(blockSize)} each`;
}

export function describeType(type: number): string {
  const isKnown = Object.values<number>(diskType).includes(type);
  return isKnown ? t`A ${nameVhdType(type)} VHD` : t`A VHD of the unknown type ${type}`;
}

/** The disk and its parents, the newest first. */
export function tabulateChain(name: string, leaf: Vhd, parents: readonly FoundParent[]): ShownChain {
  const problem = parents.at(-1)?.problem;
  const row = (file: string, vhd: Vhd | undefined, problem: string | undefined, role: string) => [
    file,
    role,
    vhd ? nameVhdType(vhd.footer.type) : '',
    vhd ? formatSize(vhd.virtualSize) : '',
    vhd ? formatSize(vhd.source.size) : '',
    problem ?? (vhd && vhd.damage.length > 0 ? t('damaged') : t('sound')),
  ];
  return {
    caption: t('What this disk does not hold is read from the disks below it.'),
    columns: [t('Disk'), t('Role'), t('Type'), t('Virtual size'), t('File'), t('State')],
    rows: [
      { cells: row(name, leaf, undefined, t('this disk')) },
      ...parents.map(({ name: parent, path, vhd, problem: own }, index) => ({
        cells: row(parent, vhd, own, index === 0 ? t('its parent') : t`parent ${index + 1} steps above`),
        ...(path ? { path } : {}),
      })),
    ],
    ...(problem ? { problem } : {}),
  };
}
