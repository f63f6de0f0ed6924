import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import type { Upload } from '../../../kernel/receiving.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ObjectRow } from '../records.ts';

/** Adopts a synced file in the same change as `enter`; where that is refused, nothing of it stays. */
export async function enterFile(
  context: EmulatorContext,
  upload: Upload,
  enter: () => ObjectRow,
): Promise<ObjectRow> {
  const { file, size, hash } = upload;
  try {
    return await context.store.write(() => {
      context.blobs.adopt(file, hash, size);
      return enter();
    });
  } catch (error) {
    context.blobs.discard(file);
    throw error;
  }
}

/** A small content of our own as a synced file. */
export function writeText(context: EmulatorContext, text: string): Upload {
  const path = context.blobs.incoming();
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    context.blobs.discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
  const sum = (name: string) => createHash(name).update(text).digest('hex');
  return { file: path, size: Buffer.byteLength(text), md5: sum('md5'), hash: sum('sha256') };
}
