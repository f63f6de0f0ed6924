import { homedir } from 'node:os';
import { textIn } from '../../manifests/encoding.ts';
import { readBytesSync } from '../../workspace/nodeFiles.ts';
import { maximumSettingsBytes } from '../../workspace/textFile.ts';
import type { Surroundings } from './cloudFiles.ts';

/** This machine's files, its environment, and a folder that may hold files of its own. */
export function readSurroundings(env: Surroundings['env'], folder: string | undefined): Surroundings {
  return {
    env,
    home: homedir(),
    folder,
    read: (path: string) => {
      try {
        return textIn(readBytesSync(path, maximumSettingsBytes), path);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
