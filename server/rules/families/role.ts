import type { Facts } from '../facts.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Action, Caller, Service } from '../profile/profile.ts';
import { allows, tagsByRoute } from '../profile/roles.ts';
import { type Observation, observe, type Rule } from '../rule.ts';
import { answers } from '../service/answers.ts';
import { show } from '../service/attributes.ts';
import { sameValue } from '../service/differences.ts';
import { areTexts, hasTagRoute, listTexts } from '../service/tagNames.ts';
import type { KnownImage, Subject } from '../subject.ts';

const matrix = 'Cloud Images permissions matrix';

/** What the caller's roles do not allow, where they are known. */
export const roleRules: readonly Rule[] = [
  {
    id: 'role/images',
    order: 0,
    severity: 'error',
    kinds: ['image', 'patch', 'import', 'export'],
    source: matrix,
    summary:
      'Administrators change images and run tasks; creators may only share and tag, observers only tag.',
    example: {
      kind: 'image',
      bad: 'name: web\nmin_ram: 512\n',
      good: 'name: web\ntags: [production]\n',
      image: { name: 'web', tags: [] },
      caller: { account: '100001', roles: ['observer'] },
    },
    *check(subject) {
      const { kind } = subject;
      if (!subject.facts.caller) return;
      if (kind === 'import' || kind === 'export') yield* refused(subject, 'images', 'administer', 'add_task');
      const { caller } = subject.facts;
      if (kind === 'patch') yield* observe(subject, 'role/images', () => ({ message: explainRoles(caller) }));
      if (kind === 'image') for (const one of subject.images()) yield* refusedOfImage(one);
    },
  },
  {
    id: 'role/servers',
    order: 0,
    severity: 'error',
    kinds: ['server-image', 'server'],
    source: `${matrix}: Cloud Servers`,
    summary: 'Only administrators of Cloud Servers build servers and make images of them.',
    example: {
      kind: 'server-image',
      bad: 'createImage: { name: web }\n',
      good: '{}\n',
      caller: { account: '100001', roles: ['observer'] },
    },
    *check(subject) {
      const { caller } = subject.facts;
      if (caller) yield* observe(subject, 'role/servers', () => ({ message: explainRoles(caller) }));
    },
  },
];

/** An image manifest that names no image, where it is known that there is none, makes one. */
function makesImage(image: JsonObject, facts: Facts): boolean {
  return facts.profile.images.madeByManifests && facts.image === null && !Object.hasOwn(image, 'id');
}

/** The keys of an image that ask for something: with a live image those that differ from it, and the members. */
function changed(image: JsonObject, live: Facts['image']): string[] {
  return Object.entries(image)
    .filter(([name, value]) => !live?.has(name) || !sameValue(name, live.get(name) ?? null, value))
    .map(([name]) => name);
}

/** Tells whether the text of an opened image lacks what the image has, which saving it would remove. */
function removesAny(image: JsonObject, { image: live, opened }: Facts): boolean {
  return opened === true && [...(live?.keys() ?? [])].some((name) => !Object.hasOwn(image, name));
}

/** Tags without an address are patched, which takes more than the roles that reach tags by address. */
function* refusedTags(pointer: string, { tags }: JsonObject, facts: Facts): Generator<Observation> {
  const { caller, profile, image } = facts;
  if (!caller || !image || !Array.isArray(tags) || !tagsByRoute(profile, caller)) return;
  const [old, wanted] = [listTexts(image.get('tags')), listTexts(tags)];
  const changed = [
    ...old.filter((tag) => !wanted.includes(tag)),
    ...wanted.filter((tag) => !old.includes(tag)),
  ];
  for (const tag of changed.filter((one) => !hasTagRoute(one))) {
    const at = tags.indexOf(tag);
    yield {
      pointer: at === -1 ? `${pointer}/tags` : `${pointer}/tags/${at}`,
      message: `Your roles (${caller.roles.join(', ')}) cannot reach the tag ${show(tag)}, which has no address of its own. Leave it as it is, or ask an administrator of the account.`,
      answer: answers.policy('modify_image'),
    };
  }
}

/** Tells whether the caller's roles do not allow what an image manifest asks for. */
export function isRefusedByRole(image: KnownImage): boolean {
  return refusedOfImage(image).next().done !== true;
}

function* refusedOfImage({ pointer, image, facts }: KnownImage): Generator<Observation> {
  if (facts.image === null && !makesImage(image, facts)) return; // no request is made
  if (facts.image === undefined && facts.caller) {
    // Who may not read does not even learn which image is meant.
    const policy = Object.hasOwn(image, 'id') ? 'get_image' : 'get_images';
    for (const found of refused({ facts }, 'images', 'read', policy)) yield { ...found, pointer };
    return;
  }
  const names = changed(image, facts.image);
  const at = (found: Observation): Observation => ({ ...found, pointer });
  const needs = (action: Action, policy: string): Observation[] =>
    [...refused({ facts }, 'images', action, policy)].map(at);
  const { members } = image;
  const shares = members !== undefined && !(Array.isArray(members) && members.length === 0);
  if (shares) yield* needs('share', 'add_member');
  const setsStatus = (item: Json) =>
    isObject(item) && typeof item['member_id'] === 'string' && 'status' in item;
  if (Array.isArray(members) && members.some(setsStatus)) yield* needs('administer', 'modify_member');
  if (makesImage(image, facts)) yield* needs('administer', 'add_image');
  else if (
    removesAny(image, facts) ||
    names.some((name) => !['members', 'id', 'tags'].includes(name)) ||
    !(image['tags'] === undefined || areTexts(image['tags']))
  )
    yield* needs('administer', 'modify_image');
  else if (names.includes('tags')) {
    yield* needs('tag', 'modify_image'); // by route
    yield* refusedTags(pointer, image, facts);
  }
}

function explainRoles({ roles }: Caller): string {
  const yours =
    roles.length === 0 ? 'You have no roles here, which does' : `Your roles (${roles.join(', ')}) do`;
  return `${yours} not allow this. Ask an administrator of the account.`;
}

function* refused(
  { facts: { caller, profile } }: Pick<Subject, 'facts'>,
  service: Service,
  action: Action,
  policy: string,
): Generator<Observation> {
  if (!caller || allows(profile, service, caller.roles, action)) return;
  yield { pointer: '', message: explainRoles(caller), answer: answers.policy(policy) };
}
