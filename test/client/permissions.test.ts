import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import {
  forbids,
  forbidsAll,
  type ImageVerb,
  listReasons,
  listVerbs,
} from '../../client/cloud/permissions.ts';
import type { Person } from '../../client/cloud/roles.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const person = (
  role: string,
  account = '100001',
  profile: Person['profile'] = profiles.rackspace,
): Person => ({
  profile,
  caller: { account, roles: [role] },
});
const image = (properties: Record<string, Json> = {}): LiveImage['image'] =>
  new Map(
    Object.entries({
      id: 'a',
      name: 'Web',
      owner: '100001',
      visibility: 'private',
      status: 'active',
      tags: ['x', 'a/b'],
      ...properties,
    }),
  );
const own: LiveImage = { image: image() };
const pending: LiveImage = { image: image({ owner: '100003' }), answer: 'pending' };

/** The permissions of SOURCES: rackspace §3, for an own image that is not protected and one that waits for an answer. */
const tags: readonly ImageVerb[] = ['verify', 'addTag', 'removeTag', 'fixTags', 'apply'];
const shares: readonly ImageVerb[] = [...tags, 'share'];
const changes: readonly ImageVerb[] = [
  'rename',
  'protect',
  'unshare',
  'export',
  'transfer',
  'delete',
  'accept',
  'reject',
];
const able: Record<string, readonly ImageVerb[]> = {
  'identity:user-admin': [...shares, ...changes],
  admin: [...shares, ...changes],
  'cloudImages:admin': [...shares, ...changes],
  'cloudImages:creator': shares,
  'cloudImages:observer': tags,
  observer: tags,
  'no role of images': [],
};

test('a role may do what the permission matrix allows, and a refusal names the roles that may', () => {
  for (const [role, verbs] of Object.entries(able)) {
    const who = person(role);
    const found = [...listVerbs(own, who), ...listVerbs(pending, who)];
    const possible = found.filter(({ can }) => can).map(({ verb }) => verb);
    assert.deepEqual(possible.sort(), [...verbs].sort(), role);
    for (const { verb, can } of found) {
      if (can || verb === 'reconsider' || verb === 'deactivate') continue;
      const reason = forbids(verb, verb === 'accept' || verb === 'reject' ? pending : own, who) ?? '';
      assert.match(
        reason,
        /^You cannot .*“Web”\. You need the role identity:user-admin.*. Your roles: /,
        `${role} ${verb}`,
      );
      assert.ok(forbidsAll(verb, who)?.includes(role));
    }
  }
});

test('the protection of a protected image can be removed', () => {
  assert.equal(forbids('unprotect', { image: image({ protected: true }) }, person('admin')), undefined);
  assert.equal(forbids('protect', own, person('admin')), undefined);
});

test('state, owner and profile each refuse with a reason of their own', () => {
  const who = person('admin');
  const cases: [ImageVerb, LiveImage, Person, RegExp][] = [
    [
      'delete',
      { image: image({ protected: true }) },
      who,
      /protected against deletion\. Remove the protection/,
    ],
    ['protect', { image: image({ protected: true }) }, who, /already protected/],
    ['unprotect', own, who, /not protected/],
    ['removeTag', { image: image({ tags: [] }) }, who, /no tags/],
    ['rename', pending, who, /another account/],
    ['fixTags', { image: image({ tags: ['x'] }) }, who, /can stand in a URL/],
    ['verify', { image: image({ status: 'saving' }) }, who, /it is not active/],
    ['deactivate', own, who, /does not offer it/],
    ['reactivate', own, person('member', '100001', profiles.openstack), /not deactivated/],
    ['accept', own, who, /not shared with your account/],
    ['accept', { ...pending, answer: 'accepted' }, who, /already “accepted”/],
    ['reconsider', pending, who, /already “pending”/],
    ['share', { image: image({ visibility: 'public' }) }, who, /Public images do not have members\./],
    ['share', own, person('member', '100001', profiles.openstack), /Only shared images have members\./],
    [
      'rename',
      own,
      person('reader', '100001', profiles.openstack),
      /the role admin or member. Your roles: reader/,
    ],
  ];
  for (const [verb, seen, who, reason] of cases) assert.match(forbids(verb, seen, who) ?? '', reason, verb);
  const shared = { image: image({ visibility: 'shared' }) };
  assert.equal(forbids('share', shared, person('member', '100001', profiles.openstack)), undefined);
  const cloudAdmin = person('admin', '100002', profiles.openstack);
  assert.equal(
    forbids('rename', own, cloudAdmin),
    undefined,
    "an administrator of the cloud changes anybody's",
  );
});

test('a row offers to protect or to unprotect, and gives each reason once', () => {
  const verbs = (seen: LiveImage): string[] => listVerbs(seen, person('observer')).map(({ verb }) => verb);
  assert.ok(verbs(own).includes('protect') && !verbs(own).includes('unprotect'));
  assert.ok(verbs({ image: image({ protected: true }) }).includes('unprotect'));
  assert.deepEqual(verbs({ image: image({ owner: null, visibility: 'public' }) }), []);
  const [reason, ...more] = listReasons(own, person('cloudImages:creator'));
  assert.match(
    reason ?? '',
    /^You cannot rename, protect, stop sharing, export, transfer, or delete it\. You need the role /,
  );
  assert.deepEqual(more, ['You cannot deactivate it. This cloud does not offer it (profile rackspace).']);
});

test('that there is nothing to do is no reason that a row lists', () => {
  const untagged = { image: image({ tags: [] }) };
  const member = person('member', '100001', profiles.openstack);
  const shared = { image: image({ tags: [], visibility: 'shared' }) };
  assert.deepEqual(
    listReasons(shared, member).filter((reason) => /tag/.test(reason)),
    [],
  );
  assert.deepEqual(listReasons({ ...pending, answer: 'accepted' }, person('admin')), []);
  assert.equal(listVerbs(untagged, person('admin')).find(({ verb }) => verb === 'removeTag')?.can, false);
});
