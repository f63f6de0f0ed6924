/** Reads a disk for its viewer. Knows no editor. */

import { existsSync } from 'node:fs';
import { t } from '@vscode/l10n';
import { type Opened, UnreadableBlock } from '../../server/disks/blockContent.ts';
import { mapBlocks, mapRanges } from '../../server/disks/blockMap.ts';
import { openContent } from '../../server/disks/content.ts';
import { readDiskFacts } from '../../server/disks/facts.ts';
import { diskType, madeAt } from '../../server/disks/format/footer.ts';
import { glance } from '../../server/disks/format/glance.ts';
import { unallocated } from '../../server/disks/format/header.ts';
import { readHead } from '../../server/disks/format/inspection.ts';
import { openQcow2 } from '../../server/disks/format/qcow2.ts';
import { openVhd, type Vhd } from '../../server/disks/format/vhd.ts';
import { inflateHere } from '../../server/disks/inflateNode.ts';
import type { Part } from '../../server/disks/overlay.ts';
import { type FoundParents, findParents } from '../../server/disks/parents.ts';
import { planRepair } from '../../server/disks/repair.ts';
import { type ByteSource, cachedSource, DamagedData } from '../../server/disks/source.ts';
import { printable } from '../../server/plainText.ts';
import type { DiskFacts } from '../../server/rules/facts.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { judgeDisk } from '../../server/workspace/judgeDisk.ts';
import { formatCount, formatSize, formatTime } from '../ui/units.ts';
import {
  captionBlocks,
  describeType,
  formatBytes,
  formatNames,
  listSafety,
  nameFormat,
  nameVhdType,
  tabulateChain,
} from './diskWords.ts';
import type { DiskView, ShownFact, ShownRepair, ShownVerdict } from './protocol.ts';
import { isIndexed, readOva, readTar } from './showArchive.ts';
import { showGuest } from './showGuest.ts';

/** A disk that is looked at. */
export interface LookedAt {
  /** Of its file. */
  readonly name: string;
  readonly source: ByteSource;
  /** Where it is a file of this machine: then its parents are looked for, and it can be repaired. */
  readonly path?: string;
  /** Bytes that it takes where it is stored, where that is known. */
  readonly stored?: number;
  /** It is read over a network: nothing of it is read from end to end. */
  readonly isFar?: true;
  /** `container/object` in Cloud Files. */
  readonly place?: string;
  /** Parts that are missing, and read as zeros. */
  readonly lost?: readonly Part[];
}

export interface Judges {
  readonly profiles: readonly { readonly label: string; readonly profile: Profile }[];
  /** The limit to which a size that was rounded up is cut. */
  readonly limit: number;
  /** Why nothing can be repaired here, nor undone. */
  readonly refused?: string;
}

/**
 * Reads everything that the viewer shows of a disk: once, but of an archive that must be unpacked, first what is known at once,
 * then how far it is, then all. Throws only where the source cannot be read.
 */
export async function* readDisk(disk: LookedAt, judges: Judges, now: number): AsyncGenerator<DiskView> {
  const { name, source, path } = disk;
  const cached = cachedSource(source);
  const facts = { ...(await readDiskFacts(name, cached, now)), ...(path ? { path } : {}) };
  const vhd = facts.vhd && (await openVhd(cached));
  const verdicts = judges.profiles.map(({ label, profile }) => showVerdict(facts, label, profile));
  if (!vhd) {
    const view = { ...(await showOther(disk, facts)), verdicts };
    if (facts.format !== 'gzip') return yield view;
    if (disk.isFar && !(await isIndexed(source)))
      return yield {
        ...view,
        problem: t('To see what is in it, download it: it must be unpacked from its beginning.'),
      };
    yield { ...view, pending: t('Reading what is in it…') };
    let isArchive = false;
    for await (const read of readOva(source)) {
      isArchive = typeof read !== 'string';
      yield { ...view, ...(typeof read === 'string' ? { pending: read } : read) };
    }
    if (!isArchive) yield view;
    return;
  }
  const parents = path ? await findParents(path, vhd) : undefined;
  try {
    const shown = await showVhd(disk, facts, vhd, parents);
    yield { ...shown, verdicts, ...(await showRepair(disk, vhd, judges, now)) };
  } finally {
    parents?.close();
  }
}

type Described = Omit<DiskView, 'verdicts' | 'repair'>;

async function showVhd(
  disk: LookedAt,
  facts: DiskFacts,
  vhd: Vhd,
  parents: FoundParents | undefined,
): Promise<Described> {
  const { name } = disk;
  const isChild = vhd.footer.type === diskType.differencing;
  const isSound = vhd.damage.length === 0;
  const content = isSound && (!isChild || parents?.content) ? openContent(vhd, parents?.content) : undefined;
  const { lost = [] } = disk;
  const map = mapBlocks(vhd, { lost, ...(parents?.content ? { parent: parents.content } : {}) });
  const state = isSound ? t('Its structure is sound.') : t('It is damaged.');
  const guest = content && (await showGuest(content, facts.vhd?.guest));
  return {
    name,
    summary: t`${describeType(vhd.footer.type)} of ${formatSize(vhd.virtualSize)}, ${formatSize(disk.source.size)} as a file. ${state}`,
    facts: [
      [t('Format'), t`VHD, ${nameVhdType(vhd.footer.type)}`],
      ...listSizes(disk, vhd.virtualSize),
      ...listSafety(facts),
      ...listVhdFacts(vhd),
    ],
    damage: vhd.damage,
    ...(lost.length > 0 ? { problem: describeLoss(lost) } : {}),
    ...(guest ? { guest } : {}),
    ...(isChild && parents ? { chain: tabulateChain(name, vhd, parents.parents) } : {}),
    ...(map ? { blocks: { map, caption: captionBlocks(map, name) } } : {}),
  };
}

