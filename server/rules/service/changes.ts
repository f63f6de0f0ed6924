import type { RefusalId, RuleId } from '../ids.ts';
import { asText, type Json } from '../json.ts';
import type { Action, Caller, Profile } from '../profile/profile.ts';
import { hasReached } from '../profile/releases.ts';
import { allows } from '../profile/roles.ts';
import type { HttpAnswer } from './answers.ts';
import { answers } from './answers.ts';
import {
  classOf,
  codePoints,
  isProtected,
  isWide,
  maximumInteger,
  refuseBySchema,
  show,
  typeOf,
} from './attributes.ts';
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
  /** Why the caller may change nothing here, which is asked once the request is read. */
  readonly forbidden?: Refusal | undefined;
}

/** What refuses a change: the rule that says so, and the cloud's answer. */
export interface ChangeRefusal {
  readonly rule: RuleId;
  readonly answer: HttpAnswer;
}

/** What can be refused from the change alone, whatever the image is: by reading it, then by policy. */
export function refuseChange(change: Change, context: ChangeContext): ChangeRefusal | undefined {
  const { name, op, value = null } = change;
  return (
    refuseRead(change, context) ??
    refusePolicy(change, context) ??
    refuseRemoval(change) ??
    (op === 'remove' ? undefined : (refuseNumber(name, value) ?? refuseStored(name, value, context)))
  );
}

/** What reading a change refuses, before any image is looked at: the name, then the value (SOURCES: glance §4). */
export function refuseRead(
  { name, op, value = null }: Change,
  { profile }: ChangeContext,
): ChangeRefusal | undefined {
  const kind = classOf(name);
  if (kind === 'read-only') return { rule: 'image/read-only', answer: answers.readOnly(name) };
  if (kind === 'reserved') return { rule: 'image/read-only', answer: answers.reserved(name) };
  if (isProtected(name, profile)) return { rule: 'property/protected', answer: answers.reserved(name) };
  return op === 'remove' ? undefined : refuseNewValue(name, value, profile);
}

/** Changes that have a policy of their own, which is asked before that of all changes. */
export function refusePolicy(
  { name, op, value = null }: Change,
  context: ChangeContext,
): ChangeRefusal | undefined {
  if (op === 'remove' || isCloudAdmin(context)) return undefined;
  if (name === 'visibility' && value === 'public')
    return { rule: 'image/visibility', answer: answers.publicize() };
  return name === 'owner' ? { rule: 'image/read-only', answer: answers.ownerByCustomer() } : undefined;
}

/** A number that the image does not take when it is set. */
export function refuseNumber(name: string, value: Json): ChangeRefusal | undefined {
  return typeOf(name) === 'integer' && typeof value === 'number' && value < 0
    ? { rule: 'image/value', answer: answers.negative(name, value) }
    : undefined;
}

/** What is not stored: numbers that are too large, then characters of four bytes (SOURCES: glance §3). */
export function refuseStored(name: string, value: Json, context: ChangeContext): ChangeRefusal | undefined {
  return typeOf(name) === 'integer' && typeof value === 'number' && value > maximumInteger
    ? { rule: 'image/value', answer: answers.outOfRange(name, maximumInteger) }
    : refuseWide(name, value, context);
}

/** Characters outside the Basic Multilingual Plane, which later Glance does not store (SOURCES: glance §3). */
function refuseWide(name: string, value: Json, { profile }: ChangeContext): ChangeRefusal | undefined {
  if (profile.images.wideNames) return undefined;
  const custom = classOf(name) === 'custom';
  if (custom && isWide(name)) return { rule: 'property/name', answer: answers.wideName() };
  if (isWide(value))
    return { rule: custom ? 'property/value' : 'image/value', answer: answers.wideValue(name) };
  return Array.isArray(value) && value.some(isWide)
    ? { rule: 'image/value', answer: answers.wideTag() }
    : undefined;
}

/** Attributes of the image itself stay. */
export function refuseRemoval({ name, op }: Change): ChangeRefusal | undefined {
  return op === 'remove' && classOf(name) === 'writable'
    ? { rule: 'patch/not-removable', answer: answers.notRemovable(name) }
    : undefined;
}

function refuseNewValue(name: string, value: Json, profile: Profile): ChangeRefusal | undefined {
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
  const problem = refuseBySchema(name, value, profile);
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
  return undefined;
}

/** Why the caller may not change an image of this owner: it is another's. Where one of them is not known, undefined. */
export function refuseForeign(
  owner: Json | undefined,
  verb: 'modify' | 'delete',
  context: ChangeContext,
): Refusal | undefined {
  const { caller } = context;
  if (!caller || typeof owner !== 'string' || owner === caller.account) return undefined;
  return isCloudAdmin(context) ? undefined : refusal('image/owner', answers.notOwner(verb), '');
}

/** Why the caller's roles do not allow an action on images, in Glance's words, which name its policy. */
export function refuseRole(
  profile: Profile,
  caller: Caller | undefined,
  action: Action,
  policy: string,
): Refusal | undefined {
  return !caller || allows(profile, 'images', caller.roles, action)
    ? undefined
    : refusal('role/images', answers.policy(policy), '');
}

/** Why the caller may see an image and not have its data: a reader, since Glance's roles of before ended with 2023.1. */
export function refuseDownload(profile: Profile, caller: Caller | undefined): Refusal | undefined {
  return profile.offers.stores && hasReached(profile.release, '2023.1')
    ? refuseRole(profile, caller, 'administer', 'download_image')
    : undefined;
}

/** `admin` is the cloud's own administrator in plain OpenStack, and a customer's role at Rackspace. */
export function isCloudAdmin({ profile, caller }: ChangeContext): boolean {
  return caller?.roles.some((role) => profile.identity.adminRoles.includes(role)) === true;
}

export function refusal(rule: RefusalId, answer: HttpAnswer, pointer: string, name?: string): Refusal {
  return { rule, status: answer.status, text: answer.text, pointer, ...(name === undefined ? {} : { name }) };
}
