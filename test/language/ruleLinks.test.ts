import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { kinds, nameParts } from '../../server/manifests/kinds.ts';
import { rules } from '../../server/rules/evaluate.ts';
import { anchorOf } from '../../server/rules/page.ts';
import { problems } from '../../server/rules/problems.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const root = mkdtempSync(join(tmpdir(), 'cloud-images-links-'));
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const bomb = Array.from({ length: 9 }, (_, at) => `l${at}: &l${at} [${`*l${at - 1},`.repeat(9)}]\n`).slice(1);
const faulty: [string, string][] = [
  ...rules.map(({ example }): [string, string] => [`${nameParts[example.kind]}.yaml`, example.bad]),
  ...kinds.map((kind): [string, string] => [`${nameParts[kind]}.yaml`, 'text\n']),
  ['image-test.yaml', 'text\n'],
  ['image-test.yaml', 'manifest: nowhere.image.yaml\n'],
  ['image.json', '{ "name": '],
  ['image.json', '{ "name": "web" /* why */ }'],
  ['image.json', '{ "name": "web", }'],
  ['image.json', '{ "name": "web", "name": "app" }'],
  ['image.yaml', 'name: "web\n'],
  ['image.yaml', `l0: &l0 [x]\n${bomb.join('')}`],
  ['image.yaml', `name: ${'['.repeat(200)}${']'.repeat(200)}\n`],
  ['image.yaml', '<<<<<<< ours\nname: web\n=======\nname: app\n>>>>>>> theirs\n'],
  ['image.yaml', 'name: web # cloud-images-ignore tag/empty\n'],
];

test('the link of every finding leads to a section of the page of rules', async () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'server', 'rules', 'README.md'), 'utf8');
  const anchors = new Set([...page.matchAll(/^### (.+)$/gm)].map(([, id = '']) => anchorOf(id)));
  const met = new Set<string>();
  for (const [at, [name, text]] of faulty.entries()) {
    const found = await server.open(join(root, `${at}.${name}`), text).diagnostics();
    for (const { code, codeDescription } of found) {
      met.add(String(code));
      const [, anchor = ''] = codeDescription?.href.split('#') ?? [];
      assert.ok(anchors.has(anchor), `${String(code)} → ${codeDescription?.href}`);
    }
  }
  // Bytes that are no text never reach the editor as a document.
  const unseen = Object.keys(problems).filter((id) => !met.has(id) && id !== 'manifest/encoding');
  assert.deepEqual(unseen, []);
});
