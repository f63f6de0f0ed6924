import { createHash, randomUUID } from 'node:crypto';
import { plan as validate } from '../../../../schemas/generated/validators.js';
import type { Kind } from '../../../rules/facts.ts';
import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import type { Profile, ProfileName } from '../../../rules/profile/profile.ts';
import { serverOf } from '../../../rules/service/imageReferences.ts';
import { type ManifestPart, makePart } from '../../../workspace/parts.ts';
import { withoutSecrets } from '../../http/withoutSecrets.ts';
import type { Call } from '../calls.ts';
import type { Difference, Undo } from '../imagePlan.ts';
import { placeText } from '../show.ts';
import type { DiskFile, Step } from '../steps.ts';
import type { ConnectionChoice } from '../undo.ts';
import { type Fact, partialFact, readFiles } from './facts.ts';
import { PlanFileError } from './planFileError.ts';

export const planFormat = 'cloud-images-plan';
const planVersion = 1;

/** The cloud that a plan is for, and as whom it was made; nothing secret. */
export interface PlanPlace {
  /** What tells the cloud from others: an emulator's data folder, or an address. */
  readonly cloud: string;
  /** By an emulator's own words. */
  readonly emulator?: string;
  readonly region: string;
  readonly account: string;
  readonly user: string;
}

/** A plan as a file keeps it: the exact calls, and what they rest on (`schemas/plan.json`). */
export interface SavedPlan {
  readonly format: typeof planFormat;
  readonly version: typeof planVersion;
  readonly id: string;
  /** ISO 8601. */
  readonly made: string;
  readonly place: PlanPlace;
  readonly profile: ProfileName;
  /** How that cloud was connected to. */
  readonly choice: ConnectionChoice;
  readonly manifests: readonly string[];
  readonly steps: readonly SavedStep[];
  /** SHA-256 of all else, so that an edited or damaged file is noticed. */
  readonly digest: string;
}

/** A step of a saved plan. Where a text is `@N` it stands for what step N makes, from 1. */
export interface SavedStep {
  readonly file: string;
  /** From 1. */
  readonly document: number;
  readonly of: number;
  readonly kind: Kind;
  readonly type: 'change' | 'import' | 'export' | 'server' | 'server-image' | 'not-run';
  readonly notes: readonly string[];
  readonly image?: string;
  readonly server?: string;
  /** Of a change. */
  readonly name?: string;
  readonly isNew?: boolean;
  readonly calls?: readonly Call[];
  readonly differences?: readonly Difference[];
  readonly undo?: Undo;
  /** The document that a task or a server is made of. */
  readonly data?: Json;
  readonly disk?: Pick<DiskFile, 'path' | 'bytes'>;
  readonly reason?: string;
  readonly restsOn: readonly Fact[];
}

/** A step, and what was read while it was planned. */
export interface ReadStep {
  readonly step: Step;
  readonly reads: readonly Fact[];
}

/**
 * Turns steps into a plan that can be kept: `isExact` reads the disks that they bring, and throws PlanFileError where a step
 * cannot be kept. Else it is one to be looked at, with what is secret left out.
 */
export async function writePlan(
  read: readonly ReadStep[],
  about: Pick<SavedPlan, 'place' | 'profile' | 'choice' | 'manifests'>,
  { isExact }: { readonly isExact: boolean },
): Promise<SavedPlan> {
  const makers = new Map<ManifestPart, string>();
  for (const [at, { step }] of read.entries())
    if (step.type === 'import' || step.type === 'server' || step.type === 'server-image')
      makers.set(step.part, `@${at + 1}`);
  const changed = new Set<string>();
  const steps: SavedStep[] = [];
  for (const { step, reads } of read) {
    const saved = toSaved(step, makers, isExact);
    const image = saved.image ?? '';
    const files = isExact ? await readFiles(step) : [];
    const partial = changed.has(image) || image.startsWith('@') ? partialFact(step, image) : undefined;
    const facts = dropRepeated(reads);
    steps.push({ ...saved, restsOn: [...facts, ...(partial ? [partial] : []), ...files] });
    if (saved.type === 'change' && (saved.calls ?? []).length > 0) changed.add(image);
  }
  const content = {
    format: planFormat,
    version: planVersion,
    id: randomUUID(),
    made: new Date().toISOString(),
    ...about,
    steps,
  } as const;
  const plain = JSON.parse(JSON.stringify(content)) as Omit<SavedPlan, 'digest'>;
  const where = JSON.stringify([plain.place, plain.choice]);
  if (JSON.stringify(withoutSecrets(JSON.parse(where))) !== where)
    throw new PlanFileError(
      'This plan cannot be kept: the address of its cloud holds a password or a token.',
    );
  return { ...plain, digest: digestOf(plain) };
}

function dropRepeated(facts: readonly Fact[]): Fact[] {
  const last = new Map(facts.map((fact) => [JSON.stringify(fact), fact]));
  return [...last.values()];
}

function digestOf(plan: object): string {
  const { digest: _, ...content } = plan as { digest?: string };
  return `sha256:${createHash('sha256').update(JSON.stringify(content)).digest('hex')}`;
}

