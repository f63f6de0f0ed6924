import { fileURLToPath, pathToFileURL } from 'node:url';
import { collectMemory } from '../collectMemory.ts';
import { readDiskFile } from '../disks/readDiskFile.ts';
import { system } from '../system.ts';
import { nodeFiles } from '../workspace/nodeFiles.ts';
import type { Platform } from './platform.ts';

export const nodePlatform: Platform = {
  files: nodeFiles,
  readDisk: readDiskFile,
  toPath,
  toUri: (path) => pathToFileURL(path).href,
  releaseMemory: collectMemory,
};

/**
 * On POSIX, `file://host/…` names another machine's file. Bytes that are not UTF-8 (`%E9`) name a file that no string can
 * name.
 */
function toPath(uri: string): string | undefined {
  const isLocal = /^file:\/\/(localhost)?\//.test(uri) || (system.hasShares && uri.startsWith('file:'));
  if (!isLocal) return undefined;
  try {
    return fileURLToPath(uri);
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return undefined;
    throw error;
  }
}
