import type { RefusalId } from '../ids.ts';
import { isObject, type Json, type JsonObject, pointerTo } from '../json.ts';
import { permits } from '../profile/propertyProtection.ts';
import { answers } from './answers.ts';
import { classOf, show, uuid } from './attributes.ts';
import { type ChangeContext, type Refusal, refuseChange } from './changes.ts';
import { refuseQuota } from './patchBody.ts';

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

/** Why a new image is refused, in Glance's order: what only the service sets, the schema, permissions, the quotas. */
export function refuseNewImage(body: Json, context: ChangeContext): Refusal[] {
  if (!isObject(body))
    return [refusal(answers.schema(`${show(body)} is not of type 'object'`), 'image/value', '')];
  const { id, ...rest } = body;
  if (id !== undefined && !(typeof id === 'string' && uuid.test(id)))
    return [refusal(answers.imageId(show(id)), 'image/value', '/id')];
  const image = toImage(rest);
  const refused = [...image].flatMap(([name, value]) => {
    if (name === 'owner' && value === context.caller?.account) return [];
    const denied = { rule: 'property/protected', answer: answers.reserved(name) } as const;
    const found =
      refuseChange({ op: 'add', name, value }, context) ??
      (permits(context, name, 'create') ? undefined : denied);
    return found ? [{ ...refusal(found.answer, found.rule, pointerTo(name)), name }] : [];
  });
  if (refused.length > 0) return refused.sort((one, other) => rank(one) - rank(other));
  const quota = refuseQuota(image, context);
  return quota ? [quota.name ? { ...quota, pointer: pointerTo(quota.name) } : quota] : [];
}

function toImage(body: JsonObject): Map<string, Json> {
  return new Map(
    Object.entries(body)
      .filter(([name]) => !ignored.has(name))
      .map(([name, value]) => [name, name === 'tags' && Array.isArray(value) ? [...new Set(value)] : value]),
  );
}

function rank({ status, name = '' }: Refusal): number {
  const kind = classOf(name);
  if (kind === 'read-only' || kind === 'reserved') return 0;
  return status === 400 ? 1 : 2;
}

function refusal(answer: { status: number; text: string }, rule: RefusalId, pointer: string): Refusal {
  return { rule, ...answer, pointer };
}
