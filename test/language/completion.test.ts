import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CompletionItem, TextEdit } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** What completion offers, and what the text is after it was taken: half-typed, in later documents, in YAML and JSON. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-completion-'));
const id = 'c3b6b3e0-0000-4000-8000-000000000004';
let server: LanguageServer;
let plain: LanguageServer;

before(async () => {
  mkdirSync(join(root, 'exports'));
  writeFileSync(join(root, 'exports', 'here.vhd'), '');
  writeFileSync(
    join(root, 'web.image.yaml'),
    'name: web\ntags: [elsewhere, two words]\nteam: blue\na/b: x\nvm_mode: hvm\n',
  );
  writeFileSync(
    join(root, 'odd.image.yaml'),
    'tags: ["true", "0x1F", "null", "z\\u200bz", 12ab]\n"k: v # c": x\n',
  );
  const requests = {
    'cloudImages/liveImage': () => ({ none: true }),
    'cloudImages/list': ({ what, container }: { what: string; container?: string }) => {
      if (what === 'images') return { items: [{ name: 'Debian 12', id, detail: 'active' }] };
      if (what === 'containers') return { items: [{ name: 'exports' }, { name: 'deep' }, { name: '2026' }] };
      return container === 'deep' ? { items: [{ name: 'a/b c.vhd', detail: '1 GB' }] } : { none: true };
    },
  };
  const snippetSupport = { textDocument: { completion: { completionItem: { snippetSupport: true } } } };
  server = await startLanguageServer({ root, requests, capabilities: snippetSupport });
  plain = await startLanguageServer({ root, requests });
});
after(async () => {
  await server.close();
  await plain.close();
  rmSync(root, { recursive: true });
});

let files = 0;

async function completed(
  on: LanguageServer,
  name: string,
  marked: string,
): Promise<{ items: CompletionItem[]; take(label: string): string | undefined }> {
  const text = marked.replace('|', '');
  const document = on.open(join(root, name.replace('*', String(files++))), text);
  const items = await document.complete(marked.indexOf('|'));
  await document.close();
  const before = TextDocument.create('', '', 0, text);
  return {
    items,
    take(label) {
      const item = items.find((one) => one.label === label);
      return item && TextDocument.applyEdits(before, [item.textEdit as TextEdit]);
    },
  };
}

