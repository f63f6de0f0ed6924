import { rmSync } from 'node:fs';
import { mergeChain } from '../../disks/format/chain.ts';
import { chainOrder, type OvaMember, openOva, ovaMembers } from '../../disks/format/ova.ts';
import { type ByteSource, type FileSource, fileSource } from '../../disks/source.ts';
import type { Follower } from './follower.ts';
import { piecesSource } from './pieces.ts';
import type { Segment, Unpack } from './protocol.ts';
import { createSums, type Sums } from './sums.ts';
import { createWriting, type Writing } from './writing.ts';

/** A VHD's time counts from 2000-01-01. */
const vhdEpoch = Date.UTC(2000, 0, 1);

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
  try {
    const members = await ovaMembers(source);
    if (members) return { segments: await merge(order, members, follower, signal, progress) };
    const second: Progress = (done, total) => progress(total + done, 2 * total);
    return await withFiles(order, source, signal, progress, async (files) => ({
      segments: await merge(order, files, follower, signal, second),
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
  const chain = chainOrder([...new Set(members.map(({ name }) => name))]);
  if ('corrupt' in chain) throw new Error(chain.corrupt);
  const sources = chain.order.flatMap(
    (name) => members.findLast((member) => member.name === name)?.source ?? [],
  );
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

/** Unpacks the OVA's files, which are gone afterwards. */
async function withFiles<T>(
  { scratch }: Unpack,
  ova: ByteSource,
  signal: AbortSignal,
  progress: Progress,
  use: (members: readonly OvaMember[]) => Promise<T>,
): Promise<T> {
  const members: OvaMember[] = [];
  const sources: FileSource[] = [];
  const paths: string[] = [];
  let done = 0;
  try {
    for await (const { name, size, chunks } of openOva(ova)) {
      const path = `${scratch}-disk${paths.length}`;
      paths.push(path);
      const out = createWriting(path, false);
      let written = 0;
      try {
        for await (const chunk of chunks) {
          signal.throwIfAborted();
          await out.write(chunk, written);
          written += chunk.length;
          progress(done + written, 2 * Math.max(size, done + written));
        }
      } finally {
        await out.close();
      }
      done += written;
      const source = fileSource(path);
      sources.push(source);
      members.push({ name, source });
    }
    return await use(members);
  } finally {
    for (const source of sources) source.close();
    for (const path of paths) removeSoon(path);
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

/** Removes what it can; whoever gave the order removes the rest once the system lets go of it. */
function removeSoon(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function findIdentity({ uuid, time }: Unpack) {
  return {
    uuid: Buffer.from(uuid.replaceAll('-', ''), 'hex'),
    timestamp: Math.max(0, Math.floor((time - vhdEpoch) / 1000)),
  };
}
