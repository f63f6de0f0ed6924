import { diskType, sectorBytes } from '../../disks/format/footer.ts';
import { bitmapBytes, unallocated } from '../../disks/format/header.ts';
import { openVhd, type Vhd } from '../../disks/format/vhd.ts';
import { type ByteSource, cachedSource, filledSource, joinedSource } from '../../disks/source.ts';
import { objectSource } from '../run/verify.ts';
import type { Objects } from '../services/objects.ts';
import type { BlockMapData, BlockRun, BlockState } from './blockRuns.ts';
import type { StoredObject, StoredSegment } from './storedObject.ts';

/** What the metadata of a stored VHD say. */
export interface StoredDisk {
  readonly type: 'fixed' | 'dynamic' | 'differencing' | 'unknown';
  readonly virtualSize: number;
  /** The name of the disk that it needs, of a differencing one. */
  readonly parent?: string;
  /** What is wrong beside the gaps, each as a sentence. */
  readonly damage: readonly string[];
  readonly map?: BlockMapData;
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
  const sources = stored.segments.map((segment) =>
    segment.state === 'there' ? cachedSource(objectSource(objects, segment, signal)) : emptySource(segment),
  );
  const vhd = await openVhd(joinedSource(sources));
  if (!vhd) return undefined;
  const lost = stored.segments.filter(({ state }) => state !== 'there');
  const map = mapBlocks(vhd, lost);
  return {
    type: typeNames[vhd.footer.type] ?? 'unknown',
    virtualSize: vhd.virtualSize,
    ...(vhd.footer.type === diskType.differencing && vhd.header ? { parent: vhd.header.parentName } : {}),
    // What stands where a segment lacks is zeros of ours: it is no news that they do not fit.
    damage: lost.length === 0 ? vhd.damage.map(({ text }) => text) : [],
    ...(map ? { map } : {}),
  };
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

/** Blocks of a fixed disk, which has none of its own, for the picture alone. */
const usualBlock = 2 * 2 ** 20;

/** Runs of blocks in the order of the disk; undefined where its table cannot be read. */
function mapBlocks(
  { footer, header, bat, virtualSize }: Vhd,
  lost: readonly Pick<StoredSegment, 'start' | 'bytes'>[],
): BlockMapData | undefined {
  const isLost = (start: number, bytes: number): boolean =>
    lost.some((gap) => start < gap.start + gap.bytes && gap.start < start + bytes);
  if (footer.type === diskType.fixed) {
    const blocks = Math.ceil(virtualSize / usualBlock);
    const runs = joinRuns(blocks, (at) => (isLost(at * usualBlock, usualBlock) ? 'lost' : 'stored'));
    return { blocks, blockBytes: usualBlock, runs };
  }
  if (!header || !bat) return undefined;
  // Zeros in place of the table are no table.
  if (isLost(Number(header.tableOffset), 4 * header.tableEntries)) return undefined;
  const { blockSize } = header;
  const length = bitmapBytes(blockSize) + blockSize;
  const runs = joinRuns(bat.length, (at) => {
    const sector = bat[at] ?? unallocated;
    if (sector === unallocated) return 'empty';
    return isLost(sector * sectorBytes, length) ? 'lost' : 'stored';
  });
  return { blocks: bat.length, blockBytes: blockSize, runs };
}

function joinRuns(blocks: number, look: (at: number) => BlockState): BlockRun[] {
  const runs: { first: number; count: number; state: BlockState }[] = [];
  for (let at = 0; at < blocks; at++) {
    const state = look(at);
    const last = runs.at(-1);
    if (last?.state === state) last.count++;
    else runs.push({ first: at, count: 1, state });
  }
  return runs;
}
