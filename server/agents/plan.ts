import { isSound, planRun } from '../cloud/run/execute.ts';
import { placeText, planText } from '../cloud/run/show.ts';
import { listRefusals, type Ports, type Step } from '../cloud/run/steps.ts';
import { findLine } from '../manifests/findLine.ts';
import type { JsonObject } from '../rules/json.ts';
import type { AgentCloud } from './agentCloud.ts';
import { describeCalls } from './calls.ts';
import { type AgentManifests, manifestInput, readAgentManifests } from './manifests.ts';
import { keyOf, planLife } from './planBook.ts';
import { dataNotice } from './results.ts';
import { type AgentTool, connectFor } from './scene.ts';

export const planTool: AgentTool = {
  name: 'cloud_images_plan',
  title: 'Plan changes of cloud images',
  description:
    'Plans manifests against the live cloud and changes nothing: the exact HTTP calls that applying them would make, and what the cloud would refuse, with the rule. Give paths of manifests, or text and kind for a change without a file: kind image with the wanted properties, import, export, patch, server or server-image. The answer has a plan id for cloud_images_apply if nothing is refused.',
  effect: 'read',
  input: {
    type: 'object',
    properties: {
      ...manifestInput,
      image: {
        type: 'string',
        description: 'Id of the image that patches and exports without one of their own mean.',
      },
    },
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      plan: { type: 'string' },
      expires_in_seconds: { type: 'integer' },
      can_be_applied: { type: 'boolean' },
      place: { type: 'string' },
      summary: { type: 'string' },
      steps: { type: 'array', items: { type: 'object' } },
      note: { type: 'string' },
    },
    required: ['can_be_applied', 'place', 'summary', 'steps', 'note'],
  },
  run: async (input, scene, { signal }) => {
    const place = await connectFor('read', scene);
    const manifests = await readAgentManifests(input, scene);
    const { image } = input;
    const only = typeof image === 'string' ? { image } : {};
    const plan = await planRun(manifests.parts, portsOf(place, manifests, { ...only, signal }), place.caller);
    const calls = plan.steps.flatMap((step) => describeCalls(step, place));
    const isReady = isSound(plan.steps) && calls.length > 0;
    const summary = summarize(plan.steps);
    const about = { summary, place: describeCloud(place) };
    const kept = isReady
      ? scene.plans.keep({ manifests, plan, ...only, ...about, calls, placeKey: keyOf(place) })
      : undefined;
    return {
      ...(kept ? { plan: kept.id, expires_in_seconds: planLife / 1000 } : {}),
      can_be_applied: isReady,
      ...about,
      steps: plan.steps.map((step) => describeStep(step, manifests, place)),
      note: dataNotice,
    };
  },
};

/** The surroundings in which an agent's plan is made and carried out. */
export function portsOf(
  { cloud, control, interval }: AgentCloud,
  { workspace, roots }: Pick<AgentManifests, 'workspace' | 'roots'>,
  {
    image,
    signal,
    report = () => undefined,
  }: { image?: string; signal?: AbortSignal | undefined; report?: (text: string) => void },
): Ports {
  return {
    cloud,
    waiting: { interval, signal, changed: ({ type, id, status }) => report(`${type} ${id}: ${status}`) },
    disks: workspace,
    within: roots,
    upload: { ...(signal ? { signal } : {}), doing: report },
    ...(control ? { control } : {}),
    ...(image === undefined ? {} : { image }),
  };
}

/** `Emulator, DFW, account 100001, as owner`. */
export function describeCloud({ label, cloud, caller }: AgentCloud): string {
  return `${label}, ${cloud.region}, account ${caller.account}, as ${cloud.session.user.name}`;
}

/** The last line of the plan as people read it: `Plan: 1 call.` */
function summarize(steps: readonly Step[]): string {
  return planText(steps).trimEnd().split('\n').at(-1) ?? '';
}

function describeStep(step: Step, { texts }: AgentManifests, place: AgentCloud): JsonObject {
  const { part } = step;
  const notes = step.type === 'change' ? step.plan.notes : 'notes' in step ? step.notes : [];
  const about = step.type === 'change' ? { image: step.plan.image, image_name: step.plan.name } : {};
  const refusals = listRefusals(step).map(({ status, text, rule, pointer }) => ({
    status,
    text,
    rule,
    pointer,
    line:
      findLine(texts.get(part.path) ?? '', { path: part.file ?? part.path, index: part.index }, pointer) ??
      part.line,
  }));
  return JSON.parse(
    JSON.stringify({
      document: placeText(part),
      kind: part.kind,
      does: step.type,
      ...about,
      calls: describeCalls(step, place),
      ...(step.type === 'impossible' || step.type === 'not-run' ? { reason: step.reason } : {}),
      ...(refusals.length > 0 ? { refusals } : {}),
      ...(notes.length > 0 ? { notes } : {}),
    }),
  );
}
