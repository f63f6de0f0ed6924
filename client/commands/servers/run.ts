import { noDisks } from '../../../server/cloud/run/steps.ts';
import type { JsonObject } from '../../../server/rules/json.ts';
import type { Profile } from '../../../server/rules/profile/profile.ts';
import type { ManifestPart } from '../../../server/workspace/parts.ts';
import type { Context } from '../../context.ts';
import { carryOut, findRefusal, prepareRun } from '../../manifests/run.ts';
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
    parts: [toPart(kind, data, title, profile)],
    title,
    disks: noDisks,
  });
  const refusal = findRefusal(run);
  if (refusal) {
    const [first] = 'refusals' in refusal.step ? refusal.step.refusals : [];
    throw new Refused(`The cloud would refuse this: ${refusal.reason}`, first?.rule);
  }
  const notes = run.plan.steps.flatMap((step) => ('notes' in step ? step.notes : []));
  if (notes.length > 0 && !(await context.ui.confirm(question, notes.join('\n\n'), verb)))
    throw new Cancelled();
  const { done } = await carryOut(context, run);
  return done[0]?.result;
}

function toPart(kind: Wanted['kind'], data: JsonObject, path: string, profile: Profile): ManifestPart {
  return { path, index: 0, of: 1, line: 1, start: 0, end: 0, kind, data, profile, following: [] };
}
