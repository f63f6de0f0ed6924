import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** The image that a patch applies to: live, by the manifest beside it, or by the document before it. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-targets-'));
const live = {
  id: 'c3b6b3e0-0000-4000-8000-000000000002',
  name: 'live',
  status: 'active',
  disk_format: 'vhd',
  tags: ['a'],
  team: 'blue',
  'a/b~c': 'odd',
};
let server: LanguageServer;
let refreshed: () => void = () => undefined;

before(async () => {
  writeFileSync(join(root, 'live.image.yaml'), `id: ${live.id}\nname: wanted\n`);
  writeFileSync(join(root, 'draft.image.json'), '{ "name": "draft", "tags": ["t"], "team": "red" }');
  server = await startLanguageServer({
    root,
    capabilities: { workspace: { diagnostics: { refreshSupport: true } } },
    requests: {
      'cloudImages/liveImage': ({ id }: { id?: string }) =>
        id === live.id ? { image: live } : { none: true },
      'workspace/diagnostic/refresh': () => {
        refreshed();
        return null;
      },
    },
  });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

async function said(document: OpenDocument): Promise<unknown[]> {
  return (await document.diagnostics()).map(({ code, severity, range }) => [
    code,
    severity,
    range.start.line,
  ]);
}

async function hovered(document: OpenDocument, word: string): Promise<string> {
  const hover = await document.hover(document.text().indexOf(word) + 1);
  return (hover?.contents as { value: string } | undefined)?.value ?? '';
}

const patch = [
  '- { op: replace, path: /name, value: live }',
  '- { op: replace, path: /absent, value: x }',
  '- { op: remove, path: /a~1b~0c }',
  '- { op: add, path: /team, value: red }',
  '- { op: replace, path: /disk_format, value: raw }',
  '',
].join('\n');

test('the live image of the manifest beside a patch decides what is refused', async () => {
  const document = server.open(join(root, 'live.image-patch.yaml'), patch);
  assert.deepEqual(await said(document), [
    ['patch/no-op', 3, 0],
    ['patch/missing', 1, 1],
    ['image/locked-format', 1, 4],
  ]);
  assert.deepEqual(
    (await document.lenses()).map(({ command }) => command?.title),
    [
      'Plan',
      'Apply',
      'Image patch, by the name of the file',
      "On 'live' in the cloud: refused, for 2 of 5 operations",
    ],
  );
});

test('hover shows what an operation and the whole patch change', async () => {
  const document = server.open(
    join(root, 'live.image-patch.json'),
    '[{"op": "add", "path": "/team", "value": "red"}, {"op": "add", "path": "/team", "value": "green"}, {"op": "remove", "path": "/a~1b~0c"}, {"op": "remove", "path": "/gone"}]',
  );
  const changes = '- `a/b~c`: `"odd"` → absent\n- `team`: `"blue"` → `"green"`';
  assert.equal(
    await hovered(document, '"red"'),
    `**value**: The new value. Values of properties are strings; \`tags\` takes the whole new list.\n\nBefore → after: \`"blue"\` → \`"red"\`\n\nThe whole patch: refused, for 1 of 4 operations\n\n${changes}`,
  );
  assert.match(await hovered(document, '"green"'), /Before → after: `"red"` → `"green"`/);
  assert.match(await hovered(document, '/a~1b~0c'), /^\*\*a\/b~c\*\*.*\n\nBefore → after: `"odd"` → absent/);
  assert.match(await hovered(document, '/gone'), /Refused: /);
});

test('a manifest that is not live makes a refusal likely, not certain', async () => {
  const document = server.open(join(root, 'draft.image-patch.yaml'), patch);
  assert.deepEqual(await said(document), [
    ['image/unchecked', 3, 0],
    ['patch/missing', 2, 1],
    ['patch/missing', 2, 2],
    ['patch/no-op', 3, 3],
  ]);
  const [, first] = await document.diagnostics();
  assert.match(first?.message ?? '', /^By draft\.image\.json: The image has no property 'absent'/);
  assert.doesNotMatch(first?.message ?? '', /The cloud answers/);
  assert.match(
    await hovered(document, '/name'),
    /Before → after \(by draft\.image\.json\): `"draft"` → `"live"`/,
  );
});

test('the patch is judged again when the manifest beside it is edited', async () => {
  const document = server.open(join(root, 'fresh.image-patch.yaml'), '- { op: remove, path: /team }\n');
  assert.deepEqual(await said(document), []);
  const told = new Promise<void>((resolve) => {
    refreshed = resolve;
  });
  const manifest = server.open(join(root, 'fresh.image.yaml'), 'name: fresh\n');
  await told;
  assert.deepEqual(await said(document), [
    ['image/unchecked', 3, 0],
    ['patch/missing', 2, 0],
  ]);
  const again = new Promise<void>((resolve) => {
    refreshed = resolve;
  });
  await manifest.change('name: fresh\nteam: blue\n');
  await again;
  assert.deepEqual(await said(document), [['image/unchecked', 3, 0]]);
});

test('in one file a patch applies to the image document before it, which is applied first', async () => {
  const text = (id: string) =>
    `${id}name: web\nowner_team: x\n---\n- { op: remove, path: /owner_team }\n- { op: remove, path: /team }\n`;
  const document = server.open(join(root, 'one.image.yaml'), text(''));
  assert.deepEqual(await said(document), [
    ['image/unchecked', 3, 0],
    ['patch/missing', 2, 4],
  ]);
  assert.match((await document.diagnostics())[1]?.message ?? '', /^By document 1 of this file/);
  await document.change(text(`id: ${live.id}\n`));
  assert.deepEqual(await said(document), []);
});

test('behind an import the image is the one that it makes', async () => {
  const text = `type: import\ninput: { import_from: exports/x.vhd, image_properties: { name: w } }\n---\n- { op: remove, path: /team }\n`;
  const document = server.open(join(root, 'live.image-import.yaml'), text);
  const problems = (await document.diagnostics()).filter(({ code }) => String(code).startsWith('patch/'));
  assert.deepEqual(
    problems.map(({ code, severity }) => [code, severity]),
    [['patch/missing', 1]],
  );
});

for (const [name, text, expected] of [
  [
    'old.image-patch.yaml',
    '# ours\n- { add: /x, value: "1" } # why\n- replace: /name # new\n  value: web\n- remove: /a~1b\n',
    '# ours\n- { path: /x, value: "1", op: add } # why\n- path: /name # new\n  value: web\n  op: replace\n- path: /a~1b\n  op: remove\n',
  ],
  [
    'old.image-patch.jsonc',
    '[\n  { "add": "/x", "value": "1" }, // why\n  { "remove": "/y" }\n]\n',
    '[\n  { "path": "/x", "value": "1", "op": "add" }, // why\n  { "path": "/y", "op": "remove" }\n]\n',
  ],
] as const) {
  test(`${name}: a patch of the old form is written in the new one from anywhere in it, comments and all`, async () => {
    const document = server.open(join(root, name), text);
    const end = document.positionOf(text.length - 1);
    const [action, ...rest] = await document.actions({ start: end, end }, ['refactor']);
    assert.deepEqual([action?.title, rest.length], ['Write the patch in the v2.1 form', 0]);
    assert.equal(action && document.after(action), expected);
  });
}
