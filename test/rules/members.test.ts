import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { Json } from '../../server/rules/json.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import {
  doubtMember,
  refuseMemberStatus,
  refuseShare,
  refuseUnshare,
} from '../../server/rules/service/sharing.ts';

const owner = { account: '1', roles: ['identity:user-admin'] };
const partner = { account: '2', roles: ['identity:user-admin'] };
const many = Array.from({ length: 128 }, (_, at) => `m${at}`);

type Verdict = [number, RegExp] | 'accepted';
const shares: [string, Profile['name'], Json, string, string[], typeof owner, Verdict][] = [
  ['a private image', 'rackspace', { member: '2' }, 'private', [], owner, 'accepted'],
  ['no object', 'rackspace', ['2'], 'private', [], owner, [400, /in the form/]],
  ['no member', 'rackspace', {}, 'private', [], owner, [400, /not specified/]],
  ['an empty member', 'rackspace', { member: '' }, 'private', [], owner, [400, /empty/]],
  ['a blank member', 'rackspace', { member: '  ' }, 'private', [], owner, 'accepted'],
  ['a number', 'rackspace', { member: 2 }, 'private', [], owner, 'accepted'],
  [
    'a number a second time',
    'rackspace',
    { member: 2 },
    'private',
    ['2'],
    owner,
    [409, /already associated/],
  ],
  ['a list', 'rackspace', { member: ['2'] }, 'private', [], owner, [400, /in the form/]],
  ['a public image', 'rackspace', { member: '2' }, 'public', [], owner, [403, /^Public images/]],
  ['by a member', 'rackspace', { member: '3' }, 'private', ['2'], partner, [403, /not permitted/]],
  ['a second time', 'rackspace', { member: '2' }, 'private', ['2'], owner, [409, /already associated/]],
  ['the 128th', 'rackspace', { member: 'x' }, 'private', many.slice(1), owner, 'accepted'],
  ['the 129th', 'rackspace', { member: 'x' }, 'private', many, owner, [413, /Attempted: 129, Maximum: 128/]],
  ['a body before an image', 'rackspace', {}, 'public', [], owner, [400, /not specified/]],
  ['a private image', 'openstack', { member: '2' }, 'private', [], owner, [403, /^Only shared images/]],
  ['a community image', 'openstack', { member: '2' }, 'community', [], owner, [403, /^Only shared images/]],
  ['a shared image', 'openstack', { member: '2' }, 'shared', [], owner, 'accepted'],
];
for (const [what, profile, body, visibility, members, caller, expected] of shares) {
  test(`sharing in ${profile}, ${what}: ${String(expected)}`, () => {
    const image = new Map<string, Json>([
      ['owner', '1'],
      ['visibility', visibility],
    ]);
    check(refuseShare(body, new Set(members), { image, profile: profiles[profile], caller }), expected);
  });
}

test('a member that Glance takes and nobody means is doubted: a number, and blanks', () => {
  for (const [member, expected] of [
    ['2', 'accepted'],
    [2, [400, /in the form/]],
    [true, [400, /in the form/]],
    ['  ', [400, /empty/]],
  ] as [Json, Verdict][])
    check(doubtMember(member), expected);
});

const statuses: [string, Json, string, typeof owner, Verdict][] = [
  ['the member accepts', { status: 'accepted' }, '2', partner, 'accepted'],
  ['the member takes it back', { status: 'pending' }, '2', partner, 'accepted'],
  ['the owner decides', { status: 'accepted' }, '2', owner, [403, /not permitted to modify 'status'/]],
  ['another member decides', { status: 'accepted' }, '3', partner, [403, /update image member 3/]],
  ['no status', {}, '2', partner, [400, /not specified/]],
  ['an unknown status', { status: 'yes' }, '2', partner, [400, /must be "pending"/]],
  ['an unknown status by the owner', { status: 'yes' }, '2', owner, [403, /not permitted/]],
];
for (const [what, body, member, caller, expected] of statuses) {
  test(`the status of a member, ${what}: ${String(expected)}`, () => {
    const image = new Map<string, Json>([['owner', '1']]);
    check(refuseMemberStatus(body, member, { image, profile: profiles.rackspace, caller }), expected);
  });
}

test('only the owner takes a member away', () => {
  const image = new Map<string, Json>([
    ['owner', '1'],
    ['id', 'i'],
  ]);
  check(refuseUnshare({ image, profile: profiles.rackspace, caller: owner }), 'accepted');
  check(refuseUnshare({ image, profile: profiles.rackspace, caller: partner }), [403, /cannot delete/]);
});

function check(refused: { status: number; text: string } | undefined, expected: Verdict): void {
  if (expected === 'accepted') assert.equal(refused, undefined);
  else {
    assert.equal(refused?.status, expected[0]);
    assert.match(refused.text, expected[1]);
  }
}

test('a status of a member is refused to the owner, and not to an administrator of the cloud', () => {
  const profile = profiles.openstack;
  const image = new Map<string, Json>([
    ['owner', '1'],
    ['visibility', 'shared'],
  ]);
  const statusOf = (status: string, role: string) =>
    evaluate(
      'image',
      { members: [{ member_id: '2', status }] },
      { profile, image, caller: { account: '1', roles: [role] } },
    )
      .filter(({ rule }) => rule === 'share/status')
      .map(({ answer }) => answer && 'status' in answer && answer.status);
  assert.deepEqual(statusOf('accepted', 'member'), [403]);
  assert.deepEqual(statusOf('accepted', 'admin'), []);
  assert.deepEqual(statusOf('perhaps', 'admin'), [400]);
});
