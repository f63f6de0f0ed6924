import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import type { PolicySource } from '../../server/rules/policies/policy.ts';
import type { Preset } from '../../server/rules/profile/preset.ts';
import { configure, profiles } from '../../server/rules/profile/table.ts';

function judge(
  kind: Kind,
  data: Json,
  policies: readonly PolicySource[],
  { preset = 'default', image }: { preset?: Preset; image?: Record<string, Json> } = {},
) {
  const profile = configure(profiles.openstack, { policies, preset });
  const facts = { profile, ...(image ? { image: new Map(Object.entries(image)) } : {}) };
  return evaluate(kind, data, facts).filter(({ rule }) => rule.startsWith('policy/'));
}

const purpose: PolicySource = { property: 'os_purpose', required: true, values: ['generic', 'minimal'] };

test('what is required may stand in the manifest or on the live image', () => {
  assert.deepEqual(
    judge('image', { name: 'web' }, [purpose]).map(({ rule, message }) => [rule, message]),
    [['policy/required', "This project requires 'os_purpose'. Add it."]],
  );
  assert.deepEqual(judge('image', { name: 'web' }, [purpose], { image: { os_purpose: 'generic' } }), []);
  assert.equal(judge('image', [{ name: 'a' }, { name: 'b', os_purpose: 'minimal' }], [purpose]).length, 1);
});

test('a policy has a sentence and a severity of its own', () => {
  const [finding] = judge('image', { name: 'web', os_purpose: 'desktop' }, [
    { ...purpose, message: 'Ask the platform team.', severity: 'error' },
  ]);
  assert.partialDeepStrictEqual(finding, {
    rule: 'policy/value',
    pointer: '/os_purpose',
    message: 'Ask the platform team.',
    severity: 'error',
  });
});

test('values and names fit a pattern as a whole, and attributes have policies too', () => {
  const found = (data: Record<string, Json>, policy: PolicySource) =>
    judge('image', data, [policy]).map(({ rule, pointer }) => `${rule} ${pointer}`);
  const dated = { property: 'name', pattern: '[A-Z][a-z]+ \\d+' };
  assert.deepEqual(found({ name: 'Ubuntu 24' }, dated), []);
  assert.deepEqual(found({ name: 'Ubuntu 24 (old)' }, dated), ['policy/value /name']);
  assert.deepEqual(found({ min_disk: 7 }, { property: 'min_disk', values: ['8', '20'] }), [
    'policy/value /min_disk',
  ]);
  const named = { names: 'os_.+|org\\.example\\..+' };
  assert.deepEqual(found({ name: 'web', os_distro: 'debian', 'org.example.a/b': 'x' }, named), []);
  assert.deepEqual(found({ team: 'blue', xos_a: 'x' }, named), ['policy/name /team', 'policy/name /xos_a']);
  assert.deepEqual(found({ hw_disk_bus: 'ide' }, { property: 'hw_disk_bus', forbidden: true }), [
    'policy/value /hw_disk_bus',
  ]);
});

test('a patch is held to the policies for what it changes', () => {
  const patch = [
    { op: 'remove', path: '/os_purpose' },
    { op: 'add', path: '/os_purpose', value: 'desktop' },
    { op: 'replace', path: '/name', value: 'web' },
  ];
  assert.deepEqual(
    judge('patch', patch, [purpose]).map(({ rule, pointer }) => `${rule} ${pointer}`),
    ['policy/required /0', 'policy/value /1/value'],
  );
});

test('a policy that cannot be used names its place', () => {
  const use = (policy: PolicySource) => () => configure(profiles.openstack, { policies: [policy] });
  assert.throws(use({ required: true }), /\/policies\/0 is about nothing: give it 'property' or 'names'/);
  assert.throws(use({ property: 'a', pattern: '(' }), /\/policies\/0\/pattern cannot be used: /);
  assert.throws(use({ names: 'a)|(b' }), /\/policies\/0\/names cannot be used: /);
});

test('the preset scs asks for what SCS-0102 makes mandatory, and for its values', () => {
  const good = {
    name: 'Ubuntu 24.04',
    architecture: 'x86_64',
    min_disk: 8,
    min_ram: 512,
    os_version: '24.04',
    os_distro: 'ubuntu',
    hw_disk_bus: 'scsi',
    hypervisor_type: 'qemu',
    replace_frequency: 'monthly',
    uuid_validity: 'last-3',
    provided_until: '2029-04-30',
    image_source: 'https://cloud-images.ubuntu.com/noble/',
    image_description: 'https://ubuntu.com',
    image_build_date: '2026-11-01',
    image_original_user: 'ubuntu',
  };
  assert.deepEqual(judge('image', good, [], { preset: 'scs' }), []);
  for (const name of Object.keys(good).filter((key) => key !== 'name')) {
    const { [name as keyof typeof good]: _, ...rest } = good;
    const [finding, ...more] = judge('image', rest, [], { preset: 'scs' });
    assert.match(finding?.message ?? '', new RegExp(`^SCS-0102 requires '${name}'`));
    assert.deepEqual(more, []);
  }
  const bad = {
    uuid_validity: 'last-',
    provided_until: 'soon',
    image_build_date: '1.11.2026',
    hotfix_hours: '-1',
  };
  assert.deepEqual(
    judge('image', { ...good, ...bad }, [], { preset: 'scs' }).map(({ pointer }) => pointer.slice(1)),
    ['uuid_validity', 'provided_until', 'image_build_date', 'hotfix_hours'],
  );
});
