import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exactBytes } from '../rules/service/answers.ts';
import { CommandError } from '../verbs/errors.ts';
import { explainFolder } from '../verbs/fileErrors.ts';

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** Makes a folder where there is none. Throws with what is wrong of the path, which `option` has named. */
export async function makeFolder(option: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    let nearest = path;
    while (!(await stat(nearest).catch(() => undefined)) && dirname(nearest) !== nearest)
      nearest = dirname(nearest);
    throw explain(option, path, nearest, error);
  }
}

/**
 * Proves that a download can be written to a file or into a folder, by a file beside it that goes at once. Throws with what
 * is wrong of the path, and where `bytes` do not fit.
 */
export async function requireWritable(path: string, bytes: number | undefined): Promise<void> {
  const folder = (await isFolder(path)) ? path : dirname(path);
  const probe = join(folder, `.cloud-images-${randomUUID()}`);
  try {
    const file = await open(probe, 'wx');
    await file.close();
    await rm(probe);
  } catch (error) {
    throw explain('--download', path, folder, error);
  }
  if (bytes === undefined) return;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    throw new Error(
      `--download ${path}: ${exactBytes(bytes)} are needed, and ${exactBytes(bavail * bsize)} are free. Name a file on a larger disk.`,
    );
}

function explain(option: string, path: string, folder: string, error: unknown): CommandError {
  const { code = 'failed', message } = explainFolder(error, path, folder) ?? {
    message: `${path}: the folder ${folder} cannot be written to (${String(error)}).`,
  };
  return new CommandError(code, `${option} ${message}`, { cause: error });
}
