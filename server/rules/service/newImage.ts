import type { RefusalId } from '../ids.ts';
import { asText, isObject, type Json, type JsonObject, pointerTo } from '../json.ts';
import { permits } from '../profile/propertyProtection.ts';
import { answers } from './answers.ts';
import { classOf, notList, notText, show, uuid } from './attributes.ts';
import {
  type ChangeContext,
  type ChangeRefusal,
  type Refusal,
  refuseNumber,
  refusePolicy,
  refuseRead,
  refuseStored,
} from './changes.ts';
import { refuseProperties, refuseTags } from './patchBody.ts';
import { withTagsOnce } from './tagNames.ts';

/** What an image is created with: its attributes and properties, and an id where one was asked for. */
export interface NewImage {
  readonly id: string | undefined;
  readonly image: ReadonlyMap<string, Json>;
}

/** Accepted and not kept (SOURCES: glance §3). */
const ignored = new Set(['os_hash_algo', 'os_hash_value']);

/**
 * The body of POST /v2/images, or why it is refused. Order as in Glance: what only the service sets, then the schema,
 * then protected properties and policies, then the quotas (SOURCES: glance §3).
 */
export function readNewImage(body: Json, context: ChangeContext): NewImage | Refusal {
  const [refused] = refuseNewImage(body, context);
  if (refused) return refused;
  const { id, ...rest } = isObject(body) ? body : {};
  return { id: typeof id === 'string' ? id.toLowerCase() : undefined, image: toImage(rest) };
}

/** A new image as it stands before it has data. */
export function createdImage(
  image: ReadonlyMap<string, Json>,
  { profile, caller }: ChangeContext,
): Map<string, Json> {
  return new Map<string, Json>([
    ...(caller ? [['owner', caller.account] as [string, Json]] : []),
    ['visibility', profile.images.defaultVisibility],
    ['status', 'queued'],
    ...image,
  ]);
}

/** Why a new image is refused, in Glance's order (SOURCES: glance §3). */
export function refuseNewImage(body: Json, context: ChangeContext): Refusal[] {
  if (!isObject(body))
    return [refusal(answers.schema(`${show(body)} is not of type 'object'`), 'image/value', '')];
  const { id, ...rest } = body;
  // Of what breaks the schema, Glance names first what is wrong with the whole.
  const found: Stated[] = (context.profile.requiredProperties ?? [])
    .filter((name) => !Object.hasOwn(body, name))
    .map((name) => ({
      stage: 'schema',
      refusal: { ...refusal(answers.schema(`'${name}' is a required property`), 'cloud/required', ''), name },
    }));
  if (id !== undefined && !(typeof id === 'string' && uuid.test(id)))
    found.push({ stage: 'schema', refusal: refusal(answers.imageId(show(id)), 'image/value', '/id') });
  const image = toImage(rest);
  for (const [name, value] of Object.entries(rest)) {
    const refused = refuseStated(name, value, context);
    if (!refused) continue;
    const { stage, rule, answer } = refused;
    found.push({ stage, refusal: { ...refusal(answer, rule, pointerTo(name)), name } });
  }
  if (context.forbidden) found.push({ stage: 'role', refusal: context.forbidden });
  const tags = refuseTags(rest['tags'] ?? null, context, '/tags');
  if (tags) found.push({ stage: 'tags', refusal: tags });
  const properties = refuseProperties(image, context);
  if (properties) found.push({ stage: 'properties', refusal: properties });
  return found
    .sort((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage))
    .map((one) => one.refusal);
}

/** What the service looks at one after the other. */
const stages = [
  'links',
  'schema',
  'reserved',
  'role',
  'visibility',
  'owner',
  'tags',
  'read-only',
  'number',
  'protection',
  'properties',
  'storing',
] as const;
type Stage = (typeof stages)[number];

interface Stated {
  readonly stage: Stage;
  readonly refusal: Refusal;
}

const links: ReadonlySet<string> = new Set(['direct_url', 'self', 'file', 'schema', 'stores']);

/** What refuses one attribute or property of a new image, and when. */
function refuseStated(
  name: string,
  value: Json,
  context: ChangeContext,
): (ChangeRefusal & { readonly stage: Stage }) | undefined {
  const { profile, caller } = context;
  if (name === 'owner' && value === caller?.account) return undefined;
  const change = { op: 'add', name, value } as const;
  const read = refuseRead(change, context);
  if (ignored.has(name)) {
    const problem = refuseForm(name, value);
    return problem === undefined
      ? undefined
      : { stage: 'schema', rule: 'image/read-only', answer: answers.schema(problem) };
  }
  if (read) {
    const problem = links.has(name) ? undefined : refuseForm(name, value);
    if (problem) return { stage: 'schema', rule: 'image/read-only', answer: answers.schema(problem) };
    const answer = name === 'locations' ? answers.reserved(name) : read.answer;
    return { stage: stageOf(name, read), rule: read.rule, answer };
  }
  if (name === 'owner' && refusePolicy(change, context))
    return { stage: 'owner', rule: 'image/read-only', answer: answers.ownerOfNew(asText(value)) };
  const policy = name === 'owner' ? undefined : refusePolicy(change, context);
  if (policy) return { stage: 'visibility', ...policy };
  if (!permits({ profile, caller }, name, 'create'))
    return { stage: 'protection', rule: 'property/protected', answer: answers.reserved(name) };
  const negative = refuseNumber(name, value);
  if (negative) return { stage: 'number', ...negative };
  const stored = refuseStored(name, value, context);
  return stored && { stage: 'storing', ...stored };
}

/** The stage at which reading refuses an attribute or property. */
function stageOf(name: string, { rule }: ChangeRefusal): Stage {
  if (links.has(name)) return 'links';
  if (classOf(name) === 'reserved' || name === 'locations' || rule === 'property/name') return 'reserved';
  return classOf(name) === 'read-only' ? 'read-only' : 'schema';
}

/** What the image schema says of the value of a name that only the service sets: it is looked at first. */
function refuseForm(name: string, value: Json): string | undefined {
  const kind = classOf(name);
  if (kind === 'reserved') return typeof value === 'string' ? undefined : notText(value);
  if (kind !== 'read-only') return undefined;
  if (name === 'locations') return Array.isArray(value) ? undefined : notList(value);
  if (name === 'size' || name === 'virtual_size')
    return value === null || Number.isInteger(value)
      ? undefined
      : `${show(value)} is not of type 'null', 'integer'`;
  if (name === 'status')
    return statuses.includes(asText(value))
      ? undefined
      : `${show(value)} is not one of ${statuses.join(', ')}`;
  if (value === null && (name === 'checksum' || ignored.has(name))) return undefined;
  if (typeof value !== 'string') return notText(value);
  return name === 'checksum' && value.length > 32 ? `${show(value)} is too long` : undefined;
}

const statuses = [
  'queued',
  'saving',
  'active',
  'killed',
  'deleted',
  'uploading',
  'importing',
  'pending_delete',
  'deactivated',
];

function toImage(body: JsonObject): Map<string, Json> {
  return new Map(Object.entries(withTagsOnce(body)).filter(([name]) => !ignored.has(name)));
}

function refusal(answer: { status: number; text: string }, rule: RefusalId, pointer: string): Refusal {
  return { rule, ...answer, pointer };
}
