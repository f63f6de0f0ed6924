import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Blobs } from '../../store/blobs.ts';
import type { HashName } from '../../store/names.ts';

/** A synced file beside the store, that is not adopted yet. */
export interface Spooled {
  readonly file: string;
  readonly size: number;
  readonly hash: string;
}

/** Writes bytes as they come into a file, hashing on the way. Whatever goes wrong, no file is left. */
export async function spool(
  blobs: Blobs,
  bytes: AsyncIterable<Uint8Array>,
  name: HashName,
): Promise<Spooled> {
  const path = blobs.incoming();
  const file = await open(path, 'wx', 0o600);
  const hash = createHash(name);
  let size = 0;
  try {
    for await (const chunk of bytes) {
      size += chunk.length;
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await blobs.sync(file.fd);
    return { file: path, size, hash: hash.digest('hex') };
  } catch (error) {
    blobs.discard(path);
    throw error;
  } finally {
    await file.close();
  }
}
