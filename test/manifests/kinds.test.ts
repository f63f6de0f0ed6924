import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreignFormats } from '../../server/manifests/foreignFormats.ts';
import { kindDefinitions } from '../../server/manifests/kindDefinitions.ts';
import { imageTest, kindByName, kinds, kindTeller, nameParts } from '../../server/manifests/kinds.ts';
import type { Kind } from '../../server/rules/facts.ts';
import type { Json } from '../../server/rules/json.ts';
import { readExtensionManifest } from '../tools/extensionManifest.ts';

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

const root = join(import.meta.dirname, '..', '..');
const readText = (name: string) => readFileSync(join(root, name), 'utf8');
const extension = readExtensionManifest();
const names = Object.values(nameParts);

test('the extension declares the file names of every kind, and ships the schema of its settings', () => {
  const { activationEvents, contributes } = extension;
  const [yaml, json] = contributes.languages;
  const patterns = (endings: string[]) =>
    [...names, imageTest].flatMap((name) => endings.map((ending) => `*.${name}.${ending}`));
  assert.deepEqual(yaml.filenamePatterns, patterns(['yaml', 'yml']));
  assert.deepEqual(json.filenamePatterns, patterns(['json', 'jsonc']));
  for (const name of names)
    assert.ok(activationEvents.includes(`workspaceContains:**/*.${name}.{yaml,yml,json,jsonc}`), name);
  const shipped = readText('.vscodeignore').split('\n');
  for (const { url } of contributes.jsonValidation) {
    assert.ok(shipped.includes(`!${url.slice(2)}`), url);
    assert.ok(JSON.parse(readText(url)).description, url);
  }
});

test('settings of the editor and of a project name every kind, and every tool', () => {
  const { properties } = extension.contributes.configuration;
  const known = [...kinds, ...foreignFormats];
  assert.deepEqual(properties['cloudImages.manifests'].additionalProperties.enum, known);
  const project = JSON.parse(readText('schemas/cloud-images.json')).properties.manifests;
  assert.deepEqual(project.additionalProperties.enum, known);
});

test('the editor offers plans in the files of every kind that can be run', () => {
  const run = kinds.filter((kind) => kindDefinitions[kind].verbs.length > 0).map((kind) => nameParts[kind]);
  const wanted = new Set(['image', ...run]);
  for (const { command, when } of extension.contributes.menus['editor/title']) {
    if (command !== 'cloudImages.plan' && command !== 'cloudImages.runFile') continue;
    const [, listed = ''] = /\\\.\(([a-z|-]+)\)/.exec(when) ?? [];
    assert.deepEqual(new Set(listed.split('|')), wanted, command);
  }
});

test('the pre-commit hook, README and its Neovim pattern list every kind', () => {
  assert.ok(readText('.pre-commit-hooks.yaml').includes(`files: \\.(${names.join('|')})\\.(ya?ml|jsonc?)$`));
  const readme = readText('README.md');
  assert.ok(readme.includes(`pattern = '*.{${[...names, imageTest].join(',')}}.{yaml,yml,json,jsonc}'`));
  const rows = [...readme.matchAll(/^\| [a-z ]+ \| `\*\.([a-z-]+)\.yaml` \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.toSorted(), names.toSorted());
});

test('every kind has its schema, and its snippet has its shape', () => {
  for (const kind of kinds) {
    const { namePart, snippet } = kindDefinitions[kind];
    assert.ok(JSON.parse(readText(`schemas/${namePart}.json`)).$id, kind);
    assert.equal(kindTeller('a.yaml')(snippet.body, false).kind, kind);
  }
});
