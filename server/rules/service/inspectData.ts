import type { DiskFacts, StreamFormat } from '../facts.ts';
import { hasReached, type Release } from '../profile/releases.ts';
import { answers, type HttpAnswer } from './answers.ts';

/** An image's formats, as it declares them. */
export interface DeclaredFormats {
  readonly disk: string;
  readonly container: string;
}

/** What Glance finds in an image's data (SOURCES: inspectors). */
export interface Inspected {
  readonly refusal?: HttpAnswer;
  /** The image's `virtual_size`, where it is set. */
  readonly virtualSize?: number;
}

const inspectable: ReadonlySet<string> = new Set([
  'raw',
  'qcow2',
  'vhd',
  'vhdx',
  'vmdk',
  'vdi',
  'qed',
  'iso',
  'gpt',
  'luks',
]);

/** Tells whether the Glance of a release inspects the data of images in a container. */
export function isInspected(release: Release, container: string): boolean {
  return container === 'bare' && hasReached(release, '2025.1');
}

/** Inspects data as the Glance of a release does that inspects any. */
export function inspectData(disk: DiskFacts, declared: DeclaredFormats, release: Release): Inspected {
  const found = nameStream(disk);
  if (found === undefined) return { refusal: answers.streamFormats(streamsOf(disk)) };
  const isRaw = declared.disk === 'raw';
  const isUnknown = found === 'raw' && !inspectable.has(declared.disk);
  if (found !== declared.disk && !isRaw && !isUnknown)
    return { refusal: answers.streamFormat(declared.disk, found) };
  const fatal = failedChecks(disk).filter((check) => check !== 'mbr' || hasReached(release, '2026.2'));
  if (fatal.length > 0) return { refusal: answers.unsafeData() };
  const virtualSize = isRaw ? disk.physicalSize : found === declared.disk ? disk.virtualSize : undefined;
  return virtualSize ? { virtualSize } : {};
}

/**
 * Says why the Nova of a release writes no server's disk of the data; undefined where it does. Before 2024.2 it has an
 * inspector of its own, which knows neither boot records nor LUKS (SOURCES: inspectors).
 */
export function refuseDisk(disk: DiskFacts, format: string, release: Release): string | undefined {
  const isOlder = !hasReached(release, '2024.2');
  const isUnknown = (name: string): boolean => isOlder && (name === 'gpt' || name === 'luks');
  const seen = { ...disk, streams: streamsOf(disk).filter((stream) => !isUnknown(stream)) };
  if (['ami', 'aki', 'ari'].includes(format)) return failedChecks(seen).length > 0 ? unsafe : undefined;
  if (!inspectable.has(format) || isUnknown(format)) return 'Image not in a supported format';
  const found = nameStream(seen);
  if (found !== undefined && failedChecks(seen).length > 0) return unsafe;
  const isWhole = format === 'raw' && found === 'gpt';
  // QEMU, which Nova asks too, knows what its own inspector does not.
  const isAgreed = disk.format !== 'luks' || !isOlder;
  return (found === format || isWhole) && isAgreed ? undefined : 'Image content does not match disk_format';
}

const unsafe = 'Image does not pass safety check';

/** The format that OpenStack's services take data for; undefined where they see several. */
export function nameStream(disk: DiskFacts): StreamFormat | 'raw' | undefined {
  const streams = streamsOf(disk);
  const [first = 'raw', second, third] = streams;
  if (second === undefined) return first;
  return third === undefined && streams.includes('iso') && streams.includes('gpt') ? 'iso' : undefined;
}

function streamsOf({ streams = [] }: DiskFacts): readonly StreamFormat[] {
  return streams;
}

/** The checks that fail of the format that the services see; of data that is raw to them none does. */
function failedChecks(disk: DiskFacts): readonly string[] {
  const streams = streamsOf(disk);
  const failed = streams.length === 0 ? [] : (disk.safety?.failed ?? []);
  return streams.length > 1 ? failed : failed.filter((check) => check !== 'multiple_formats');
}
