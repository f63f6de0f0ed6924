import { mergeChain } from '../../disks/format/chain.ts';
import { toTimestamp } from '../../disks/format/footer.ts';
import type { OvaMember } from '../../disks/format/ova.ts';
import type { Follower } from './follower.ts';
import { orderChain, removeSoon, withMembers } from './members.ts';
import { piecesSource } from './pieces.ts';
import type { Segment, Unpack } from './protocol.ts';
import { createSums, type Sums } from './sums.ts';
import { createWriting, type Writing } from './writing.ts';

type Progress = (done: number, total: number) => void;

/**
 * Merges the disks of an OVA into one VHD, written as segments. Ours is read in place, any other is unpacked into files
 * first. Nothing is left where it fails.
 */
export async function unpack(
  order: Unpack,
  follower: Follower,
  signal: AbortSignal,
  progress: Progress,
): Promise<{ segments: Segment[] }> {
  const source = piecesSource(order.ova);
  const second: Progress = (done, total) => progress(total + done, 2 * total);
  try {
    return await withMembers(source, order.scratch, { signal, progress }, async (members, isUnpacked) => ({
      segments: await merge(order, members, follower, signal, isUnpacked ? second : progress),
    }));
  } finally {
    source.close();
  }
}

async function merge(
  order: Unpack,
  members: readonly OvaMember[],
  follower: Follower,
  signal: AbortSignal,
  progress: Progress,
): Promise<Segment[]> {
  const sources = orderChain(members);
  const segments = createSegments(order, follower);
  try {
    const options = { links: 'order', signal, progress } as const;
    const merged = await mergeChain(sources, findIdentity(order), segments.write, options);
    if ('problem' in merged) throw new Error(merged.problem.text);
    return await segments.finish(merged.size);
  } catch (error) {
    await segments.discard();
    throw error;
  }
}

/** Files that together are one, written anywhere; their sums are had cheaply where that is from front to end. */
function createSegments({ scratch, segmentBytes }: Unpack, follower: Follower) {
  const open = new Map<number, { readonly out: Writing; readonly sums: Sums }>();
  const segmentAt = (index: number) => {
    const known = open.get(index);
    if (known) return known;
    const out = createWriting(`${scratch}-segment${index}`, true);
    const made = { out, sums: createSums(out, 'sha256', follower) };
    open.set(index, made);
    return made;
  };
  return {
    write: async (bytes: Uint8Array, position: number): Promise<void> => {
      for (let at = 0; at < bytes.length; ) {
        const index = Math.floor((position + at) / segmentBytes);
        const start = position + at - index * segmentBytes;
        const part = bytes.subarray(at, at + segmentBytes - start);
        const { out, sums } = segmentAt(index);
        await out.write(part, start);
        sums.wrote(part, start);
        at += part.length;
      }
    },
    finish: async (size: number): Promise<Segment[]> => {
      const segments: Segment[] = [];
      for (let index = 0; index * segmentBytes < size; index += 1) {
        const { out, sums } = segmentAt(index);
        const length = Math.min(segmentBytes, size - index * segmentBytes);
        const [found] = await Promise.all([sums.finish(length), out.sync()]);
        segments.push({ file: out.path, size: length, ...found });
      }
      for (const { out } of open.values()) await out.close();
      return segments;
    },
    discard: async (): Promise<void> => {
      for (const { out, sums } of open.values()) {
        await sums.leave();
        await out.close();
        removeSoon(out.path);
      }
    },
  };
}

/** The time is milliseconds since 1970. */
export function findIdentity({ uuid, time }: { readonly uuid: string; readonly time: number }) {
  return { uuid: Buffer.from(uuid.replaceAll('-', ''), 'hex'), timestamp: toTimestamp(time) };
}
