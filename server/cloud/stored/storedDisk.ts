import { type MapOptions, mapBlocks } from '../../disks/blockMap.ts';
import type { BlockMap } from '../../disks/blockStates.ts';
import { diskType } from '../../disks/format/footer.ts';
import { openVhd, type Vhd } from '../../disks/format/vhd.ts';
import { type ByteSource, cachedSource, filledSource, joinedSource } from '../../disks/source.ts';
import { objectSource } from '../run/verify.ts';
import type { Objects } from '../services/objects.ts';
import type { StoredObject, StoredSegment } from './storedObject.ts';

/** What the metadata of a stored VHD say. */
export interface StoredDisk {
  readonly type: 'fixed' | 'dynamic' | 'differencing' | 'unknown';
  readonly virtualSize: number;
  /** The name of the disk that it needs, of a differencing one. */
  readonly parent?: string;
  /** What is wrong beside the gaps, each as a sentence. */
  readonly damage: readonly string[];
  /** Absent where it has no table of blocks, or that is lost. */
  readonly map?: BlockMap;
}

/**
 * Reads footer, header and table of blocks of a stored VHD by ranges; what lacks is read as zeros. Undefined where no VHD is
 * found. Throws CloudError.
 */
export async function readStoredDisk(
  objects: Objects,
  stored: StoredObject,
  signal?: AbortSignal,
): Promise<StoredDisk | undefined> {
  const vhd = await openVhd(openStored(objects, stored, signal));
  if (!vhd) return undefined;
  const lost = stored.segments.filter(({ state }) => state !== 'there');
  const map = isTableLost(vhd, lost) ? undefined : mapBlocks(vhd, { lost: findGaps(stored) });
  return {
    type: typeNames[vhd.footer.type] ?? 'unknown',
    virtualSize: vhd.virtualSize,
    ...(vhd.footer.type === diskType.differencing && vhd.header ? { parent: vhd.header.parentName } : {}),
    // What stands where a segment lacks is zeros of ours: it is no news that they do not fit.
    damage: lost.length === 0 ? vhd.damage.map(({ text }) => text) : [],
    ...(map ? { map } : {}),
  };
}

/** The bytes of a stored object by ranges; what lacks is read as zeros. */
export function openStored(objects: Objects, { segments }: StoredObject, signal?: AbortSignal): ByteSource {
  return joinedSource(
    segments.map((segment) =>
      segment.state === 'there' ? cachedSource(objectSource(objects, segment, signal)) : emptySource(segment),
    ),
  );
}

/** The parts of a stored object that are missing, or are no longer what it lists. */
export function findGaps({ segments }: StoredObject): NonNullable<MapOptions['lost']> {
  return segments
    .filter(({ state }) => state !== 'there')
    .map(({ start, bytes }) => ({ position: start, length: bytes }));
}

const typeNames: Readonly<Record<number, StoredDisk['type']>> = {
  [diskType.fixed]: 'fixed',
  [diskType.dynamic]: 'dynamic',
  [diskType.differencing]: 'differencing',
};

function emptySource({ bytes }: StoredSegment): ByteSource {
  return filledSource(bytes, async (into, position) => {
    const filled = Math.max(0, Math.min(into.length, bytes - position));
    into.fill(0, 0, filled);
    return filled;
  });
}

/** Zeros in place of the table of blocks are no table. */
function isTableLost({ header }: Vhd, lost: readonly StoredSegment[]): boolean {
  if (!header) return false;
  const [start, end] = [Number(header.tableOffset), Number(header.tableOffset) + 4 * header.tableEntries];
  return lost.some((gap) => start < gap.start + gap.bytes && gap.start < end);
}
