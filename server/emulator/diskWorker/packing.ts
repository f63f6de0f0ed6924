import { type OvaMember, type PackOptions, packOva } from '../../disks/format/ova.ts';
import { type Follower, worthFollowing } from './follower.ts';
import type { Packing } from './protocol.ts';
import { createWriting } from './writing.ts';

/** Packs an OVA into a new file, synced. */
export async function packInto(
  target: string,
  members: readonly OvaMember[],
  options: PackOptions,
  follower?: Follower,
): Promise<Packing> {
  const out = createWriting(target, true);
  const bytes = members.reduce((sum, { source }) => sum + source.size, 0);
  const followed = bytes < worthFollowing ? undefined : follower?.follow(target);
  const md5 = followed && {
    grown: followed.grown,
    digest: async (size: number) => (await Promise.all([followed.digest(size), out.sync()]))[0],
  };
  let size = 0;
  const write = async (part: Uint8Array) => {
    await out.write(part, size);
    size += part.length;
  };
  try {
    const packed = await packOva(members, write, { ...options, ...(md5 ? { md5 } : {}) });
    await out.sync();
    return packed;
  } catch (error) {
    await followed?.digest(0).catch(() => undefined); // its end is what matters
    throw error;
  } finally {
    await out.close();
  }
}
