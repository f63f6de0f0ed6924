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
