import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/rules/evaluate.ts';
import { anchorOf, rulesPage } from '../../server/rules/page.ts';
import { problems } from '../../server/rules/problems.ts';
import { serviceRefusals } from '../../server/rules/serviceRefusals.ts';

test('server/rules/README.md is what the rules say', () => {
  const path = join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md');
  assert.equal(readFileSync(path, 'utf8'), rulesPage(rules), 'Run `npm run docs`.');
});

test('every id that a person can meet has one section on the page', () => {
  const ids = [...rules.map(({ id }) => id), ...Object.keys(problems), ...Object.keys(serviceRefusals)];
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md'), 'utf8');
  const anchors = [...page.matchAll(/^### (.+)$/gm)].map(([, id = '']) => anchorOf(id));
  assert.deepEqual(anchors.toSorted(), ids.map(anchorOf).toSorted());
  assert.equal(new Set(anchors).size, anchors.length);
});
