import type { Cloud } from '../cloud/cloud.ts';
import type { AnsweredRequest } from '../cloud/run/call.ts';
import { noteResult, planSteps } from '../cloud/run/execute.ts';
import { perform } from '../cloud/run/perform.ts';
import type { Ports, Step } from '../cloud/run/steps.ts';
import { openWorld, type RunWorld } from '../cloud/run/world.ts';
import type { Image } from '../cloud/services/images.ts';
import { CloudError } from '../cloud/session/errors.ts';
import { type LintFinding, openJudge } from '../lint/judge.ts';
import type { Kind } from '../rules/facts.ts';
import type { Json, JsonObject } from '../rules/json.ts';
import type { Caller } from '../rules/profile/profile.ts';
import { inputOf } from '../rules/service/importBody.ts';
import type { ManifestPart } from '../workspace/parts.ts';

/** The outcome of one document. */
export interface Rehearsed {
  readonly file: string;
  /** From 1. */
  readonly document: number;
  readonly of: number;
  readonly line: number;
  readonly kind: Kind;
  readonly outcome: 'accepted' | 'refused' | 'not rehearsed';
  readonly calls: readonly AnsweredRequest[];
  /** The emulator's words, of the answer or of the task that failed. */
  readonly refused?: {
    readonly status: number;
    readonly text: string;
    readonly rule?: string;
    readonly what?: string;
  };
  /** `FILE:LINE:COLUMN RULE` where `cloud-images lint` says it too; null where it does not. */
  readonly lint?: string | null;
  /** An image that was made, or the place of an export. */
  readonly result?: string;
  /** Why it was not rehearsed. */
  readonly why?: string;
  /** What the test beside its manifest says of it. */
  readonly expected?: Expected;
  readonly notes: readonly string[];
  /** The rules that had something to say of it, as `lint` or as a refusal. */
  readonly rules: readonly string[];
}

/** How a document was answered, against what its test says. */
export interface Expected {
  /** The test's file. */
  readonly file: string;
  readonly met: boolean;
  readonly wanted: string;
  /** What is otherwise, a sentence each. */
  readonly failures: readonly string[];
}

/** Holds what was rehearsed to the tests beside the manifests. */
export interface Expectations {
  /** `isLast`: it is the last of its manifest, and what must stand afterwards is looked at. Throws CloudError. */
  judge(rehearsed: Rehearsed, isLast: boolean, cloud: Cloud): Promise<Expected | undefined>;
}

export interface Rehearsal {
  readonly documents: readonly Rehearsed[];
  /** The account's images at the end. */
  readonly images: readonly JsonObject[];
}

/**
 * Runs documents in order, also those that the rules would refuse, to hear the cloud say so. From where `waiting.signal` ends
 * it they are not rehearsed. Throws CloudError.
 */
export async function rehearse(
  parts: readonly ManifestPart[],
  portsFor: (seen: (answered: AnsweredRequest) => void) => Ports,
  caller: Caller,
  tell: (rehearsed: Rehearsed, step?: Step) => void,
  expectations?: Expectations,
): Promise<Rehearsal> {
  let calls: AnsweredRequest[] = [];
  const ports = portsFor((answered) => calls.push(answered));
  const world = openWorld(caller).begin();
  const documents: Rehearsed[] = [];
  const findingsOf = openFindings(parts);
  const note = (rehearsed: Rehearsed, step?: Step): void => {
    documents.push(rehearsed);
    tell(rehearsed, step);
  };
  for (const part of parts) {
    if (ports.waiting.signal?.aborted) {
      note({ ...describePart(part), rules: [], outcome: 'not rehearsed', why: 'interrupted' });
      continue;
    }
    if (part.kind === 'export') await provideContainer(part, ports);
    calls = [];
    const findings = await findingsOf(part);
    const steps = await planSteps(part, ports, world);
    for (const [at, step] of steps.entries()) {
      calls = [];
      const rehearsed = await rehearseStep(step, ports, findings, world);
      const refusals = [...calls, ...(rehearsed.refused ? [rehearsed.refused] : [])];
      const rules = [...findings, ...refusals].flatMap(({ rule }) => rule ?? []);
      const one: Rehearsed = { ...rehearsed, calls, rules: [...new Set(rules)].sort() };
      const isLast = at === steps.length - 1 && part.index === part.of - 1;
      const expected = await expectations?.judge(one, isLast, ports.cloud);
      note(expected ? { ...one, expected } : one, step);
    }
  }
  const images: JsonObject[] = [];
  if (!ports.waiting.signal?.aborted)
    for await (const page of ports.cloud.images.list({ owner: caller.account }))
      for (const image of page) images.push(toShownImage(image));
  return { documents, images };
}

