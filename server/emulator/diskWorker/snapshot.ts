import { createHash } from 'node:crypto';
import { fileSource } from '../../disks/fileSource.ts';
import { longestChain } from '../../disks/format/chain.ts';
import { differencingSource } from '../../disks/format/differencing.ts';
import { sectorBytes } from '../../disks/format/footer.ts';
import { align } from '../../disks/format/header.ts';
import { writeQcow2 } from '../../disks/format/qcow2Writer.ts';
import { relinkedSource } from '../../disks/format/relink.ts';
import { openVhd } from '../../disks/format/vhd.ts';
import type { ByteSource } from '../../disks/source.ts';
import { type WriteAt, writeDynamic, writeRaw } from '../../disks/write.ts';
import type { Follower } from './follower.ts';
import type { Watch } from './lane.ts';
import { removeSoon } from './members.ts';
import { packInto } from './packing.ts';
import type { DiskRead, Packing, Snapshot, SnapshotTaken } from './protocol.ts';
import { type OpenedDisk, withServerDisk } from './serverDisk.ts';
import { createSums } from './sums.ts';
import { findIdentity } from './unpack.ts';
import { createWriting } from './writing.ts';

/** No order of a server's disk answers more at once. */
const mostRead = 2 ** 20;

/** Writes a server's disk as an image into a new file, synced. */
export function takeSnapshot(order: Snapshot, follower: Follower, watch: Watch): Promise<SnapshotTaken> {
  return withServerDisk(order, watch, async (disk, further) => {
    const packing = await (order.as === 'ova' ? packChain : writeDisk)(order, disk, follower, further);
    return { ...packing, virtualSize: disk.content.size };
  });
}

/** Reads a part of a server's disk, as far as the disk reaches. */
export function readDisk(order: DiskRead, signal: AbortSignal): Promise<Uint8Array> {
  const { offset, length } = order;
  if (!(offset >= 0 && length >= 0 && length <= mostRead))
    throw new RangeError(`At most ${mostRead} bytes of a disk are read at once, not ${length}.`);
  const watch = { signal, progress: () => undefined };
  return withServerDisk(order, watch, ({ content }) => content.read(offset, length));
}

async function writeDisk(
  order: Snapshot,
  { content }: OpenedDisk,
  follower: Follower,
  watch: Watch,
): Promise<Packing> {
  const out = createWriting(order.target, true);
  const sums = createSums(out, 'sha512', follower);
  const write: WriteAt = async (bytes, position) => {
    await out.write(bytes, position);
    sums.wrote(bytes, position);
  };
  try {
    const size =
      order.as === 'vhd'
        ? await writeDynamic(content, findIdentity(order), write, watch)
        : await (order.as === 'raw' ? writeRaw : writeQcow2)(content, write, watch);
    const [{ hash, md5 }] = await Promise.all([sums.finish(size, watch.signal), out.sync()]);
    return { size, md5, sha512: hash };
  } catch (error) {
    await sums.leave();
    throw error;
  } finally {
    await out.close();
  }
}

/**
 * Packs the image's VHDs and, as their leaf, a differencing one of what was written. An image that is no VHD, or whose chain
 * would become too long, is written as one first.
 */
async function packChain(
  order: Snapshot,
  { content, base }: OpenedDisk,
  follower: Follower,
  watch: Watch,
): Promise<Packing> {
  const identity = findIdentity(order);
  const isKept = base.chain.length > 0 && base.chain.length < longestChain;
  const path = `${order.scratch}-base`;
  const pack = async (parents: readonly ByteSource[]): Promise<Packing> => {
    const linked = await Promise.all(parents.map((source, at) => relinkedSource(source, `${at + 2}.vhd`)));
    const [parent] = parents;
    const footer = parent && (await openVhd(parent))?.footer;
    if (!footer) throw new Error('The disk under what was written cannot be read.');
    const leaf = differencingSource(content, identity, { ...footer, name: '1.vhd' });
    const members = [leaf, ...linked].map((source, at) => ({ name: `${at}.vhd`, source }));
    return packInto(order.target, members, { compression: order.compression, ...watch }, follower);
  };
  if (isKept) return pack(base.chain);
  try {
    const out = createWriting(path, false);
    try {
      const uuid = createHash('md5').update(identity.uuid).digest();
      const size = align(base.content.size || content.size, sectorBytes);
      await writeDynamic({ ...base.content, size }, { ...identity, uuid }, out.write, {
        signal: watch.signal,
      });
    } finally {
      await out.close();
    }
    const merged = fileSource(path);
    try {
      return await pack([merged]);
    } finally {
      merged.close();
    }
  } finally {
    removeSoon(path);
  }
}
