import type { Facts, Kind } from '../facts.ts';
import type { JsonObject } from '../json.ts';
import type { Action, Service } from '../profile/profile.ts';
import { allows } from '../profile/roles.ts';
import type { Observation, Rule } from '../rule.ts';
import { type Answer, answers } from '../service/answers.ts';
import { sameValue } from '../service/differences.ts';
import type { Subject } from '../subject.ts';

const matrix = 'Cloud Images permissions matrix';

/** What the caller's roles do not allow, where they are known. */
export const roleRules: readonly Rule[] = [
  {
    id: 'role/images',
    severity: 'error',
    kinds: ['image', 'patch', 'import', 'export'],
    source: matrix,
    summary:
      'Administrators change images and run tasks; creators may only share and tag, observers only tag.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /name, value: web }\n',
      good: '[]\n',
      caller: { account: '100001', roles: ['observer'] },
    },
    *check(subject) {
      const { kind } = subject;
      if (!subject.facts.caller) return;
      if (kind === 'import' || kind === 'export') yield* refused(subject, 'images', 'administer', 'add_task');
      if (kind === 'patch' && Array.isArray(subject.manifest) && subject.manifest.length > 0)
        yield* refused(subject, 'images', 'administer', 'modify_image');
      if (kind === 'image') {
        const names = subject.images().flatMap(({ image }) => changed(image, subject.facts.image));
        if (names.includes('members')) yield* refused(subject, 'images', 'share', 'add_member');
        const makes = makesImage(subject);
        if (names.some((name) => !['members', 'id', 'tags'].includes(name)) || (makes && names.length > 0))
          yield* refused(subject, 'images', 'administer', makes ? 'add_image' : 'modify_image');
        else if (names.includes('tags')) yield* refused(subject, 'images', 'tag', 'modify_image'); // by route
      }
    },
  },
  {
    id: 'role/servers',
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
      const action: Partial<Record<Kind, string>> = {
        'server-image': 'compute:snapshot',
        server: 'compute:create',
      };
      const asked = action[subject.kind];
      if (asked && Object.keys(subject.manifest ?? {}).length > 0)
        yield* refused(subject, 'servers', 'administer', asked);
    },
  },
];

/** An image manifest that names no image, where it is known that there is none, makes one. */
function makesImage({ facts, images }: Subject): boolean {
  const named = images().some(({ image }) => Object.hasOwn(image, 'id'));
  return facts.profile.images.madeByManifests && facts.image === null && !named;
}

/** The keys of an image that ask for something: with a live image those that differ from it, and the members. */
function changed(image: JsonObject, live: Facts['image']): string[] {
  return Object.entries(image)
    .filter(([name, value]) => !live?.has(name) || !sameValue(name, live.get(name) ?? null, value))
    .map(([name]) => name);
}

function* refused(
  { facts: { caller, profile } }: Subject,
  service: Service,
  action: Action,
  policy: string,
): Generator<Observation> {
  if (!caller || caller.roles.length === 0 || allows(profile, service, caller.roles, action)) return;
  const answer: Answer = service === 'servers' ? answers.computePolicy(policy) : answers.policy(policy);
  yield {
    pointer: '',
    message: `Your roles (${caller.roles.join(', ')}) do not allow this. Ask an administrator of the account.`,
    answer,
  };
}
