import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/rules/evaluate.ts';
import { rulesPage } from '../../server/rules/page.ts';

test('server/rules/README.md is what the rules say', () => {
  const path = join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md');
  assert.equal(readFileSync(path, 'utf8'), rulesPage(rules), 'Run `npm run docs`.');
});

test('COVERAGE.md names rules that there are', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', 'server', 'rules', 'COVERAGE.md'), 'utf8');
  const named = [...text.matchAll(/`([a-z-]+\/[a-z-]+)`/g)].map(([, id]) => id);
  const ids = new Set(rules.map(({ id }) => id));
  assert.ok(named.length > 50);
  assert.deepEqual(
    named.filter((id) => id !== undefined && !ids.has(id)),
    [],
  );
});
