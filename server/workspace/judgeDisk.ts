import { cloudAnswer } from '../rules/evaluate.ts';
import type { DiskFacts } from '../rules/facts.ts';
import type { Profile } from '../rules/profile/profile.ts';
import type { Finding } from '../rules/rule.ts';
import { judgeData } from './judge.ts';

/** What a profile's cloud would answer to an import of a disk. */
export interface DiskVerdict {
  readonly profile: string;
  readonly accepted: boolean;
  /** The cloud's words where it refuses. */
  readonly text?: string;
  /** Everything that the profile's rules say of it. */
  readonly findings: readonly Finding[];
}

/**
 * Judges an import that names this disk and nothing else that could be refused; where images are made by uploads, an image of
 * the disk's own format. `name`: of its file.
 */
export function judgeDisk(disk: DiskFacts, name: string, profile: Profile): DiskVerdict {
  const facts = { profile, disk };
  const findings = profile.offers.importTask
    ? judgeData('import', importOf(name), facts)
    : judgeData('image', imageOf(disk, name, profile), facts);
  const answer = cloudAnswer(findings)?.answer;
  const text = answer && ('task' in answer ? answer.task : `${answer.status} ${answer.text}`);
  return { profile: profile.name, accepted: answer === undefined, ...(text ? { text } : {}), findings };
}

function importOf(name: string) {
  return { type: 'import', input: { import_from: `disks/${name}`, image_properties: { name } } };
}

/** What can be said of a disk without knowing what its image is for: its size, and how it starts, are told to the image. */
function imageOf({ format, virtualSize = 0, guest }: DiskFacts, name: string, { images }: Profile) {
  const { boot, windows = [] } = guest ?? {};
  return {
    name,
    disk_format: images.diskFormats.includes(format) ? format : 'raw',
    container_format: 'bare',
    min_disk: Math.ceil(virtualSize / 2 ** 30),
    ...(boot?.efi && !boot.bios ? { hw_firmware_type: 'uefi' } : {}),
    ...(windows.length > 0 ? { hw_disk_bus: 'sata' } : {}),
  };
}
