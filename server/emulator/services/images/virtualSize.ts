import { inspectData, isInspected } from '../../../rules/service/inspectData.ts';
import { ApiError } from '../../kernel/apiError.ts';
import type { FilePiece } from '../../store/pieces.ts';
import type { EmulatorContext } from '../context.ts';
import type { ImageRow } from './view.ts';

type Formats = Pick<ImageRow, 'disk_format' | 'container_format'>;

/** What the Glance of before 2025.1 measures, each by its own inspector (SOURCES: inspectors). */
const measured: ReadonlySet<string> = new Set(['vhd', 'qcow2', 'vhdx', 'vdi', 'vmdk']);

/**
 * Bytes of the disk that an image's data holds; null where they are not known. By the release of the cloud the data is
 * inspected too: throws 415 where it is not what it is declared as, or not safe.
 */
export async function inspectImage(
  context: EmulatorContext,
  { disk_format: disk, container_format: container }: Formats,
  files: readonly FilePiece[],
): Promise<number | null> {
  const { release } = context.profile;
  const size = files.reduce((sum, { length }) => sum + length, 0);
  if (disk !== null && container !== null && isInspected(release, container)) {
    const facts = await context.lane.inspect(files, 'image');
    const { refusal, virtualSize = null } = inspectData(facts, { disk, container }, release);
    if (refusal) throw new ApiError('image/inspection', refusal.text);
    return virtualSize;
  }
  if (size === 0) return null;
  if (disk === 'raw') return size;
  if (disk === null || !measured.has(disk)) return null;
  const { format, virtualSize, subformat } = await context.lane.inspect(files, 'image');
  const isMeasured = format === disk && (disk !== 'vmdk' || subformat === 'monolithicsparse');
  return isMeasured ? (virtualSize ?? null) : null;
}