function toSaved(
  step: Step,
  makers: ReadonlyMap<ManifestPart, string>,
  isExact: boolean,
): Omit<SavedStep, 'restsOn'> {
  const { part } = step;
  const refuse = (why: string): PlanFileError =>
    new PlanFileError(`${placeText(part)} cannot be kept in a plan: ${why}`);
  const base = { file: part.path, document: part.index + 1, of: part.of, kind: part.kind };
  const maker = (by: ManifestPart | undefined): string => {
    const made = by && makers.get(by);
    if (made === undefined) throw refuse('what makes its image or server is no step of the plan.');
    return made;
  };
  const isUnknown = step.type === 'later' && !step.plan && !isExact;
  const own = isUnknown
    ? { type: 'change', notes: step.notes, image: maker(step.by), data: step.manifest }
    : saveStep(step, maker, refuse);
  const saved = { ...base, ...own } as Omit<SavedStep, 'restsOn'>;
  const plain = JSON.parse(JSON.stringify(saved)) as Json;
  const clean = withoutSecrets(plain);
  if (!isExact) return clean as unknown as Omit<SavedStep, 'restsOn'>;
  if (JSON.stringify(clean) !== JSON.stringify(plain))
    throw refuse(
      'it holds what may be secret (a password, a token, user data, or an address that opens something by itself), and plans are kept without. Apply it from its manifest.',
    );
  return saved;
}

function saveStep(
  step: Step,
  maker: (by: ManifestPart | undefined) => string,
  refuse: (why: string) => PlanFileError,
): Partial<SavedStep> {
  switch (step.type) {
    case 'change':
      return saveChange(step.plan, step.plan.image);
    case 'later':
      if (!step.plan)
        throw refuse(
          `it changes an image that ${placeText(step.by)} makes, and what that is like is known only then. Plan and apply them one after the other.`,
        );
      return saveChange(step.plan, maker(step.by));
    case 'import':
      return {
        type: 'import',
        notes: step.notes,
        data: step.part.data,
        ...(step.disk ? { disk: { path: step.disk.path, bytes: step.disk.bytes } } : {}),
      };
    case 'export':
      return { type: 'export', notes: step.notes, data: step.part.data, image: step.image ?? maker(step.by) };
    case 'server': {
      const image = step.by ? { image: maker(step.by) } : {};
      return { type: 'server', notes: step.notes, data: step.body, ...image };
    }
    case 'server-image':
      return {
        type: 'server-image',
        notes: step.notes,
        data: step.part.data,
        server: step.server ?? maker(step.by),
      };
    case 'not-run':
      return { type: 'not-run', notes: [], reason: step.reason };
    default:
      throw refuse('such steps are planned when they are run.');
  }
}

function saveChange(plan: Extract<Step, { type: 'change' }>['plan'], image: string): Partial<SavedStep> {
  const { name, isNew, calls, differences, undo, notes } = plan;
  const undoOf = undo !== 'cannot' && 'image' in undo ? { ...undo, image } : undo;
  return {
    type: 'change',
    notes,
    image,
    name,
    isNew,
    calls: calls.map((call) => ({ ...call, image })),
    differences,
    undo: undoOf,
  };
}

/** Tells whether a text is meant as a plan; what it holds is not judged. */
export function isPlanText(text: string): boolean {
  return new RegExp(`"format"\\s*:\\s*"${planFormat}"`).test(text);
}

/** Reads a plan. Throws PlanFileError with what is wrong with it. */
export function readPlan(text: string, path: string): SavedPlan {
  let content: Json;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, '')) as Json; // some editors write a byte order mark
  } catch (error) {
    throw new PlanFileError(`${path} is cut off or damaged: it is no JSON. Plan again.`, { cause: error });
  }
  if (!isObject(content) || content['format'] !== planFormat)
    throw new PlanFileError(`${path} is no plan. Make one: cloud-images plan PATH… -o FILE.`);
  if (content['version'] !== planVersion)
    throw new PlanFileError(
      `${path} is a plan of version ${JSON.stringify(content['version'] ?? null)}; this cloud-images reads version ${planVersion}. Plan again.`,
    );
  if (!validate(content)) {
    const [first] = validate.errors ?? [];
    throw new PlanFileError(
      `${path} is no whole plan: ${first?.instancePath || 'it'} ${first?.message ?? ''}. Plan again.`,
    );
  }
  const plan = content as unknown as SavedPlan;
  if (digestOf(plan) !== plan.digest)
    throw new PlanFileError(`${path} has been edited or damaged since it was planned. Plan again.`);
  return plan;
}

/** Turns a saved step into one that can be shown and run; `made` answers what an earlier step has made, by its number. */
export function toStep(
  saved: SavedStep,
  profile: Profile,
  made: (step: number) => string | undefined = () => undefined,
): Step {
  const { file: path, document, of, kind, type, notes, data = null } = saved;
  const resolve = (text: string): string =>
    /^@\d+$/.test(text) ? (made(Number(text.slice(1))) ?? text) : text;
  const part = { ...makePart(path, { kind, data, profile }), index: document - 1, of };
  const judged = { refusals: [], notes };
  if (type === 'not-run') return { type, part, reason: saved.reason ?? '' };
  if (type === 'import') return { type, part, ...judged, ...(saved.disk ? { disk: saved.disk } : {}) };
  if (type === 'export') return { type, part, ...judged, image: resolve(saved.image ?? '') };
  if (type === 'server-image') return { type, part, ...judged, server: resolve(saved.server ?? '') };
  if (type === 'server') return { type, part, ...judged, body: withImageRef(data, saved.image, resolve) };
  const image = resolve(saved.image ?? '');
  const { name = image, isNew = false, calls = [], differences = [], undo = 'cannot' } = saved;
  const plan = {
    image,
    name,
    isNew,
    differences,
    notes,
    refusals: [],
    calls: calls.map((call) => ({ ...call, image })),
    undo: undo !== 'cannot' && 'image' in undo ? { ...undo, image } : undo,
    after: { image: new Map<string, Json>([['id', image]]) },
  };
  return { type, part, plan };
}

function withImageRef(data: Json, image: string | undefined, resolve: (text: string) => string): Json {
  if (image === undefined || !isObject(data)) return data;
  const server: JsonObject = { ...serverOf(data), imageRef: resolve(image) };
  return { ...data, server };
}
