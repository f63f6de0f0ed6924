import type { DiskFacts, VhdFacts } from './facts.ts';

/** Tells whether a repair leaves nothing that is damaged: it does not touch a disk with damage that it cannot mend. */
export function isMendable({ damage, mendable = false }: VhdFacts): boolean {
  return damage.length === 0 || mendable;
}

/** How much qemu-img rounds a size up at most: to whole cylinders. */
const roundedUp = 16 * 2 ** 20;

/** Tells whether what is over a limit is only what a writer rounded up, with nothing in it. */
export function isRoundedUp({ type, virtualSize, contentEnd }: VhdFacts, limit: number): boolean {
  const over = virtualSize - limit;
  return type === 3 && over > 0 && over < roundedUp && contentEnd !== undefined && contentEnd <= limit;
}

/** Says how to repair a disk, with a command that works as pasted where the disk is a file. */
export function repairAdvice({ path, name }: DiskFacts): string {
  return path === undefined
    ? `Repair it on your machine and upload it again: cloud-images disk ${quoteWord(baseOf(name))} --repair`
    : `Repair it: cloud-images disk ${quoteWord(path)} --repair`;
}

/** Formats that qemu-img reads, by its names. */
const convertible: Readonly<Partial<Record<DiskFacts['format'], string>>> = {
  qcow2: 'qcow2',
  qed: 'qed',
  vmdk: 'vmdk',
  vdi: 'vdi',
  vhdx: 'vhdx',
  raw: 'raw',
};

/** What a packed file ends with, and what unpacks it. */
const packed: Readonly<Partial<Record<DiskFacts['format'], readonly [ending: string, command: string]>>> = {
  gzip: ['gz', 'gunzip'],
  bzip2: ['bz2', 'bunzip2'],
  xz: ['xz', 'unxz'],
  zstd: ['zst', 'unzstd --rm'],
  zip: ['zip', 'unzip'],
  tar: ['tar', 'tar -xf'],
};

/**
 * Says how to make a VHD of what is none, at the same place. qemu-img alone writes disks that cannot grow and a geometry
 * that Rackspace's check refuses, so its disk is repaired.
 */
export function convertAdvice({ format, path, name }: DiskFacts): string {
  const file = path ?? baseOf(name);
  const beside = (ending: string) => quoteWord(`${file}.${ending}`);
  const own = quoteWord(file);
  const known = convertible[format];
  if (known !== undefined)
    return `Convert it: mv ${own} ${beside(known)} && qemu-img convert -f ${known} -O vpc -o subformat=dynamic,force_size ${beside(known)} ${own} && cloud-images disk ${own} --repair`;
  const [ending, command] = packed[format] ?? [];
  if (ending === undefined || command === undefined) return 'Name a disk that is a VHD.';
  const inside =
    format === 'tar' || format === 'zip'
      ? 'and convert the disk that was in it'
      : 'and look at what was in it: it may be a disk of another format';
  return `Unpack it first, ${inside}: mv ${own} ${beside(ending)} && ${command} ${beside(ending)}`;
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** A word of a shell's command line. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
