import { readFile } from 'node:fs/promises';
import { textIn } from './bytes.ts';

/** The text of a manifest or of settings; undefined where there is none to read. Throws where the bytes are no text. */
export async function readText(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && textIn(bytes, path);
}
