import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { rules } from '../../server/rules/evaluate.ts';
import { anchorOf, rulesPage } from '../../server/rules/page.ts';
import { problems } from '../../server/rules/problems.ts';
import { properties } from '../../server/rules/properties/table.ts';
import { serviceRefusals } from '../../server/rules/serviceRefusals.ts';
import { openstackSchema } from '../tools/openstackSchema.ts';

test('server/rules/README.md is what the rules say', () => {
  const path = join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md');
  assert.equal(readFileSync(path, 'utf8'), rulesPage(rules), 'Run `npm run docs`.');
});

test('schemas/openstack/image.json is what the table of properties says, and takes what the table takes', () => {
  const path = join(import.meta.dirname, '..', '..', 'schemas', 'openstack', 'image.json');
  const schema = JSON.parse(readFileSync(path, 'utf8'));
  assert.deepEqual(schema, openstackSchema(), 'Run `npm run docs`.');
  const isValid = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema);
  for (const { name, values = ['x'] } of properties) {
    const stated = name.replace(/\.N$/, '.0').replace(/NAME$/, 'CUSTOM_X');
    for (const value of values) assert.ok(isValid({ name: 'web', [stated]: value }), `${stated}: ${value}`);
    assert.ok(!isValid({ name: 'web', [stated]: { a: 1 } }), stated);
  }
});

test('every id that a person can meet has one section on the page', () => {
  const ids = [...rules.map(({ id }) => id), ...Object.keys(problems), ...Object.keys(serviceRefusals)];
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md'), 'utf8');
  const anchors = [...page.matchAll(/^### (.+)$/gm)].map(([, id = '']) => anchorOf(id));
  assert.deepEqual(anchors.toSorted(), ids.map(anchorOf).toSorted());
  assert.equal(new Set(anchors).size, anchors.length);
});
