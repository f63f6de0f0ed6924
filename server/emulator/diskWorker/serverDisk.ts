import { type DiskContent, rawContent } from '../../disks/content.ts';
import { openChain } from '../../disks/format/chain.ts';
import { sectorBytes } from '../../disks/format/footer.ts';
import { align } from '../../disks/format/header.ts';
import { readHead } from '../../disks/format/inspection.ts';
import { openQcow2 } from '../../disks/format/qcow2.ts';
import { sniff } from '../../disks/format/sniff.ts';
import { openVhd } from '../../disks/format/vhd.ts';
import { inflateHere } from '../../disks/inflateNode.ts';
import { type GuestWrite, type Overlay, overlayContent } from '../../disks/overlay.ts';
import { type ByteSource, sliceSource } from '../../disks/source.ts';
import type { Watch } from './lane.ts';
import { orderChain, withMembers } from './members.ts';
import { piecesSource } from './pieces.ts';
import type { DiskWrite, ServerDisk } from './protocol.ts';

export interface OpenedDisk {
  /** As the guest sees it. */
  readonly content: Overlay;
  /** What it began with. */
  readonly base: Base;
}

interface Base {
  readonly content: DiskContent;
  /** The VHDs that hold it, the leaf first; none where it is no VHD. */
  readonly chain: readonly ByteSource[];
}

/** Opens a server's disk while it is used. Throws where its image cannot be read. */
export async function withServerDisk<T>(
  order: ServerDisk,
  watch: Watch,
  use: (disk: OpenedDisk, watch: Watch) => Promise<T>,
): Promise<T> {
  const image = piecesSource(order.base);
  const written = piecesSource(order.writes.flatMap(({ pieces }) => pieces ?? []));
  try {
    return await withBase(image, order, watch, (base, further) => {
      const size = align(Math.max(order.diskBytes, base.content.size, 1), sectorBytes);
      const content = overlayContent(base.content, guestWrites(order.writes, written), size);
      return use({ base, content }, further);
    });
  } finally {
    image.close();
    written.close();
  }
}

/**
 * An image is what its formats say. Where they name one that its bytes are not, or that we do not read, they are a raw disk:
 * raw is never guessed to be another, since its guest could have written that.
 */
async function withBase<T>(
  image: ByteSource,
  { diskFormat, scratch }: ServerDisk,
  watch: Watch,
  use: (base: Base, watch: Watch) => Promise<T>,
): Promise<T> {
  if (diskFormat === 'vhd' && (await openVhd(image))) return use(await openVhds([image]), watch);
  const format = sniff(await readHead(image));
  if (diskFormat === 'vhd' && format === 'gzip')
    return withMembers(image, scratch, watch, async (members, isUnpacked) => {
      const second: Watch = { ...watch, progress: (done, total) => watch.progress(total + done, 2 * total) };
      return use(await openVhds(orderChain(members)), isUnpacked ? second : watch);
    });
  if (diskFormat !== 'qcow2' || format !== 'qcow2')
    return use({ content: rawContent(image), chain: [] }, watch);
  const disk = await openQcow2(image, inflateHere);
  if ('problem' in disk) throw new Error(disk.problem);
  return use({ ...disk, chain: [] }, watch);
}

async function openVhds(chain: readonly ByteSource[]): Promise<Base> {
  const opened = await openChain(chain, 'order');
  if ('problem' in opened) throw new Error(opened.problem.text);
  return { content: opened.content, chain };
}

/** `written` has the bytes of all writes, one behind the other. */
function guestWrites(writes: readonly DiskWrite[], written: ByteSource): readonly GuestWrite[] {
  let at = 0;
  return writes.map(({ offset, length, pieces }) => {
    if (!pieces) return { offset, length };
    const start = at;
    at += pieces.reduce((sum, piece) => sum + piece.length, 0);
    return { offset, length, bytes: sliceSource(written, start, at - start) };
  });
}
