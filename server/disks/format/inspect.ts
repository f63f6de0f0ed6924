/**
 * Inspects a file as OpenStack's services do before they take it: which formats its bytes are, how large the disk is, and
 * which of their named safety checks fail (SOURCES: inspectors). Reads a few hundred bytes at the places that the formats name.
 */
import type { DiskFormat, DiskSafety } from '../../rules/facts.ts';
import { latin1, toSize, viewOf } from '../bytes.ts';
import type { ByteSource } from '../source.ts';
import { inspectBootRecord } from './bootRecord.ts';
import { type Head, type Match, readHead } from './inspection.ts';
import { inspectIso } from './isoVolume.ts';
import { inspectLuks } from './luks.ts';
import { inspectQcow2 } from './qcow2.ts';
import { sniff } from './sniff.ts';
import { inspectVdi } from './vdi.ts';
import { inspectVhdx } from './vhdx.ts';
import { inspectVmdk, measureUnmatched } from './vmdk.ts';

export interface Inspection {
  readonly format: Exclude<DiskFormat, 'vhd'>;
  /** In bytes; absent where there is no disk, or its size is not known. */
  readonly virtualSize?: number;
  readonly subformat?: string;
  readonly safety: DiskSafety;
  /** Of every format that OpenStack's inspectors recognise; none: it is raw to them. */
  readonly matches: readonly Match[];
  /** The bytes that were looked at first. */
  readonly head: Uint8Array;
}

export async function inspect(source: ByteSource): Promise<Inspection> {
  const head = await readHead(source);
  const matches = await findMatches(head);
  // A bootable ISO with a table of partitions is taken as an ISO.
  const asIso = isBootableIso(matches) ? matches.filter((match) => match.format === 'iso') : matches;
  const failed = new Set(asIso.flatMap((match) => match.failed));
  if (asIso.length > 1) failed.add('multiple_formats');
  const format = sniff(head);
  const own = matches.find((match) => match.format === format);
  // What QEMU reads in other files is not safe, whether OpenStack's inspector sees it or not.
  if (format === 'vmdk' && !own) failed.add('descriptor');
  const virtualSize = own ? own.virtualSize : await measureOther(head, format);
  return {
    format,
    ...(own?.subformat === undefined ? {} : { subformat: own.subformat }),
    ...(virtualSize > 0 ? { virtualSize } : {}),
    safety: { safe: failed.size === 0, failed: [...failed] },
    matches,
    head: head.bytes,
  };
}

function measureOther(head: Head, format: Inspection['format']): number | Promise<number> {
  if (format === 'vmdk') return measureUnmatched(head);
  return format === 'raw' ? head.source.size : 0;
}

function isBootableIso(matches: readonly Match[]): boolean {
  return matches.length === 2 && matches.every(({ format }) => format === 'iso' || format === 'gpt');
}

function inspectQed({ bytes }: Head): Match | undefined {
  if (bytes.length < 512 || latin1(bytes, 0, 4) !== 'QED\0') return undefined;
  return { format: 'qed', virtualSize: toSize(viewOf(bytes).getBigUint64(48, true)), failed: ['banned'] };
}

/** By the copy of the footer at the front, which a fixed VHD does not have: there OpenStack sees what the disk holds. */
function inspectVhd({ bytes }: Head): Match | undefined {
  if (bytes.length < 512 || latin1(bytes, 0, 8) !== 'conectix') return undefined;
  return { format: 'vhd', virtualSize: toSize(viewOf(bytes).getBigUint64(40)), failed: [] };
}

async function findMatches(head: Head): Promise<Match[]> {
  const found = [
    inspectQcow2(head),
    inspectQed(head),
    inspectVhd(head),
    await inspectVhdx(head),
    await inspectVmdk(head),
    inspectVdi(head),
    await inspectLuks(head),
    inspectIso(head),
    inspectBootRecord(head),
  ];
  return found.filter((match) => match !== undefined);
}