function describeLoss(lost: readonly Part[]): string {
  const bytes = lost.reduce((sum, { length }) => sum + length, 0);
  const what =
    lost.length === 1
      ? t`1 part of it, ${formatSize(bytes)}, is missing or no longer what it was made of; here zeros stand there.`
      : t`${lost.length} parts of it, ${formatSize(bytes)}, are missing or no longer what it was made of; here zeros stand there.`;
  return t`${what} Upload what is missing, or export the image anew.`;
}

/** A disk of another format, or a file that is none. */
async function showOther(disk: LookedAt, facts: DiskFacts): Promise<Described> {
  const { name, source } = disk;
  const opened = await openOther(disk, facts);
  const content = opened && 'content' in opened ? opened.content : undefined;
  const base = {
    name,
    summary: formatNames[facts.format],
    facts: [
      [t('Format'), nameFormat(facts)],
      ...listSizes(disk, facts.virtualSize),
      ...listSafety(facts),
    ] satisfies ShownFact[],
    damage: opened && 'problem' in opened ? [{ field: facts.format, text: opened.problem }] : [],
  };
  if (facts.format === 'text')
    return { ...base, ...(disk.isFar ? {} : { isText: true }), problem: await quoteStart(source) };
  if (facts.format === 'tar') return { ...base, ...(await readTar(source)) };
  if (!content) return base;
  const guest = await showGuest(content, undefined).catch((error: unknown) => {
    if (!(error instanceof DamagedData || error instanceof UnreadableBlock)) throw error;
    base.damage.push({ field: facts.format, text: error.message });
    return undefined;
  });
  if (facts.format !== 'qcow2') return { ...base, ...(guest ? { guest } : {}) };
  const map = mapRanges(content, smallestUnit);
  return {
    ...base,
    ...(guest ? { guest } : {}),
    blocks: { map, caption: captionBlocks(map, name) },
  };
}

/** Opens what is on it. Of a QCOW2 that is here all tables are read, which are all over it; of others what is looked at. */
async function openOther({ source, isFar }: LookedAt, { format }: DiskFacts): Promise<Opened | undefined> {
  const cached = cachedSource(source);
  if (format === 'qcow2' && !isFar) return openQcow2(cached, inflateHere);
  if (format === 'vhd') return undefined;
  const { bytes } = await readHead(cached);
  return glance(cached, format, bytes);
}

/** Of a disk whose own clusters are smaller than a picture needs. */
const smallestUnit = 64 * 1024;

/** Shows how a text begins: often it is the page that a server sent in place of a disk. */
async function quoteStart(source: ByteSource): Promise<string> {
  const start = new TextDecoder().decode(await source.read(0, 300));
  return t`It begins with “${printable(start).replace(/\s+/g, ' ').trim().slice(0, 120)}”.`;
}

function listSizes({ source, stored, place }: LookedAt, virtualSize: number | undefined): ShownFact[] {
  return [
    ...(place === undefined ? [] : [[t('Cloud Files'), place] satisfies ShownFact]),
    ...(virtualSize === undefined ? [] : [[t('Virtual size'), formatBytes(virtualSize)] satisfies ShownFact]),
    [t('Physical size'), formatBytes(source.size)],
    ...(stored === undefined ? [] : [[t('Stored on this machine'), formatBytes(stored)] satisfies ShownFact]),
  ];
}

function listVhdFacts({ footer, header, blocks }: Vhd): ShownFact[] {
  const { cylinders, heads, sectors } = footer.geometry;
  const allocated = blocks?.table.reduce((sum, entry) => sum + (entry === unallocated ? 0 : 1), 0) ?? 0;
  const share = blocks
    ? t`${allocated.toLocaleString('en-US')} of ${formatCount(blocks.table.length, 'block')} allocated`
    : '';
  return [
    ...(header && blocks
      ? [[t('Blocks'), t`${share}, ${formatSize(header.blockSize)} each`] satisfies ShownFact]
      : []),
    [t('Creator'), printable(footer.creator.replace(/[\0 ]+$/, '')) || t('not named')],
    [t('Made'), formatTime(madeAt(footer))],
    [t('Identifier'), formatUuid(footer.uuid)],
    [t('Geometry'), t`${cylinders} cylinders, ${heads} heads, ${sectors} sectors`],
  ];
}

function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  if (/^0+$/.test(hex)) return t('all zeros');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function showVerdict(facts: DiskFacts, label: string, profile: Profile): ShownVerdict {
  const { accepted, text = '', findings } = judgeDisk(facts, facts.name, profile);
  return {
    profile: label,
    accepted,
    title: accepted ? t`${label} would import it.` : t`${label} would refuse it: ${text}`,
    findings: findings.map(({ severity, message, rule }) => ({ severity, message, rule })),
  };
}

async function showRepair(
  { name, path }: LookedAt,
  vhd: Vhd,
  { limit, refused }: Judges,
  now: number,
): Promise<{ readonly repair?: ShownRepair }> {
  if (path === undefined) return {};
  const { steps } = await planRepair(vhd, new Uint8Array(16), limit, now);
  const canUndo = existsSync(`${path}.undo`);
  const why =
    refused ??
    (canUndo ? t`${name}.undo keeps an earlier repair. Undo that first, or move the file.` : undefined);
  return {
    repair: {
      ...{ steps, canUndo },
      ...(why ? { refused: why } : {}),
      ...(refused && canUndo ? { undoRefused: refused } : {}),
    },
  };
}
