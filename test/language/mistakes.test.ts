import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** Mistakes that people make: each is one finding, at the word that is wrong, with a fix. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-mistakes-'));
let server: LanguageServer;

before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

interface Mistake {
  readonly name: string;
  readonly text: string;
  /** Rule and marked text of each finding that is at least a warning. */
  readonly found: readonly (readonly [string, string])[];
  /** What the first quick fix of the first finding makes; undefined: there is none. */
  readonly fixed?: string;
}

const imported = 'type: import\ninput:\n  import_from: exports/web.vhd\n  image_properties:\n    name: web\n';
const mistakes: readonly Mistake[] = [
  ...[
    ['name: 123', '123', 'image/value', 'name: "123"'],
    ['name: 012', '012', 'image/value', 'name: "012"'],
    ['tags: [7]', '7', 'image/value', 'tags: ["7"]'],
    ['tags: [012]', '012', 'image/value', 'tags: ["012"]'],
    ['tags: production', 'production', 'image/value', 'tags: [ production ]'],
    ['tags: a, b', 'a, b', 'image/value', 'tags: [ a, b ]'],
    ['min_ram: "1024"', '"1024"', 'image/value', 'min_ram: 1024'],
    ['min_ram: 1_024', '1_024', 'image/value', 'min_ram: 1024'],
    ['protected: yes', 'yes', 'image/value', 'protected: true'],
    ['protected: "False"', '"False"', 'image/value', 'protected: false'],
    ['visibility: privat', 'privat', 'image/value', 'visibility: private'],
    ['visibility: publik', 'publik', 'image/value', 'visibility: private'],
    ['disk_format: vdh', 'vdh', 'image/value', 'disk_format: vhd'],
    ['min_dsik: 20', '20', 'property/value', 'min_disk: 20'],
    ['visibilty: private', 'visibilty', 'property/misspelt', 'visibility: private'],
    ['vm_mod: hvm', 'vm_mod', 'property/misspelt', 'vm_mode: hvm'],
    ['release: 7', '7', 'property/value', 'release: "7"'],
    ['release: 0x1F', '0x1F', 'property/value', 'release: "0x1F"'],
    ['release: yes', 'yes', 'property/word', 'release: "yes"'],
    ['release: .inf', '.inf', 'property/word', 'release: ".inf"'],
    ['release: 0b11', '0b11', 'property/word', 'release: "0b11"'],
    ['release: 190:20:30.15', '190:20:30.15', 'property/word', 'release: "190:20:30.15"'],
    ['no: really', 'no', 'property/word', '"no": really'],
    ['min_disk: 012', '012', 'property/word', 'min_disk: 12'],
    ['min_disk: 0o17', '0o17', 'property/word', 'min_disk: 15'],
    ['min_disk: 20480', '20480', 'image/no-flavor', 'min_disk: 20'],
    [
      'org.openstack__1__team: blue',
      'org.openstack__1__team',
      'property/discouraged',
      'com.mycompany.team: blue',
    ],
    ['properties: { vm_mode: hvm }', 'properties', 'image/nested-properties', 'vm_mode: hvm'],
  ].map(
    ([line = '', marked = '', rule = '', fixed = '']): Mistake => ({
      name: 'a.image.yaml',
      text: `# ours\n${line}\n`,
      found: [[rule, marked]],
      fixed: `# ours\n${fixed}\n`,
    }),
  ),
  {
    name: 'alias.image.yaml',
    text: 'team: &a y\nsquad: *a\n',
    found: [['property/word', 'y']],
    fixed: 'team: &a "y"\nsquad: *a\n',
  },
  {
    name: 'nowhere.image.yaml',
    text: 'name: web\nteam: *nope\ntags: [*nope]\n',
    found: [
      ['yaml/aliases', '*nope'],
      ['yaml/aliases', '*nope'],
    ],
  },
  ...[
    ['type: import', 'type: improt', 'improt'],
    ['input:', 'inputs:', 'inputs'],
    ['import_from:', 'import_form:', 'import_form'],
    ['name: web', 'name: 012', '012', '"012"'],
  ].map(
    ([right = '', wrong = '', marked = '', quoted]): Mistake => ({
      name: 'a.image-import.yaml',
      text: imported.replace(right, wrong),
      found: [['import/shape', marked]],
      fixed: quoted === undefined ? imported : imported.replace(right, `name: ${quoted}`),
    }),
  ),
  {
    name: 'windows.image-import.yaml',
    text: `${imported}---\nname: web\nos_distro: windows\n---\n- { op: add, path: /team, value: x }\n- { op: add, path: /org.openstack__1__os_distro, value: com.microsoft.server }\n`,
    found: [
      ['import/windows', 'exports/web.vhd'],
      ['import/windows', 'exports/web.vhd'],
    ],
    fixed: `${imported}---\nname: web\n---\n- { op: add, path: /team, value: x }\n`,
  },
  {
    name: 'a.image-export.yaml',
    text: 'type: export\ninput:\n  image_uuid: 7\n  receiving_swift_container: exports\n',
    found: [['export/shape', '7']],
    fixed: 'type: export\ninput:\n  image_uuid: "7"\n  receiving_swift_container: exports\n',
  },
  {
    name: 'typo.image-export.yaml',
    text: 'type: export\ninput:\n  image_uid: x\n  receiving_swift_container: exports\n',
    found: [['export/image-id', 'image_uid']],
    fixed: 'type: export\ninput:\n  image_uuid: x\n  receiving_swift_container: exports\n',
  },
  {
    name: 'a.image-patch.yaml',
    text: '- { op: replce, path: name, value: web }\n',
    found: [['patch/shape', 'replce']],
    fixed: '- { op: replace, path: name, value: web }\n',
  },
  {
    name: 'key.image-patch.yaml',
    text: '- { op: add, path: /x, vlaue: web }\n',
    found: [['patch/shape', 'vlaue']],
    fixed: '- { op: add, path: /x, value: web }\n',
  },
  {
    name: 'slash.image-patch.yaml',
    text: '- { op: add, path: team, value: web }\n',
    found: [['patch/pointer', 'team']],
    fixed: '- { op: add, path: /team, value: web }\n',
  },
  {
    name: 'object.image-patch.yaml',
    text: '# one\nop: replace # c\npath: /name\n\nvalue: |\n  web\n',
    found: [['patch/shape', 'op']],
    fixed: '# one\n- op: replace # c\n  path: /name\n\n  value: |\n    web\n',
  },
  {
    name: 'object.image-patch.json',
    text: '{ "op": "remove", "path": "/team" }\n',
    found: [['patch/shape', '"op"']],
    fixed: '[{ "op": "remove", "path": "/team" }]\n',
  },
  {
    name: 'a.server.yaml',
    text: 'server:\n  nmae: web\n  imageRef: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\n  flavorRef: [2]\n',
    found: [
      ['server/name', 'nmae'],
      ['server/flavor-ref', '[2]'],
    ],
    fixed: 'server:\n  name: web\n  imageRef: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\n  flavorRef: [2]\n',
  },
];

