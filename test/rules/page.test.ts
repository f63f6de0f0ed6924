import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/rules/evaluate.ts';
import { anchorOf, rulesPage } from '../../server/rules/page.ts';

test('server/rules/README.md is what the rules say', () => {
  const path = join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md');
  assert.equal(readFileSync(path, 'utf8'), rulesPage(rules), 'Run `npm run docs`.');
});

test('every id that the reading of text and the service use has its section on the page', () => {
  const root = join(import.meta.dirname, '..', '..');
  const page = readFileSync(join(root, 'server', 'rules', 'README.md'), 'utf8');
  const anchors = new Set([...page.matchAll(/^### (.+)$/gm)].map(([, id = '']) => anchorOf(id)));
  const files = globSync('server/{manifests,language,lint,workspace,emulator}/**/*.ts', { cwd: root });
  const used = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/\brule: '([a-z-]+\/[a-z-]+)'/g)].map(
      ([, id = '']) => id,
    ),
  );
  assert.ok(used.length > 10);
  assert.deepEqual([...new Set(used.filter((id) => !anchors.has(anchorOf(id))))], []);
});
