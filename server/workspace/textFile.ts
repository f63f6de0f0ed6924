import { textIn } from '../manifests/encoding.ts';
import { type FileSystem, UnreadableFile } from './files.ts';

/** The most bytes of a manifest: some two million lines. */
export const maximumManifestBytes = 64 * 2 ** 20;
/** The most bytes of a file of settings. */
export const maximumSettingsBytes = 2 ** 20;

/**
 * Reads the text of a manifest or of settings; undefined where there is none to read. Throws UnreadableFile for what is no
 * regular file or too large, and where the bytes are no text.
 */
export async function readText(
  files: FileSystem,
  path: string,
  maximumBytes = maximumManifestBytes,
): Promise<string | undefined> {
  const bytes = await files.readBytes(path, maximumBytes).catch((error: unknown) => {
    if (error instanceof UnreadableFile) throw error;
    return undefined;
  });
  return bytes && textIn(bytes, path);
}

/** Reads the text of a settings file, as `readText` does. */
export function readSettings(files: FileSystem, path: string): Promise<string | undefined> {
  return readText(files, path, maximumSettingsBytes);
}
