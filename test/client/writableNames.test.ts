import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Person } from '../../client/cloud/roles.ts';
import { refuseEditing } from '../../client/documents/writableNames.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const person = (role: string, profile: Person['profile'] = profiles.rackspace): Person => ({
  profile,
  caller: { account: '100001', roles: [role] },
});

test('what only the service sets, and what a profile protects, is refused with the reason', () => {
  const admin = person('identity:user-admin');
  for (const name of ['name', 'tags', 'min_ram', 'role', 'auto_disk_config'])
    assert.equal(refuseEditing(name, admin), undefined, name);
  for (const name of ['id', 'status', 'checksum', 'updated_at', 'location'])
    assert.match(String(refuseEditing(name, admin)), /Only the service sets/, name);
  assert.match(String(refuseEditing('image_type', admin)), /protected/);
  assert.match(String(refuseEditing('com.rackspace__1__options', admin)), /protected/);
  assert.equal(refuseEditing('image_type', person('member', profiles.openstack)), undefined);
});

test('who may only tag is told which role changes the rest', () => {
  const observer = person('observer');
  assert.equal(refuseEditing('tags', observer), undefined);
  assert.match(String(refuseEditing('name', observer)), /You need the role .*identity:user-admin/);
});