for (const { name, text, found, fixed } of mistakes)
  test(`${name}: ${JSON.stringify(text)}`, async () => {
    const document = server.open(join(root, name), text);
    const problems = (await document.diagnostics()).filter(({ severity = 1 }) => severity <= 2);
    assert.deepEqual(
      problems.map(({ code, range }) => [code, text.slice(...document.offsetOf(range))]),
      found,
    );
    assert.equal(await firstFix(document, problems[0]?.range), fixed);
    await document.close();
  });

test('a flavor is named by its id, as text or as the number that it is', async () => {
  for (const [flavor, found] of [
    ['2', []],
    ['"2"', []],
    ['99', ['server/flavor-ref']],
    ['2.5', ['server/flavor-ref']],
  ] as const) {
    const text = `server:\n  name: web\n  imageRef: 7b8abc3f-5fd2-4d02-9e9a-16d43fc7128e\n  flavorRef: ${flavor}\n`;
    const document = server.open(join(root, 'flavor.server.yaml'), text);
    const errors = (await document.diagnostics()).filter(({ severity }) => severity === 1);
    assert.deepEqual(
      errors.map(({ code }) => code),
      found,
      flavor,
    );
    await document.close();
  }
});

async function firstFix(
  document: OpenDocument,
  range: Parameters<OpenDocument['actions']>[0] | undefined,
): Promise<string | undefined> {
  const actions = range ? await document.actions(range, ['quickfix']) : [];
  const [first] = actions.filter(({ edit, title }) => edit && !title.startsWith('Ignore'));
  return first && document.after(first);
}
