import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** A value that an anchor marks is mended at the anchor, for all that use it. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-shared-'));
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

for (const [text, at, fixed] of [
  ['name: &r 12\nteam: *r\n', '*r', 'name: &r "12"\nteam: *r\n'],
  ['name: web\nteam: &r 12\nrole: *r\nother: *r\n', '12', 'name: web\nteam: &r "12"\nrole: *r\nother: *r\n'],
  [
    '- name: web\n  tags: &t [a b]\n- name: db\n  tags: *t\n',
    '*t',
    '- name: web\n  tags: &t [a_b]\n- name: db\n  tags: *t\n',
  ],
  [
    '- &b { name: web, min_ram: "512" }\n- <<: *b\n  name: db\n',
    '"512"',
    '- &b { name: web, min_ram: 512 }\n- <<: *b\n  name: db\n',
  ],
] as const)
  test(`at ${at} of ${JSON.stringify(text)} the anchor is mended`, async () => {
    const document = server.open(join(root, 'a.image.yaml'), text);
    const problems = await document.diagnostics();
    const problem = problems.find(({ range }) => text.slice(...document.offsetOf(range)) === at);
    assert.ok(problem);
    const actions = await document.actions(problem.range, ['quickfix']);
    const shared = actions.filter(({ title }) => title.includes('places that share it'));
    assert.deepEqual(
      shared.map((action) => document.after(action)),
      [fixed],
    );
    await document.close();
  });
