import { randomUUID } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { access, chmod, chown, open, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { textIn } from '../manifests/encoding.ts';
import { system } from '../system.ts';
import { type FileSystem, notRegular, UnreadableFile } from './files.ts';
import { maximumManifestBytes, maximumSettingsBytes } from './textFile.ts';

/** The files of this machine. */
export const nodeFiles: FileSystem = {
  path,
  readBytes,
  status: (path) => stat(path).catch(() => undefined),
  list: (folder) => readdir(folder, { withFileTypes: true }).catch(() => []),
  realPath: (path) => realpath(path).catch(() => undefined),
};

/**
 * Reads a regular file of at most so many bytes. A pipe would be waited for without end, and a device has none. Throws
 * UnreadableFile, and what the system says.
 */
async function readBytes(path: string, maximumBytes = maximumManifestBytes): Promise<Uint8Array> {
  requireRegular(path, await stat(path), maximumBytes);
  // What has taken the file's place meanwhile must not be waited for either.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { size } = requireRegular(path, await file.stat(), maximumBytes);
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

/** Does the same at once, where a thread has nothing else to do. */
export function readBytesSync(path: string, maximumBytes = maximumManifestBytes): Uint8Array {
  requireRegular(path, statSync(path), maximumBytes);
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const { size } = requireRegular(path, fstatSync(file), maximumBytes);
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const bytesRead = readSync(file, bytes, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

/** Reads the text of a settings file at once; undefined where there is none. Throws with the path where it cannot be read. */
export function readSettingsSync(path: string): string | undefined {
  try {
    return textIn(readBytesSync(path, maximumSettingsBytes), path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Replaces what a file holds, where it still is what was read: whatever happens, it has the old bytes or the new ones. A
 * link stays a link.
 */
export async function replaceBytes(path: string, old: Uint8Array, bytes: Uint8Array): Promise<void> {
  const target = await realpath(path);
  await access(target, constants.W_OK);
  const { mode, uid, gid } = await stat(target);
  const beside = `${target}.${randomUUID()}`;
  try {
    await writeFile(beside, bytes, { flag: 'wx', mode });
    await chown(beside, uid, gid).catch(() => undefined); // only root may give a file away
    await chmod(beside, mode);
    if (Buffer.compare(await readBytes(target), old) !== 0)
      throw new Error(`${path} was changed by something else meanwhile. Run it again.`);
    await system.replaceFile(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

interface Status {
  readonly size: number;
  isFile(): boolean;
}

function requireRegular(path: string, status: Status, maximumBytes: number): Status {
  if (!status.isFile()) throw notRegular(path);
  if (status.size > maximumBytes)
    throw new UnreadableFile(`${path} has ${status.size} bytes; at most ${maximumBytes} are read.`);
  return status;
}
