import { isImageTest, nameParts } from '../manifests/kinds.ts';
import { findManifests } from './files.ts';
import { type Manner, openJudge, type Report } from './judge.ts';
import { judgeFiles } from './pool.ts';

export interface Options extends Manner {
  /** Files, folders and patterns; empty: the current folder. */
  readonly paths: readonly string[];
  readonly stdin?: { readonly bytes: Uint8Array; readonly path: string };
}

/** The reports on standard input, then on the files in their order. Throws where a path or the settings cannot be read. */
export async function lint({ paths, stdin, ...manner }: Options): Promise<Report[]> {
  const judge = openJudge(manner);
  const path = stdin?.path || `stdin.${nameParts[manner.kind ?? 'image']}.yaml`;
  const given = stdin ? [await judge.text(path, stdin.bytes)] : [];
  const isMeant = async (file: string): Promise<boolean> => isImageTest(file) || judge.told(file);
  const files = await findManifests(paths.length === 0 && !stdin ? ['.'] : paths, isMeant);
  return [...given, ...(await judgeFiles(files, judge, manner))];
}
