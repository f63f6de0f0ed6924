import { cloudAnswer, evaluate } from '../../../rules/evaluate.ts';
import type { Facts, Kind } from '../../../rules/facts.ts';
import type { Json, JsonObject } from '../../../rules/json.ts';
import { rolesFor } from '../../../rules/profile/roles.ts';
import type { Finding } from '../../../rules/rule.ts';
import { findObject } from '../../kernel/body.ts';
import { type JobState, limitPerAccount, type Run } from '../../kernel/jobs.ts';
import type { FilePiece, Piece } from '../../store/pieces.ts';
import type { EmulatorContext } from '../context.ts';
import type { TaskRow } from './records.ts';

/** Parts that the steps of imports and exports share. */

export const tasksOfAccount = limitPerAccount(5); // DECISIONS 14

export function findTask(context: EmulatorContext, job: JobState): TaskRow | undefined {
  return context.store.get<TaskRow>('SELECT * FROM tasks WHERE id = ?', job.id);
}

export function readInput(task: TaskRow | undefined): JsonObject {
  return task ? findObject(JSON.parse(task.input) as Json) : {};
}

/** Judges a task by the rules; it acts for its account, whoever began it (DECISIONS 13). */
export function judgeTask(
  context: EmulatorContext,
  kind: Kind,
  task: TaskRow,
  facts: Partial<Facts>,
): Failure | undefined {
  const caller = { account: task.account, roles: rolesFor(context.profile, 'images', 'administer') };
  const body: Json = { type: task.type, input: JSON.parse(task.input) };
  const refused = cloudAnswer(evaluate(kind, body, { profile: context.profile, caller, ...facts }));
  return refused && { rule: refused.rule, message: chooseMessage(refused) };
}

export interface Failure {
  readonly message: string;
  readonly rule?: string;
}

export async function fail(context: EmulatorContext, job: JobState, failure: Failure): Promise<void> {
  await context.store.free(() => endFailed(context, job, failure));
}

/** Inside `store.write`. */
export function endFailed(context: EmulatorContext, job: JobState, { message, rule }: Failure): void {
  close(context, job);
  context.tasks.move(job.id, { status: 'failure', message, rule });
}

/** Inside `store.write`: ends the job and frees what only it held. */
export function close(context: EmulatorContext, job: JobState): void {
  const held = context.jobs.held(job.id);
  context.jobs.finish(job.id);
  for (const blob of held) context.blobs.release(blob);
}

/** Works with the files of pieces, which stay as long as that takes. Throws where they are not what they were. */
export async function withFiles<T>(
  context: EmulatorContext,
  pieces: readonly Piece[],
  use: (files: readonly FilePiece[]) => Promise<T>,
): Promise<T> {
  const kept = context.blobs.keep(pieces);
  try {
    await context.blobs.prove(kept);
    return await use(kept.files);
  } finally {
    kept.release();
  }
}

/** Tells of progress in the job, and in the event stream at most once each twentieth. */
export function reportProgress(
  context: EmulatorContext,
  job: JobState,
  { report }: Run,
): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    report(done, total);
    const progress = total > 0 ? done / total : 0;
    if (progress < told + 0.05) return;
    told = progress;
    context.store
      .write(() => context.tasks.progress(job.id, Math.min(1, progress)))
      .catch((error) => context.log.error(`Progress of task ${job.id} was not stored`, error));
  };
}

function chooseMessage({ answer, message }: Finding): string {
  return answer && 'task' in answer ? answer.task : message;
}
