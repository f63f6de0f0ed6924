/** What is said of disks in the viewer. */
import type { BlockMap } from '../../server/disks/blockStates.ts';
import { diskType } from '../../server/disks/format/footer.ts';
import type { Vhd } from '../../server/disks/format/vhd.ts';
import type { FoundParent } from '../../server/disks/parents.ts';
import type { DiskFormat } from '../../server/rules/facts.ts';
import { formatCount, formatSize } from '../ui/units.ts';
import type { ShownChain } from './protocol.ts';

export const formatNames: Readonly<Record<DiskFormat, string>> = {
  vhd: 'A VHD.',
  vhdx: 'A VHDX disk.',
  qcow2: 'A QCOW2 disk.',
  qed: 'A QED disk.',
  vmdk: 'A VMDK disk.',
  vdi: 'A VDI disk.',
  iso: 'An ISO 9660 image.',
  gzip: 'A file compressed by gzip.',
  bzip2: 'A file compressed by bzip2.',
  xz: 'A file compressed by xz.',
  zstd: 'A file compressed by zstd.',
  zip: 'A ZIP archive.',
  tar: 'A tar archive.',
  text: 'This is text, and no disk.',
  empty: 'An empty file.',
  raw: 'No format of disks is recognized: it is a raw disk, or no disk at all.',
};

/** Writes bytes to be read, and to be compared: `1 GB (1,073,741,824 bytes)`. */
export function formatBytes(bytes: number): string {
  const exact = `${bytes.toLocaleString('en-US')} bytes`;
  return bytes < 1024 ? exact : `${formatSize(bytes)} (${exact})`;
}

export function nameVhdType(type: number): string {
  const [name] = Object.entries(diskType).find(([, number]) => number === type) ?? [`type ${type}`];
  return name;
}

export function captionBlocks({ blockSize, lengths }: BlockMap, name: string): string {
  const blocks = lengths.reduce((sum, length) => sum + length, 0);
  return `${formatCount(blocks, 'block')} of ${name}, ${formatSize(blockSize)} each`;
}

export function describeType(type: number): string {
  const name = nameVhdType(type);
  return name.startsWith('type') ? `A VHD of the unknown ${name}` : `A ${name} VHD`;
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
    problem ?? (vhd && vhd.damage.length > 0 ? 'damaged' : 'sound'),
  ];
  return {
    caption: 'What this disk does not hold is read from the disks below it.',
    columns: ['Disk', 'Role', 'Type', 'Virtual size', 'File', 'State'],
    rows: [
      { cells: row(name, leaf, undefined, 'this disk') },
      ...parents.map(({ name: parent, path, vhd, problem: own }, index) => ({
        cells: row(parent, vhd, own, index === 0 ? 'its parent' : `parent ${index + 1} steps above`),
        ...(path ? { path } : {}),
      })),
    ],
    ...(problem ? { problem } : {}),
  };
}
