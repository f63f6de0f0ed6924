import type { DiskFacts } from '../rules/facts.ts';
import { readDiskFacts } from './facts.ts';
import { fileSource } from './fileSource.ts';

/** Reads the facts of the disk in a file; `name` is for messages. Undefined where the file cannot be opened. */
export async function readDiskFile(name: string, path: string): Promise<DiskFacts | undefined> {
  let source: ReturnType<typeof fileSource>;
  try {
    source = fileSource(path);
  } catch {
    return undefined;
  }
  try {
    return { ...(await readDiskFacts(name, source, Date.now())), path };
  } finally {
    source.close();
  }
}
