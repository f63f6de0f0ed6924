import { createHash } from 'node:crypto';
import { readDiskFacts } from '../../disks/facts.ts';
import { releaseMemory } from '../../disks/memory.ts';
import { memorySource } from '../../disks/source.ts';
import { extentsContent, writeDynamic } from '../../disks/write.ts';
import type { DiskFacts } from '../../rules/facts.ts';
import type { FilePiece } from '../store/pieces.ts';
import type { Follower } from './follower.ts';
import { guestExtents } from './guests.ts';
import { packInto } from './packing.ts';
import { piecesSource } from './pieces.ts';
import type { Guest, Pack, Packing } from './protocol.ts';

/** The orders of the worker, on files that only it and the store know. */
export async function inspect(pieces: readonly FilePiece[], name: string): Promise<DiskFacts> {
  const source = piecesSource(pieces);
  try {
    return await readDiskFacts(name, source);
  } finally {
    source.close();
  }
}

export async function pack(
  { source, target, compression }: Pack,
  follower: Follower,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<Packing> {
  const disk = piecesSource(source);
  try {
    return await packInto(
      target,
      [{ name: '0.vhd', source: disk }],
      { compression, signal, progress },
      follower,
    );
  } finally {
    disk.close();
  }
}

/** A dynamic VHD of 64 MiB with the guest's boot sectors; equal names give equal bytes. */
export async function make(target: string, guest: Guest, name: string): Promise<Packing> {
  const content = extentsContent(64 * 2 ** 20, guestExtents(guest, name));
  const identity = { uuid: createHash('md5').update(name).digest(), timestamp: 0 };
  const memory = Buffer.allocUnsafeSlow(8 * 2 ** 20); // two blocks hold what a guest has
  try {
    const size = await writeDynamic(content, identity, (bytes, position) => memory.set(bytes, position));
    return await packInto(target, [{ name: '0.vhd', source: memorySource(memory.subarray(0, size)) }], {});
  } finally {
    releaseMemory(memory);
  }
}
