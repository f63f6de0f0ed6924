import type { RefusalId, RuleId } from '../ids.ts';
import { asText, type Json } from '../json.ts';
import type { Caller, Profile } from '../profile/profile.ts';
import type { HttpAnswer } from './answers.ts';
import { answers } from './answers.ts';
import { classOf, codePoints, isProtected, refuseValue, show } from './attributes.ts';
import { refuseTag } from './tagNames.ts';

/** One change of one attribute or property of an image, however it was written down. */
export interface Change {
  readonly op: 'add' | 'replace' | 'remove';
  readonly name: string;
  /** Present for add and replace. */
  readonly value?: Json;
}

/** Why the cloud refuses: the rule that says so, and its HTTP answer. */
export interface Refusal {
  readonly rule: RefusalId;
  readonly status: number;
  readonly text: string;
  /** Where in the request, as a JSON Pointer. */
  readonly pointer: string;
  /** The attribute or property that is meant, where one is. */
  readonly name?: string;
}

export interface ChangeContext {
  readonly profile: Profile;
  readonly caller?: Caller | undefined;
}

/** What can be refused from the change alone, whatever the image is. Order as in Glance: name, permission, value. */
export function refuseChange(
  change: Change,
  context: ChangeContext,
): { rule: RuleId; answer: HttpAnswer } | undefined {
  const { name, op } = change;
  const { profile } = context;
  const kind = classOf(name);
  if (kind === 'read-only') return { rule: 'image/read-only', answer: answers.readOnly(name) };
  if (kind === 'reserved') return { rule: 'image/read-only', answer: answers.reserved(name) };
  if (isProtected(name, profile)) return { rule: 'property/protected', answer: answers.reserved(name) };
  if (op === 'remove') {
    return kind === 'writable'
      ? { rule: 'patch/not-removable', answer: answers.notRemovable(name) }
      : undefined;
  }
  return refuseNewValue(name, change.value ?? null, context);
}

function refuseNewValue(
  name: string,
  value: Json,
  context: ChangeContext,
): { rule: RuleId; answer: HttpAnswer } | undefined {
  const { profile } = context;
  const custom = classOf(name) === 'custom';
  if (custom && codePoints(name) > profile.limits.nameLength) {
    return {
      rule: 'property/name',
      answer: answers.schema(
        `property name ${show(name)} is longer than ${profile.limits.nameLength} characters`,
      ),
    };
  }
  if (profile.images.reservesDiskConfig && name === 'auto_disk_config' && /^disabled$/i.test(asText(value)))
    return { rule: 'image/auto-disk-config', answer: answers.resizeReserved() };
  const problem = refuseValue(name, value, profile);
  if (problem) {
    // As the openstack client prints them: in one field.
    const nested =
      name === 'properties' && typeof value === 'object' && value !== null && !Array.isArray(value);
    const rule = nested ? 'image/nested-properties' : custom ? 'property/value' : 'image/value';
    return { rule, answer: answers.schema(problem) };
  }
  if (name === 'tags' && Array.isArray(value)) {
    for (const tag of value) {
      const refused = typeof tag === 'string' ? refuseTag(tag, profile) : undefined;
      if (refused) return refused;
    }
  }
  if (name === 'visibility' && value === 'public' && !isCloudAdmin(context)) {
    return { rule: 'image/visibility', answer: answers.publicize() };
  }
  if (name === 'owner' && !isCloudAdmin(context))
    return { rule: 'image/read-only', answer: answers.readOnly(name) };
  return undefined;
}

/** `admin` is the cloud's own administrator in plain OpenStack, and a customer's role at Rackspace. */
export function isCloudAdmin({ profile, caller }: ChangeContext): boolean {
  return caller?.roles.some((role) => profile.identity.adminRoles.includes(role)) === true;
}

export function refusal(rule: RefusalId, answer: HttpAnswer, pointer: string, name?: string): Refusal {
  return { rule, status: answer.status, text: answer.text, pointer, ...(name === undefined ? {} : { name }) };
}
