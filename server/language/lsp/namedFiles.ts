import type { Workspace } from '../../workspace/workspace.ts';
import type { Host } from '../analysis/analysis.ts';

type Shared = 'missingFile' | 'sourceDisk';
type Questions = Pick<Host, Shared | 'isOrphan'>;

/** What is asked of files that documents name: shared for a moment, since keys come faster than files change. */
export interface NamedFiles {
  readonly questions: Questions;
  forget(): void;
}

/** Milliseconds for which answers count. */
const moment = 500;

/** `toPath` is undefined of what is not on this machine, of whose files nothing is known. */
export function openNamedFiles(
  toPath: (uri: string) => string | undefined,
  { missingFile, sourceDisk, testedManifests }: Pick<Workspace, Shared | 'testedManifests'>,
  now: () => number = () => performance.now(),
): NamedFiles {
  const answers = new Map<string, unknown>();
  let began = now();
  const share =
    <Answer>(name: Shared, ask: (path: string, file: string) => Promise<Answer | undefined>) =>
    (uri: string, file: string): Promise<Answer | undefined> => {
      const path = toPath(uri);
      if (path === undefined) return Promise.resolve(undefined);
      if (now() - began >= moment) answers.clear();
      if (answers.size === 0) began = now();
      const key = JSON.stringify([name, path, file]);
      const known = answers.get(key) as Promise<Answer | undefined> | undefined;
      const answer = known ?? ask(path, file);
      answers.set(key, answer);
      return answer;
    };
  return {
    questions: {
      missingFile: share('missingFile', missingFile),
      isOrphan: async (uri, manifest) => {
        const path = toPath(uri);
        return path !== undefined && (await testedManifests(path, manifest))?.length === 0;
      },
      sourceDisk: share('sourceDisk', sourceDisk),
    },
    forget: () => answers.clear(),
  };
}
