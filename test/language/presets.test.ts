import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-presets-'));
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const text = 'createImage: { name: web }\nserver: { roles: [database, domain_controller] }\n';
const rows: [string, object, [string, number][]][] = [
  [
    'advice is a hint',
    {},
    [
      ['server-image/domain-controller', 2],
      ['server-image/database', 4],
    ],
  ],
  [
    'strict makes a warning of advice',
    { preset: 'strict' },
    [
      ['server-image/domain-controller', 2],
      ['server-image/database', 2],
    ],
  ],
  [
    'a severity of its own wins over the preset',
    {
      preset: 'strict',
      severities: { 'server-image/database': 'off', 'server-image/domain-controller': 'error' },
    },
    [['server-image/domain-controller', 1]],
  ],
];
test('strict makes an error of a disk that was not found, unless a severity of its own wins', async () => {
  const missing = 'type: import\ninput: { import_from: exports/none.vhd, image_properties: { name: web } }\n';
  const severityUnder = async (project: object, name: string): Promise<unknown[]> => {
    writeFileSync(join(root, '.cloud-images.json'), JSON.stringify(project));
    const problems = await server.open(join(root, name), missing).diagnostics();
    return problems.map(({ code, severity }) => [code, severity]);
  };
  assert.deepEqual(await severityUnder({}, 'a.image-import.yaml'), [['import/unchecked', 3]]);
  assert.deepEqual(await severityUnder({ preset: 'strict' }, 'b.image-import.yaml'), [
    ['import/unchecked', 1],
  ]);
  assert.deepEqual(
    await severityUnder(
      { preset: 'strict', severities: { 'import/unchecked': 'warning' } },
      'c.image-import.yaml',
    ),
    [['import/unchecked', 2]],
  );
});

for (const [at, [what, project, expected]] of rows.entries()) {
  test(what, async () => {
    writeFileSync(join(root, '.cloud-images.json'), JSON.stringify(project));
    const problems = await server.open(join(root, `${at}.server-image.yaml`), text).diagnostics();
    assert.deepEqual(
      problems.map(({ code, severity }) => [code, severity]),
      expected,
    );
  });
}
