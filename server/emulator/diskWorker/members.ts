import { rmSync } from 'node:fs';
import { type FileSource, fileSource } from '../../disks/fileSource.ts';
import { chainOrder, type OvaMember, openOva, ovaMembers } from '../../disks/format/ova.ts';
import type { ByteSource } from '../../disks/source.ts';
import type { Watch } from './lane.ts';
import { createWriting } from './writing.ts';

/**
 * Opens the files of an OVA. Ours is read in place; any other is unpacked into files first, whose names begin as `scratch`
 * says and which are gone afterwards.
 */
export async function withMembers<T>(
  ova: ByteSource,
  scratch: string,
  { signal, progress }: Watch,
  use: (members: readonly OvaMember[], isUnpacked: boolean) => Promise<T>,
): Promise<T> {
  const inPlace = await ovaMembers(ova);
  if (inPlace) return use(inPlace, false);
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
    return await use(members, true);
  } finally {
    for (const source of sources) source.close();
    for (const path of paths) removeSoon(path);
  }
}

/** The disks of an OVA, the leaf first. Throws where one is missing. */
export function orderChain(members: readonly OvaMember[]): readonly ByteSource[] {
  const chain = chainOrder([...new Set(members.map(({ name }) => name))]);
  if ('corrupt' in chain) throw new Error(chain.corrupt);
  return chain.order.flatMap((name) => members.findLast((member) => member.name === name)?.source ?? []);
}

/** Removes what it can; whoever gave the order removes the rest once the system lets go of it. */
export function removeSoon(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