/** File, text with the cursor, what is taken, the text then. */
const taken: [name: string, text: string, label: string, after: string][] = [
  ['*.image.yaml', 'name: web\nvis|\n', 'visibility', 'name: web\nvisibility: \n'],
  ['*.image.yaml', 'vis|: private\n', 'visibility', 'visibility: private\n'],
  [
    '*.image.yaml',
    'name: web\n---\n- name: a\n  min|\n',
    'min_disk',
    'name: web\n---\n- name: a\n  min_disk: \n',
  ],
  ['*.image.yaml', 'visibility: p|\nname: web\n', 'private', 'visibility: private\nname: web\n'],
  ['*.image.yaml', '{ name: web, vis|', 'visibility', '{ name: web, visibility: '],
  ['*.image.yaml', 'tags:\n  - el|\n', 'elsewhere', 'tags:\n  - elsewhere\n'],
  ['*.image.yaml', 'tags: [a, two w|]\n', 'two words', 'tags: [a, "two words"]\n'],
  ...['true', '0x1F', 'null'].map((tag): [string, string, string, string] => [
    '*.image.yaml',
    'tags:\n  - |\n',
    tag,
    `tags:\n  - "${tag}"\n`,
  ]),
  ['*.image.yaml', 'tags: [|]\n', 'z\u200bz', 'tags: ["z\\u200bz"]\n'],
  ['*.image.yaml', 'tags: [|]\n', '12ab', 'tags: [12ab]\n'],
  ['odd.image-patch.yaml', '- op: remove\n  path: |\n', '/k: v # c', '- op: remove\n  path: "/k: v # c"\n'],
  [
    '*.image-export.yaml',
    'type: export\ninput:\n  receiving_swift_container: |\n',
    '2026',
    'type: export\ninput:\n  receiving_swift_container: "2026"\n',
  ],
  ['*.image.yaml', 'name: Deb|\n', 'Debian 12', 'name: "Debian 12"\n'],
  ['*.image.yaml', 'id: |\n', id, `id: ${id}\n`],
  ['*.image.json', '{"name": "web", "vis|"}', 'visibility', '{"name": "web", "visibility": ""}'],
  ['*.image.json', '{"vis|": "private"}', 'visibility', '{"visibility": "private"}'],
  ['*.image.json', '{| "name": "web"}', 'min_disk', '{"min_disk": 0, "name": "web"}'],
  ['*.image.json', '{"tags": ["a", |]}', 'elsewhere', '{"tags": ["a", "elsewhere"]}'],
  ['*.image.json', '{"tags": ["el|"]}', 'elsewhere', '{"tags": ["elsewhere"]}'],
  ['*.image.json', '{"visibility": |', 'private', '{"visibility": "private"'],
  ['*.image.yaml', 'vm_mode: |\n', 'hvm', 'vm_mode: hvm\n'],
  ['*.image.yaml', 'img_config_drive: m|\n', 'mandatory', 'img_config_drive: mandatory\n'],
  ['*.image.yaml', 'os_distro: |\n', 'debian', 'os_distro: debian\n'],
  ['*.image.yaml', 'os_type: |\n', 'linux', 'os_type: linux\n'],
  ['*.image.yaml', 'auto_disk_config: |\n', 'True', 'auto_disk_config: "True"\n'],
  ['*.image.yaml', 'hypervisor_type: |\n', 'xen', 'hypervisor_type: xen\n'],
  [
    '*.image-patch.yaml',
    '- { op: add, path: /vm_mode, value: | }\n',
    'xen',
    '- { op: add, path: /vm_mode, value: xen }\n',
  ],
  [
    '*.image-import.yaml',
    'input:\n  import_from: |\n',
    'exports/here.vhd',
    'input:\n  import_from: exports/here.vhd\n',
  ],
  ['*.image-import.yaml', 'input:\n  import_from: de|\n', 'deep/', 'input:\n  import_from: deep/\n'],
  [
    '*.image-import.yaml',
    'input: { import_from: deep/a| }\n',
    'deep/a/b c.vhd',
    'input: { import_from: deep/a/b c.vhd }\n'.replace('deep/a/b c.vhd', '"deep/a/b c.vhd"'),
  ],
  [
    '*.image-import.json',
    '{"input": {"import_from": "deep/"|}}'.replace('"|', '|"'),
    'deep/a/b c.vhd',
    '{"input": {"import_from": "deep/a/b c.vhd"}}',
  ],
  ['*.image-export.yaml', 'input:\n  image_uuid: D|\n', id, `input:\n  image_uuid: ${id}\n`],
  [
    '*.image-export.yaml',
    'input:\n  receiving_swift_container: |\n',
    'deep',
    'input:\n  receiving_swift_container: deep\n',
  ],
  ['*.server.json', '{"server": {"imageRef": "|"}}', id, `{"server": {"imageRef": "${id}"}}`],
  ['web.image-patch.yaml', '- op: add\n  path: /te|\n', '/team', '- op: add\n  path: /team\n'],
  ['web.image-patch.yaml', '- { op: add, path: | }\n', '/a~1b', '- { op: add, path: /a~1b }\n'],
  [
    'web.image-patch.yaml',
    '- { op: add, path: /team, value: | }\n',
    'blue',
    '- { op: add, path: /team, value: blue }\n',
  ],
  [
    'web.image-patch.yaml',
    '- { op: add, path: /name, value: x }\n- op: replace\n  path: /vm_mode\n  value: |\n',
    'hvm',
    '- { op: add, path: /name, value: x }\n- op: replace\n  path: /vm_mode\n  value: hvm\n',
  ],
  [
    'web.image-patch.json',
    '[{"op": "add", "path": "/vi|"}]',
    '/visibility',
    '[{"op": "add", "path": "/visibility"}]',
  ],
  [
    'web.image-patch.json',
    '[{"op": "add", "path": "/visibility", "value": |}]',
    'private',
    '[{"op": "add", "path": "/visibility", "value": "private"}]',
  ],
];
for (const [name, text, label, expected] of taken) {
  test(`${name}: ${JSON.stringify(text)}, ${label}`, async () => {
    const { items, take } = await completed(server, name, text);
    assert.equal(take(label), expected, items.map((item) => item.label).join(' '));
  });
}

const absent: [name: string, text: string, labels: string[]][] = [
  [
    '*.image.yaml',
    'name: web\n|\nmin_disk: 20\n',
    ['name', 'min_disk', 'status', 'com.rackspace__1__options'],
  ],
  ['*.image.json', '{"name": "web", "|", "min_disk": 1}', ['name', 'min_disk', 'status']],
  ['*.image.yaml', 'tags: [elsewhere, |]\n', ['elsewhere']],
  [
    'web.image-patch.yaml',
    '- { op: remove, path: / }\n'.replace('/ ', '/| '),
    ['/name', '/tags', '/os_distro', '/visibility'],
  ],
];
for (const [name, text, labels] of absent) {
  test(`${name}: ${JSON.stringify(text)}, without ${labels.join(' ')}`, async () => {
    const found = (await completed(server, name, text)).items.map(({ label }) => label);
    assert.ok(found.length > 0);
    assert.deepEqual(
      labels.filter((label) => found.includes(label)),
      [],
    );
  });
}

