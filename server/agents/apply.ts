import { observeRequests } from '../cloud/run/call.ts';
import { type Execution, execute } from '../cloud/run/execute.ts';
import { answeredText, placeText } from '../cloud/run/show.ts';
import type { Step } from '../cloud/run/steps.ts';
import { openUndoJournal, undoCommandOf } from '../cloud/run/undo.ts';
import type { JsonObject } from '../rules/json.ts';
import { type AgentCloud, AgentError } from './agentCloud.ts';
import { callLine, describeCalls } from './calls.ts';
import { findChangedFile } from './manifests.ts';
import { portsOf } from './plan.ts';
import { type KeptPlan, keyOf } from './planBook.ts';
import { dataNotice } from './results.ts';
import { type AgentScene, type AgentTool, connectFor } from './scene.ts';

export const applyTool: AgentTool = {
  name: 'cloud_images_apply',
  title: 'Apply a plan of cloud images',
  description:
    'Carries out exactly a plan that cloud_images_plan made, once and only while files and cloud are as they were then. A person is asked first and sees each HTTP call. Answers what was done, what was not, and how to undo it.',
  effect: 'apply',
  input: {
    type: 'object',
    properties: { plan: { type: 'string', description: 'The plan id.' } },
    required: ['plan'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      done: { type: 'array', items: { type: 'object' } },
      calls: { type: 'array', items: { type: 'string' } },
      stopped: { type: 'object' },
      not_done: { type: 'array', items: { type: 'string' } },
      undo: { type: 'object' },
      note: { type: 'string' },
    },
    required: ['done', 'calls', 'not_done', 'note'],
  },
  run: async ({ plan: id }, scene, { signal, report }) => {
    const place = await connectFor('apply', scene);
    const kept = scene.plans.find(String(id));
    if (kept.placeKey !== keyOf(place))
      throw new AgentError(
        `That plan is for ${kept.place}, and another cloud, user or region is chosen by now.`,
      );
    const { manifests, plan, image } = kept;
    const changed = await findChangedFile(manifests.files);
    scene.plans.take(kept.id);
    if (changed) throw new AgentError(`${changed.name} has changed since the plan. Plan again.`);
    const calls: string[] = [];
    const cloud = observeRequests(place.cloud, (answered) => calls.push(answeredText(answered).trim()));
    const journal = openUndoJournal({
      region: cloud.region,
      account: place.caller.account,
      manifests: [...new Set(manifests.parts.map(({ file, path }) => file ?? path))],
      choice: place.choice,
    });
    const said: string[] = [];
    const execution: Execution = {
      ports: portsOf({ ...place, cloud }, manifests, {
        ...(image === undefined ? {} : { image }),
        signal,
        report,
      }),
      journal,
      say: (text) => said.push(text),
      confirm: async () => false, // what is another than was shown is not carried out
      during: async (step, work) => {
        requireShown(step, kept, place);
        return work();
      },
    };
    const outcome = await execute(manifests.parts, plan, execution).catch((error: unknown) => {
      if (journal.entries === 0) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AgentError(
        `The run broke off: ${why}. What it did before is undone by: ${undoCommandOf(journal)}`,
      );
    });
    return { ...describeOutcome(outcome, said), calls, ...describeUndo(journal), note: dataNotice };
  },
};

/** Throws AgentError for a call that the person was not shown, but for those of images that the run itself makes. */
function requireShown(step: Step, { calls, plan }: KeptPlan, place: AgentCloud): void {
  if (plan.steps.some(({ type, part }) => type === 'later' && part === step.part)) return;
  const shown = new Set(calls.map(callLine));
  const other = describeCalls(step, place)
    .map(callLine)
    .find((line) => !shown.has(line));
  if (step.type === 'change' && other !== undefined)
    throw new AgentError(`${other} was not part of the plan, so it was not made. Plan again.`);
}

/** The most that a person can be asked about at once. */
const maximumCalls = 100;
const maximumCharacters = 20_000;

/** What a person is shown before a plan is carried out: the question, and each call in a line. Throws AgentError where there is none to ask about. */
export async function describeApplication(
  id: unknown,
  scene: AgentScene,
): Promise<{ readonly question: string; readonly calls: readonly string[] }> {
  await connectFor('apply', scene);
  const { place, calls } = scene.plans.find(String(id));
  const lines = calls.map(callLine);
  if (lines.length > maximumCalls || lines.join().length > maximumCharacters)
    throw new AgentError(
      `This plan makes ${calls.length} calls of ${lines.join().length} characters, more than a person can be asked about at once. Plan fewer manifests.`,
    );
  return { question: `Apply this plan to ${place}?`, calls: lines };
}

function describeOutcome(
  { done, stopped, left }: Awaited<ReturnType<typeof execute>>,
  said: readonly string[],
): JsonObject {
  const notConfirmed = stopped?.reason === 'not confirmed';
  return {
    done: done.map(({ step, result }) => ({
      document: placeText(step.part),
      does: step.type,
      ...(result === undefined ? {} : { result }),
    })),
    ...(stopped
      ? {
          stopped: {
            document: placeText(stopped.step.part),
            reason: notConfirmed
              ? `The cloud has changed since the plan. Plan again. ${said.join('\n')}`
              : stopped.reason,
            ...(stopped.interrupted ? { interrupted: true } : {}),
          },
        }
      : {}),
    not_done: [...new Set(left.map(({ part }) => placeText(part)))],
  };
}

function describeUndo({ entries, path }: Execution['journal']): JsonObject {
  return entries === 0 ? {} : { undo: { file: path, command: undoCommandOf({ path }) } };
}
