import { cloudAnswer } from '../rules/evaluate.ts';
import type { DiskFacts } from '../rules/facts.ts';
import type { Profile } from '../rules/profile/profile.ts';
import type { Finding } from '../rules/rule.ts';
import { judgeData } from './judge.ts';

/** What a profile's cloud would answer to an import of a disk. */
export interface DiskVerdict {
  readonly profile: string;
  readonly accepted: boolean;
  /** The cloud's words where it refuses. */
  readonly text?: string;
  /** Everything that the profile's rules say of it. */
  readonly findings: readonly Finding[];
}

/** Judges an import that names this disk and nothing else that could be refused. `name`: of its file. */
export function judgeDisk(disk: DiskFacts, name: string, profile: Profile): DiskVerdict {
  const manifest = {
    type: 'import',
    input: { import_from: `disks/${name}`, image_properties: { name } },
  };
  const findings = judgeData('import', manifest, { profile, disk });
  const answer = cloudAnswer(findings)?.answer;
  const text = answer && ('task' in answer ? answer.task : `${answer.status} ${answer.text}`);
  return { profile: profile.name, accepted: answer === undefined, ...(text ? { text } : {}), findings };
}
