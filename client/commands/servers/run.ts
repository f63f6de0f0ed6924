import { t } from '@vscode/l10n';
import { noDisks } from '../../../server/cloud/run/steps.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import { makePart } from '../../../server/workspace/parts.ts';
import type { Context } from '../../context.ts';
import { carryOut, findRefusal, type PreparedRun, prepareRun } from '../../manifests/run.ts';
import { Cancelled, Refused } from '../../ui/errors.ts';

interface Wanted {
  readonly kind: 'server' | 'server-image';
  readonly data: JsonObject;
  /** Of the run: `Build of “web”`. */
  readonly title: string;
  readonly question: string;
  /** The verb of the question. */
  readonly verb: string;
}

/**
 * Runs one document of a server or of its image as a manifest is run; answers the id of what it makes. What the cloud would
 * refuse is said before, and what is worth knowing is asked about. Throws Refused, Cancelled and CloudError.
 */
export async function runDocument(
  context: Context,
  { kind, data, title, question, verb }: Wanted,
): Promise<string | undefined> {
  const { profile } = await context.source.connect();
  const run = await prepareRun(context, {
    parts: [makePart(title, { kind, data, profile })],
    title,
    disks: noDisks,
  });
  requireAccepted(run);
  const notes = run.plan.steps.flatMap((step) => ('notes' in step ? step.notes : []));
  if (notes.length > 0 && !(await context.ui.confirm(question, notes.join('\n\n'), verb)))
    throw new Cancelled();
  const { done } = await carryOut(context, run);
  return done[0]?.result;
}

/** Throws Refused where the cloud would refuse a run. */
export function requireAccepted(run: PreparedRun): void {
  const refusal = findRefusal(run);
  if (!refusal) return;
  const [first] = 'refusals' in refusal.step ? refusal.step.refusals : [];
  throw new Refused(t`The cloud would refuse this: ${refusal.reason}`, first?.rule);
}
