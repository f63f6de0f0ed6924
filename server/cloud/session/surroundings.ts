import { homedir } from 'node:os';
import { readSettingsSync } from '../../workspace/nodeFiles.ts';
import type { Surroundings } from './cloudFiles.ts';

/** This machine's files, its environment, and a folder that may hold files of its own. */
export function readSurroundings(env: Surroundings['env'], folder: string | undefined): Surroundings {
  return { env, home: homedir(), folder, read: readSettingsSync };
}
