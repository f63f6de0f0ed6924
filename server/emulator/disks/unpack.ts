import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { mergeChain } from '../../disks/chain.ts';
import { chainOrder, openOva } from '../../disks/ova.ts';
import { fileSource } from '../../disks/source.ts';
import { type Follower, worthFollowing } from './follower.ts';
import { piecesSource } from './pieces.ts';
import type { Segment, Unpack } from './protocol.ts';

/** A VHD's time counts from 2000-01-01. */
const vhdEpoch = Date.UTC(2000, 0, 1);
const readBytes = 4 * 1024 * 1024;

/** Unpacks an OVA and merges its disks into one VHD, written as segments. Nothing is left where it fails. */
export async function unpack(
  order: Unpack,
  follower: Follower,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<{ segments: Segment[] }> {
  const segments = createSegments(order, follower);
  const disks = new Map<string, string>();
  try {
    await unpackDisks(order, disks, signal, (done, total) => progress(done, 2 * total));
    const chain = chainOrder([...disks.keys()]);
    if ('corrupt' in chain) throw new Error(chain.corrupt);
    const sources = chain.order.map((name) => fileSource(disks.get(name) ?? ''));
    try {
      const merged = await mergeChain(sources, identityOf(order), segments.write, {
        links: 'order',
        signal,
        progress: (done, total) => progress(total + done, 2 * total),
      });
      if ('problem' in merged) throw new Error(merged.problem.text);
      return { segments: await segments.finish(merged.size) };
    } finally {
      for (const source of sources) source.close();
    }
  } catch (error) {
    segments.discard();
    throw error;
  } finally {
    for (const file of disks.values()) rmSync(file, { force: true });
  }
}

async function unpackDisks(
  { ova, scratch }: Unpack,
  disks: Map<string, string>,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const source = piecesSource(ova);
  let done = 0;
  try {
    for await (const { name, size, chunks } of openOva(source)) {
      const path = `${scratch}-disk${disks.size}`;
      disks.set(name, path);
      const file = openSync(path, 'wx', 0o600);
      try {
        for await (const chunk of chunks) {
          signal.throwIfAborted();
          writeAll(file, chunk);
          done += chunk.length;
          progress(done, Math.max(size, done));
        }
      } finally {
        closeSync(file);
      }
    }
  } finally {
    source.close();
  }
}

/** Files that together are one, written anywhere. */
function createSegments({ scratch, segmentBytes }: Unpack, follower: Follower) {
  const open = new Map<number, { path: string; file: number }>();
  const segmentAt = (index: number) => {
    const known = open.get(index);
    if (known) return known;
    const path = `${scratch}-segment${index}`;
    const made = { path, file: openSync(path, 'wx+', 0o600) };
    open.set(index, made);
    return made;
  };
  return {
    write: (bytes: Uint8Array, position: number) => {
      for (let at = 0; at < bytes.length; ) {
        const index = Math.floor((position + at) / segmentBytes);
        const start = position + at - index * segmentBytes;
        const part = bytes.subarray(at, at + segmentBytes - start);
        writeAll(segmentAt(index).file, part, start);
        at += part.length;
      }
    },
    finish: async (size: number): Promise<Segment[]> => {
      const segments: Segment[] = [];
      for (let index = 0; index * segmentBytes < size; index += 1) {
        const { path, file } = segmentAt(index);
        const length = Math.min(segmentBytes, size - index * segmentBytes);
        const md5 = length < worthFollowing ? undefined : follower.follow(path).digest(length);
        fsyncSync(file);
        const [sha512 = '', own = ''] = hashesOf(file, md5 ? ['sha512'] : ['sha512', 'md5']);
        segments.push({ file: path, size: length, sha512, md5: (await md5) ?? own });
      }
      for (const { file } of open.values()) closeSync(file);
      return segments;
    },
    discard: () => {
      for (const { path, file } of open.values()) {
        closeSync(file);
        rmSync(path, { force: true });
      }
    },
  };
}

function hashesOf(file: number, algorithms: readonly string[]): string[] {
  const hashes = algorithms.map((name) => createHash(name));
  const buffer = Buffer.allocUnsafe(readBytes);
  for (let at = 0; ; ) {
    const read = readSync(file, buffer, 0, buffer.length, at);
    if (read === 0) return hashes.map((hash) => hash.digest('hex'));
    for (const hash of hashes) hash.update(buffer.subarray(0, read));
    at += read;
  }
}

function identityOf({ uuid, time }: Unpack) {
  return {
    uuid: Buffer.from(uuid.replaceAll('-', ''), 'hex'),
    timestamp: Math.max(0, Math.floor((time - vhdEpoch) / 1000)),
  };
}

function writeAll(file: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(file, bytes, at, bytes.length - at, position === undefined ? null : position + at);
}