/** What `lint` says of each document; a file is judged once. */
function openFindings(
  parts: readonly ManifestPart[],
): (part: ManifestPart) => Promise<readonly LintFinding[]> {
  const { name: profile, release } = parts[0]?.profile ?? {};
  const judge = openJudge({ fix: false, kind: undefined, requireDisks: false, profile, release });
  const judged = new Map<string, Promise<readonly LintFinding[]>>();
  return async ({ path, line }) => {
    const known = judged.get(path) ?? judge.file(path).then(({ findings }) => findings);
    judged.set(path, known);
    const next = Math.min(...parts.flatMap((one) => (one.path === path && one.line > line ? one.line : [])));
    return (await known).filter((one) => one.line >= line && one.line < next);
  };
}

function describePart({ path: file, index, of, line, kind }: ManifestPart) {
  return { file, document: index + 1, of, line, kind, calls: [], notes: [] };
}

async function rehearseStep(
  step: Step,
  ports: Ports,
  findings: readonly LintFinding[],
  world: RunWorld,
): Promise<Omit<Rehearsed, 'rules'>> {
  const notes = 'notes' in step ? step.notes : step.type === 'change' ? step.plan.notes : [];
  const about = { ...describePart(step.part), notes };
  if (step.type === 'not-run' || step.type === 'impossible')
    return { ...about, outcome: 'not rehearsed', why: step.reason };
  if (step.type === 'later')
    return { ...about, outcome: 'not rehearsed', why: 'its image does not exist yet' };
  const performed = await perform(step, ports);
  noteResult(step, performed, world);
  const { refused, result, interrupted } = performed;
  if (interrupted !== undefined)
    return { ...about, outcome: 'not rehearsed', why: `interrupted: ${interrupted}` };
  if (!refused) return { ...about, outcome: 'accepted', ...(result === undefined ? {} : { result }) };
  return {
    ...about,
    outcome: 'refused',
    refused,
    lint: findLintFinding(step.part, refused.text, findings),
  };
}

/** Finds where `lint` reports the same. */
function findLintFinding(
  { path }: ManifestPart,
  text: string,
  findings: readonly LintFinding[],
): string | null {
  const found = findings.find((one) => one.severity === 'error' && one.message.includes(text));
  return found ? `${path}:${found.line}:${found.column} ${found.rule}` : null;
}

/** A rehearsal begins with the demo's containers; those of one's own are there in the real cloud. */
async function provideContainer({ data }: ManifestPart, { cloud: { objects } }: Ports): Promise<void> {
  const container: Json | undefined = inputOf(data)['receiving_swift_container'];
  if (typeof container !== 'string' || container === '') return;
  try {
    await objects.putContainer(container);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error; // a name that cannot be: the export says so
  }
}

const ofTheService = [
  'self',
  'file',
  'schema',
  'created_at',
  'updated_at',
  'owner',
  'user_id',
  'os_hash_value',
  'os_hash_algo',
];

function toShownImage(image: Image): JsonObject {
  return Object.fromEntries([...image].filter(([name]) => !ofTheService.includes(name)));
}
