import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** What every finding has beside its repairs, and the repairs of what a reader complains about. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-ignoring-'));
let server: LanguageServer;

before(async () => {
  mkdirSync(join(root, 'project'));
  writeFileSync(
    join(root, 'project', '.cloud-images.json'),
    '{\n  "severities": { "tag/count": "off" }\n}\n',
  );
  server = await startLanguageServer({
    root,
    commands: true,
    capabilities: { workspace: { workspaceEdit: { documentChanges: true, resourceOperations: ['create'] } } },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

async function results(document: OpenDocument, kind: string): Promise<Record<string, string>> {
  const actions = await document.actions(whole, [kind]);
  const own = actions.filter(({ title }) => !title.endsWith('in this project'));
  return Object.fromEntries(own.map((action) => [action.title, document.after(action)]));
}

async function codes(document: OpenDocument): Promise<unknown[]> {
  return (await document.diagnostics()).map(({ code }) => code);
}

test('a finding is ignored by a comment above it, by one for its file, or in the project', async () => {
  const text = 'name: web\n# ours\ntags:\n  - a b\n';
  const document = server.open(join(root, 'project', 'a.image.yaml'), text);
  const [here, inFile, inProject] = await document.actions(whole, ['quickfix.ignore']);
  assert.ok(here && inFile && inProject);
  assert.deepEqual(
    [here.title, document.after(here)],
    [
      "Ignore 'tag/url-safe' here",
      'name: web\n# ours\ntags:\n  # cloud-images-ignore-next-line tag/url-safe\n  - a b\n',
    ],
  );
  assert.equal(inFile.title, "Ignore 'tag/url-safe' in this file");
  const ignored = `# cloud-images-ignore-file tag/url-safe\n${text}`;
  assert.equal(document.after(inFile), ignored);
  assert.equal(inProject.title, "Ignore 'tag/url-safe' in this project");
  assert.match(JSON.stringify(inProject.edit), /\.cloud-images\.json.*\\"tag\/url-safe\\": \\"off\\"/);
  await document.change(ignored);
  assert.deepEqual(await codes(document), []);
  await document.close();
});

test('a second rule joins the comment that is there', async () => {
  const text = '# cloud-images-ignore-file tag/url-safe\ntags: [a b]\ncom.rackspace: x\n';
  const document = server.open(join(root, 'b.image.yaml'), text);
  const found = await results(document, 'quickfix.ignore');
  const both = text.replace('safe\n', 'safe property/protected\n');
  assert.equal(found["Ignore 'property/protected' in this file"], both);
  const above = text.replace('com.rack', '# cloud-images-ignore-next-line property/protected\ncom.rack');
  assert.equal(found["Ignore 'property/protected' here"], above);
  await document.close();
});

test('where no project file is, one is made; JSON has no comments to ignore by', async () => {
  const document = server.open(join(root, 'c.image.json'), '{ "tags": ["a b"] }\n');
  const actions: CodeAction[] = await document.actions(whole, ['quickfix.ignore']);
  assert.deepEqual(
    actions.map(({ title }) => title),
    ["Ignore 'tag/url-safe' in this project"],
  );
  assert.match(JSON.stringify(actions[0]?.edit), /"kind":"create","uri":"[^"]*\/\.cloud-images\.json"/);
  await document.close();
});

test('every finding has the page of its rule', async () => {
  const document = server.open(join(root, 'd.image.yaml'), 'name: web\nname: db\ntags: [a b]\n');
  const actions = await document.actions(whole, ['quickfix.explain']);
  assert.deepEqual(
    actions.map(({ title, command }) => [title, command?.command, command?.arguments?.[0].split('#')[1]]),
    [
      ["Open the page of 'manifest/duplicate-key'", 'cloudImages.openRule', 'manifestduplicate-key'],
      ["Open the page of 'tag/url-safe'", 'cloudImages.openRule', 'tagurl-safe'],
    ],
  );
  await document.close();
});

test('fixes are offered first, then the page, and last to ignore the finding', async () => {
  const document = server.open(
    join(root, 'd.image.yaml'),
    'name: web\nname: db\ntags: [a b]\ncom.rackspace: x\n',
  );
  const [{ range } = { range: whole }] = (await document.diagnostics()).filter(
    ({ code }) => code === 'tag/url-safe',
  );
  const titles: string[] = (
    await document.actions(range, ['quickfix', 'quickfix.ignore', 'quickfix.explain'])
  ).map(({ title }: CodeAction) => title);
  const [explain, ignore] = [/^Open the page/, /^Ignore/].map((one) =>
    titles.findIndex((title) => one.test(title)),
  );
  assert.ok((explain ?? -1) > 0 && (explain ?? 0) < (ignore ?? 0), titles.join(', '));
  await document.close();
});

test('of a key that is written twice either goes, with its lines', async () => {
  const text = 'name: web\ntags:\n  - a\nname: db # c\n';
  const document = server.open(join(root, 'e.image.yaml'), text);
  assert.deepEqual(await results(document, 'quickfix'), {
    "Remove the earlier 'name', which does not count": 'tags:\n  - a\nname: db # c\n',
    "Remove this 'name'": 'name: web\ntags:\n  - a\n',
  });
  await document.close();
});

test('a comment that suppresses nothing goes, or the one rule of it', async () => {
  const text =
    '# cloud-images-ignore-file tag/count\ntags: [a b] # cloud-images-ignore tag/url-safe tag/length\n';
  const document = server.open(join(root, 'f.image.yaml'), text);
  const found = await results(document, 'quickfix');
  assert.equal(found["Remove 'tag/count' from the comments"], text.slice(text.indexOf('\n') + 1));
  assert.equal(found["Remove 'tag/length' from the comments"], text.replace(' tag/length', ''));
  await document.close();
});

for (const [text, fixed] of [
  ['name: web\n\ttags: [a]\n', 'name: web\ntags: [a]\n'],
  ['tags:\n\t- a\n\t- b\nname: web\n', 'tags:\n  - a\n  - b\nname: web\n'],
  ['- name: web\n\ttags: [a]\n- name: db\n', '- name: web\n  tags: [a]\n- name: db\n'],
  ['-\tname: web\n  tags: [a]\n', '- name: web\n  tags: [a]\n'],
] as const)
  test(`tabs as indentation are the finding, and become spaces: ${JSON.stringify(text)}`, async () => {
    const document = server.open(join(root, 'g.image.yaml'), text);
    const problems = await document.diagnostics();
    for (const { code, range } of problems) {
      assert.equal(code, 'yaml/syntax');
      assert.match(text.slice(...document.offsetOf(range)), /^\t+$/);
    }
    assert.deepEqual(await results(document, 'quickfix'), { 'Indent with spaces': fixed });
    await document.close();
  });

test('what an import does not take moves to an image document behind it', async () => {
  const text =
    'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties:\n    name: web\n    # why\n    vm_mode: hvm\n    team: "007"\n';
  const stripped = text.replace(/ {4}vm_mode.*\n.*\n/, '');
  const title = 'Move the properties to an image document behind the import';
  const document = server.open(join(root, 'h.image-import.yaml'), text);
  assert.equal(
    (await results(document, 'quickfix'))[title],
    `${stripped}---\nname: web\nvm_mode: hvm\nteam: "007"\n`,
  );
  await document.change(`${text}---\nname: web\nos_distro: debian\n`);
  assert.equal(
    (await results(document, 'quickfix'))[title],
    `${stripped}---\nname: web\nos_distro: debian\nvm_mode: hvm\nteam: "007"\n`,
  );
  await document.close();
});
