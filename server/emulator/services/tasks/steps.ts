import { cloudAnswer, evaluate } from '../../../rules/evaluate.ts';
import type { Facts, Finding, Json, JsonObject, Kind } from '../../../rules/rule.ts';
import { objectAt } from '../../kernel/body.ts';
import type { Cloud } from '../../kernel/cloud.ts';
import type { JobState, Run } from '../../kernel/jobs.ts';
import type { FilePiece, Piece } from '../../store/blobs.ts';
import type { TaskRow } from './records.ts';

/** What the steps of imports and exports share. */

export function taskOf(cloud: Cloud, job: JobState): TaskRow | undefined {
  return cloud.store.get<TaskRow>('SELECT * FROM tasks WHERE id = ?', job.id);
}

export function inputOf(task: TaskRow | undefined): JsonObject {
  return task ? objectAt(JSON.parse(task.input) as Json) : {};
}

/** What the rules say that the task fails with; it acts for its account, whoever began it (decision 13). */
export function judgement(
  cloud: Cloud,
  kind: Kind,
  task: TaskRow,
  facts: Partial<Facts>,
): Failure | undefined {
  const caller = { account: task.account, roles: [] };
  const body: Json = { type: task.type, input: JSON.parse(task.input) };
  const refused = cloudAnswer(evaluate(kind, body, { profile: cloud.profile, caller, ...facts }));
  return refused && { rule: refused.rule, message: messageOf(refused) };
}

export interface Failure {
  readonly message: string;
  readonly rule?: string;
}

export async function fail(cloud: Cloud, job: JobState, failure: Failure): Promise<void> {
  await cloud.store.free(() => endFailed(cloud, job, failure));
}

/** Inside `store.write`. */
export function endFailed(cloud: Cloud, job: JobState, { message, rule }: Failure): void {
  close(cloud, job);
  cloud.tasks.move(job.id, { status: 'failure', message, rule });
}

/** Inside `store.write`: ends the job and frees what only it held. */
export function close(cloud: Cloud, job: JobState): void {
  const held = cloud.jobs.held(job.id);
  cloud.jobs.finish(job.id);
  for (const blob of held) cloud.blobs.release(blob);
}

/** Works with the files of pieces, which stay as long as that takes. Throws where they are not what they were. */
export async function withFiles<T>(
  cloud: Cloud,
  pieces: readonly Piece[],
  use: (files: readonly FilePiece[]) => Promise<T>,
): Promise<T> {
  const kept = cloud.blobs.keep(pieces);
  try {
    await cloud.blobs.prove(kept);
    return await use(kept.files);
  } finally {
    kept.release();
  }
}

/** Tells of progress in the job, and in the event stream at most once each twentieth. */
export function tellProgress(
  cloud: Cloud,
  job: JobState,
  { report }: Run,
): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    report(done, total);
    const progress = total > 0 ? done / total : 0;
    if (progress < told + 0.05) return;
    told = progress;
    cloud.store
      .write(() => cloud.tasks.progress(job.id, Math.min(1, progress)))
      .catch((error) => cloud.log.error(`Progress of task ${job.id} was not stored`, error));
  };
}

function messageOf({ answer, message }: Finding): string {
  return answer && 'task' in answer ? answer.task : message;
}