test('only the properties that its image has can be removed', async () => {
  const { items } = await completed(server, 'web.image-patch.json', '[{"op": "remove", "path": "/|"}]');
  assert.deepEqual(
    items.map(({ label, detail }) => [label, detail]),
    [
      ['/team', '"blue"'],
      ['/a~1b', '"x"'],
      ['/vm_mode', '"hvm"'],
    ],
  );
});

test('an empty document offers the manifest of its kind, or of every kind', async () => {
  const labels = async (name: string, text: string) =>
    (await completed(server, name, text)).items
      .filter(({ insertTextFormat }) => insertTextFormat === 2)
      .map(({ label }) => label);
  assert.deepEqual(await labels('*.image-patch.yaml', '|'), ['image patch']);
  assert.deepEqual(await labels('*.image-patch.json', '|\n'), ['image patch']);
  const all = ['image manifest', 'import task', 'export task', 'image patch', 'image of a server', 'server'];
  assert.deepEqual(await labels('*.yaml', '# mine\n|'), all);
  assert.deepEqual(await labels('*.image.yaml', 'name: web\n---\n|\n'), all);
  assert.deepEqual(await labels('*.image.yaml', 'name: web\n|'), []);
});

test('a snippet has places to fill in, and none for a client without snippets', async () => {
  const yaml = await completed(server, '*.image-import.yaml', '|');
  assert.equal(
    yaml.take('import task'),
    `type: import\ninput:\n  import_from: \${1}\n  image_properties:\n    name: \${2}`,
  );
  const json = await completed(server, '*.image-patch.json', '|');
  assert.equal(
    json.take('image patch'),
    '[\n  {\n    "op": "replace",\n    "path": "/$1",\n    "value": "$2"\n  }\n]',
  );
  const bare = await completed(plain, '*.image-import.yaml', '|');
  assert.equal(
    bare.take('import task'),
    'type: import\ninput:\n  import_from: ""\n  image_properties:\n    name: ""',
  );
  assert.ok(bare.items.every(({ insertTextFormat }) => insertTextFormat === undefined));
  const patch = await completed(plain, '*.image-patch.yaml', '|');
  assert.equal(patch.take('image patch'), '- op: replace\n  path: /\n  value: ""');
});

test('images are found by their name, and written by their id', async () => {
  const { items } = await completed(server, '*.server.yaml', 'server:\n  imageRef: |\n');
  assert.deepEqual(
    items.map(({ label, detail, filterText }) => [label, detail, filterText]),
    [[id, 'Debian 12', `${id} Debian 12`]],
  );
});

const long: Record<string, string> = {
  'e.image.yaml':
    'name: "a b"\ntags:\n- x\n- { y: [z] }\nvm_mode: hvm\n---\nimages:\n  - id: x\n    tags: [a, \'b\']\n',
  'e.image.json': '{"images": [{"name": "a", "tags": ["x", "y"], "min_disk": 1}, {}]}',
  'e.image-import.yaml':
    'type: import\ninput: { import_from: exports/a.vhd,\n  image_properties: { name: x } }\n---\n- {op: add,\n   path: /a~1b, value: [x]}\n',
  'web.image-patch.json':
    '[{"op": "add", "path": "/tags", "value": ["a"]}, {"op": "remove", "path": "/a~1b"}]',
  'web.image-patch.yaml': '- op: add\n  path: "/team"\n  value: x\n- { replace: /name, value: "web" }\n',
  'e.server.yaml': 'server:\n  name: x\n  imageRef: y\n  networks: [ { uuid: z } ]\n',
};
for (const [name, text] of Object.entries(long)) {
  test(`${name}: wherever the text breaks off, completion, hover and actions answer within it`, async () => {
    for (let end = 0; end <= text.length; end++) {
      const document = server.open(join(root, name), text.slice(0, end));
      const position = document.positionOf(end);
      const [items] = await Promise.all([
        document.complete(end),
        document.hover(end),
        document.actions({ start: position, end: position }),
        document.lenses(),
        document.diagnostics(),
      ]);
      for (const { textEdit } of items) {
        const [from, to] = document.offsetOf((textEdit as TextEdit).range);
        assert.ok(from <= end && to >= end && !text.slice(from, to).includes('\n'), `${name} at ${end}`);
      }
      await document.close();
    }
  });
}
