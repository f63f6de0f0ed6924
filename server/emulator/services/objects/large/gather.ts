import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { ApiError } from '../../../kernel/apiError.ts';
import type { Upload } from '../../../kernel/receiving.ts';
import type { Blobs } from '../../../store/blobs.ts';
import type { Supply } from '../../../store/supply.ts';

/** Writes content that lies in very many pieces into one synced file, as `receivePart` does. */
export function gather(blobs: Blobs, supply: Supply, most: number, watch?: Watch): Promise<Upload> {
  return receivePart(blobs, supply.bytes(true), most, watch);
}

interface Watch {
  readonly signal?: AbortSignal;
  readonly progress?: (bytes: number) => void;
}

/**
 * Writes bytes as they come into one synced file, named by its SHA-256. Throws 413 where they are more than `most`.
 * Whatever goes wrong, no file is left.
 */
export async function receivePart(
  blobs: Blobs,
  pieces: AsyncIterable<Uint8Array>,
  most: number,
  watch: Watch = {},
): Promise<Upload> {
  const path = blobs.incoming();
  const file = await open(path, 'wx', 0o600);
  const md5 = createHash('md5');
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const bytes of pieces) {
      watch.signal?.throwIfAborted();
      size += bytes.length;
      if (size > most) throw new ApiError('files/object-size', `The content is larger than ${most} bytes.`);
      md5.update(bytes);
      hash.update(bytes);
      await file.writeFile(bytes);
      watch.progress?.(size);
    }
    await blobs.sync(file.fd);
    return { file: path, size, md5: md5.digest('hex'), hash: hash.digest('hex') };
  } catch (error) {
    blobs.discard(path);
    throw error;
  } finally {
    await file.close();
  }
}
