import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { makePart } from '../../server/workspace/parts.ts';
import { orderFiles } from '../../server/workspace/runOrder.ts';

const file = (name: string, kind: Kind, data: Json) => [
  makePart(name, { kind, data, profile: profiles.rackspace }),
];
const importOf = (name: string) =>
  file(`${name}.image-import.yaml`, 'import', {
    type: 'import',
    input: { import_from: `exports/${name}.vhd`, image_properties: { name } },
  });
const web = file('web.image.yaml', 'image', { name: 'web', tags: ['a'] });
const shop = file('shop.image.yaml', 'image', { name: 'shop' });
const all = [web, shop, importOf('shop'), importOf('web')];
const namesOf = (files: ReturnType<typeof orderFiles>): (string | undefined)[] =>
  files.map(([first]) => first?.path);

test('what makes an image comes before what describes it', () => {
  assert.deepEqual(namesOf(orderFiles(all)), [
    'shop.image-import.yaml',
    'web.image-import.yaml',
    'web.image.yaml',
    'shop.image.yaml',
  ]);
});

test('of chosen files only these come, and what they need before them', () => {
  assert.deepEqual(namesOf(orderFiles(all, [web])), ['web.image-import.yaml', 'web.image.yaml']);
  assert.deepEqual(namesOf(orderFiles(all, [])), []);
});
