import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kindByName, kinds, kindTeller, nameParts } from '../../server/manifests/kinds.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';

test('every kind has its file names', () => {
  for (const kind of kinds) {
    for (const ending of ['yaml', 'yml', 'json', 'jsonc', 'YAML'])
      assert.equal(kindByName(`/a/web.${nameParts[kind]}.${ending}`), kind);
    assert.equal(kindByName(`${nameParts[kind]}.yaml`), undefined);
    assert.equal(kindByName(`web.${nameParts[kind]}.yaml.bak`), undefined);
  }
});

const shapes: [Json, Kind | undefined][] = [
  [{ type: 'export' }, 'export'],
  [{ input: { image_uuid: 'x' } }, 'export'],
  [{ input: { receiving_swift_container: 'x' } }, 'export'],
  [{ type: 'import', input: { image_uuid: 'x' } }, 'import'],
  [{ input: { import_from: 'x' } }, 'import'],
  [{ createImage: { name: 'x' }, server: { id: 'x' } }, 'server-image'],
  [{ createImage: null }, 'server-image'],
  [{ server: { name: 'x' } }, 'server'],
  [{ name: 'x', server: 'a property' }, 'image'],
  [[{ op: 'add' }], 'patch'],
  [[{ name: 'x' }], 'image'],
  [[], undefined],
  ['text', undefined],
];
for (const [data, kind] of shapes) {
  test(`${JSON.stringify(data)} has the shape of ${kind ?? 'no kind'}`, () => {
    assert.equal(kindTeller('a.yaml')(data, false).kind, kind);
  });
}

test('the name of a file of one document decides, in a file of several the shape', () => {
  assert.equal(kindTeller('a.image.yaml')({ server: {} }, false).kind, 'image');
  assert.equal(kindTeller('a.image.yaml')({ server: {} }, true).kind, 'server');
});

test('the extension declares the file names of every kind, and ships the schema of its settings', () => {
  const root = join(import.meta.dirname, '..', '..');
  const { activationEvents, contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [yaml, json] = contributes.languages;
  const names = Object.values(nameParts);
  const patterns = (endings: string[]) =>
    names.flatMap((name) => endings.map((ending) => `*.${name}.${ending}`));
  assert.deepEqual(yaml.filenamePatterns, patterns(['yaml', 'yml']));
  assert.deepEqual(json.filenamePatterns, patterns(['json', 'jsonc']));
  for (const name of names)
    assert.ok(activationEvents.includes(`workspaceContains:**/*.${name}.{yaml,yml,json,jsonc}`), name);
  const shipped = readFileSync(join(root, '.vscodeignore'), 'utf8').split('\n');
  for (const { url } of contributes.jsonValidation) {
    assert.ok(shipped.includes(`!${url.slice(2)}`), url);
    assert.ok(JSON.parse(readFileSync(join(root, url), 'utf8')).description, url);
  }
});
