import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const live: JsonObject = { image_type: 'snapshot', vm_mode: 'hvm', flavor_classes: '*', name: 'web' };
const change = (op: string, path: string, value?: Json): JsonObject => ({
  op,
  path,
  ...(value === undefined ? {} : { value }),
});

/** Manifest, live image → where it is marked. */
const cases: [what: string, Kind, Json, JsonObject | undefined, marked: string][] = [
  ['a key of the service', 'image', { flavor_classes: 'x' }, undefined, '/flavor_classes'],
  ['one that the live image has so', 'image', { flavor_classes: '*' }, live, ''],
  ['one that it has otherwise', 'image', { flavor_classes: 'x' }, live, '/flavor_classes'],
  ['one that it has not', 'image', { cache_in_nova: 'True' }, live, '/cache_in_nova'],
  ['in a list', 'image', [{ name: 'a' }, { base_image_ref: 'x' }], undefined, '/1/base_image_ref'],
  ['vm_mode of a snapshot', 'image', { vm_mode: 'xen' }, live, '/vm_mode'],
  ['vm_mode of an import', 'image', { vm_mode: 'hvm' }, { image_type: 'import' }, ''],
  ['added', 'patch', [change('add', '/instance_uuid', 'x')], undefined, '/0'],
  ['replaced by the same', 'patch', [change('replace', '/vm_mode', 'hvm')], live, ''],
  ['replaced', 'patch', [change('replace', '/vm_mode', 'xen')], live, '/0'],
  ['removed', 'patch', [change('remove', '/flavor_classes')], live, '/0'],
  ['removed, though it is not there', 'patch', [change('remove', '/cache_in_nova')], live, ''],
];
for (const [what, kind, manifest, image, marked] of cases)
  test(`${what}: ${marked}`, () => {
    const facts = { profile: profiles.rackspace, ...(image && { image: new Map(Object.entries(image)) }) };
    const found = evaluate(kind, manifest, facts).filter(({ rule }) => rule === 'property/of-service');
    assert.deepEqual(
      found.map(({ pointer, severity }) => [pointer, severity]),
      marked === '' ? [] : [[marked, 'warning']],
    );
    assert.ok(
      evaluate(kind, manifest, { ...facts, profile: profiles.openstack }).every(
        ({ rule }) => rule !== 'property/of-service',
      ),
    );
  });
