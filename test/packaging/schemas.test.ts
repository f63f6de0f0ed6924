import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { kinds, nameParts } from '../../server/manifests/kinds.ts';
import { openstackSchema } from '../tools/openstackSchema.ts';

/** The JSON Schemas as files, as SchemaStore and editors that know no more take them. */

const root = join(import.meta.dirname, '..', '..');
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
const files = globSync('schemas/{*,openstack/*}.json', { cwd: root });
const base = 'https://json.schemastore.org/';

test('each schema compiles alone, strictly, under an address of its own', () => {
  assert.ok(files.length >= 8);
  for (const file of files) {
    const schema = readJson(file);
    const name = file
      .slice('schemas/'.length)
      .replace('/', '-')
      .replace(/^(?!cloud-images\.json)/, 'cloud-images-');
    assert.equal(schema.$id, `${base}${name}`);
    assert.equal(schema.$schema, 'http://json-schema.org/draft-07/schema#', file);
    assert.ok(schema.title && schema.description, file);
    assert.equal(typeof new Ajv({ strict: true, allowUnionTypes: true }).compile(schema), 'function', file);
  }
});

test('the catalog names each kind of file with its patterns and its schema', () => {
  const entries: { name: string; description: string; fileMatch: string[]; url: string }[] = readJson(
    'packaging/schemastore/catalog-entry.json',
  );
  const byUrl = new Map(entries.map(({ url, fileMatch }) => [url, fileMatch]));
  const wanted = kinds.map((kind): [string, string[]] => [
    `${base}cloud-images-${nameParts[kind]}.json`,
    ['yaml', 'yml', 'json', 'jsonc'].map((ending) => `*.${nameParts[kind]}.${ending}`),
  ]);
  assert.deepEqual(byUrl, new Map([[`${base}cloud-images.json`, ['.cloud-images.json']], ...wanted]));
  const { jsonValidation } = readJson('package.json').contributes;
  assert.equal(jsonValidation[0].fileMatch, '.cloud-images.json');
});

test('the manifests of the demo fit their schemas, with every property of OpenStack too', () => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  const validated: string[] = [];
  for (const file of globSync('media/demo/manifests/web.*', { cwd: root })) {
    const [, part = ''] = /\.([a-z-]+)\.(?:ya?ml|json)$/.exec(file) ?? [];
    const schemas = [readJson(`schemas/${part}.json`), ...(part === 'image' ? [openstackSchema()] : [])];
    for (const schema of schemas) {
      const validate = ajv.compile(schema);
      for (const document of parseAllDocuments(readFileSync(join(root, file), 'utf8')))
        assert.ok(validate(document.toJS()), `${file}: ${ajv.errorsText(validate.errors)}`);
      validated.push(String(schema.$id));
    }
  }
  assert.equal(new Set(validated).size, 4);
  const refuse = ajv.getSchema(`${base}cloud-images-image-import.json`);
  assert.equal(refuse?.({ type: 'import' }), false);
});
