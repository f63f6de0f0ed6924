import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CodeAction } from 'vscode-languageserver/node';
import { applyEdits } from '../../server/manifests/edits/applyEdits.ts';
import { fixAllOf, fixCase } from '../fuzz/fixJudge.ts';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** Fixes leave all but the finding's own place as it is: by code actions, by "fix all" and by `lint --fix`. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-fixed-'));
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

interface Example {
  readonly text: string;
  readonly ending?: string;
  /** After "fix all" and `lint --fix`; the text as it is where that is absent. */
  readonly all?: string;
  /** What is offered at each place of the text, and what it makes; all of it is named. */
  readonly offers?: Readonly<Record<string, string>>;
}

const examples: Readonly<Record<string, Example>> = {
  'a tag in a literal block scalar ends where it ended': {
    text: 'tags:\n  - |\n    multi line\n  - b\n',
    all: 'tags:\n  - multi_line\n  - b\n',
    offers: { "Change to 'multi_line'": 'tags:\n  - multi_line\n  - b\n' },
  },
  'the comment on a block scalar stays, and the blank lines behind it': {
    text: 'tags:\n  - >2+ # why\n      a b\n\n\n  # next\n  - b\n',
    all: 'tags:\n  - a_b # why\n\n\n  # next\n  - b\n',
    offers: { "Change to 'a_b'": 'tags:\n  - a_b # why\n\n\n  # next\n  - b\n' },
  },
  'a value in a folded block scalar keeps its line': {
    text: 'visibility: >-\n  public\nteam: x\n',
    offers: { "Change to 'private'": 'visibility: private\nteam: x\n' },
  },
  "a patch's path in a block scalar keeps its line": {
    text: '- op: add\n  path: |-\n    team\n  value: x\n',
    ending: 'image-patch.yaml',
    all: '- op: add\n  path: /team\n  value: x\n',
    offers: { "Change to '/team'": '- op: add\n  path: /team\n  value: x\n' },
  },
  'a property with an explicit key goes as a whole': {
    text: 'name: web\n? com.rackspace__1__x\n: blue\nteam: z\n',
    offers: {
      "Rename to 'com.mycompany.x'": 'name: web\n? com.mycompany.x\n: blue\nteam: z\n',
      "Remove 'com.rackspace__1__x'": 'name: web\nteam: z\n',
    },
  },
  'an anchor that is used below is not removed': {
    text: 'com.rackspace__1__x: &a blue\nteam: *a\n',
    offers: { "Rename to 'com.mycompany.x'": 'com.mycompany.x: &a blue\nteam: *a\n' },
  },
  'a duplicate that bears an anchor stays': { text: 'tags: [web, &t web]\nteam: *t\n', offers: {} },
  'an explicit type is not put in quotes': { text: 'release: !!int 7\n', offers: {} },
  'an alias is not written as text': { text: 'min_ram: &q 7\nrelease: *q\n', offers: {} },
  'an anchor whose alias would change with it is left alone': {
    text: 'tags: [&t a b]\nteam: *t\n',
    offers: {},
  },
  'tags that would become one are for a person to decide': {
    text: 'tags: ["a b", "a/b"] # both\n',
    offers: { "Rewrite to 'a_b' and drop the duplicate": 'tags: ["a_b"] # both\n' },
  },
  'a tag that would become one that is there is for a person to decide': {
    text: '{ "tags": ["a_b", "a b"] }\n',
    ending: 'image.json',
    offers: { "Rewrite to 'a_b' and drop the duplicate": '{ "tags": ["a_b"] }\n' },
  },
  'a path is not renamed to one that the patch sets': {
    text: '- { op: add, path: /com.rackspace__1__team, value: x }\n- { op: add, path: /com.mycompany.team, value: blue }\n',
    ending: 'image-patch.yaml',
    offers: {
      "Remove 'com.rackspace__1__team'": '- { op: add, path: /com.mycompany.team, value: blue }\n',
    },
  },
  'a path gets no slash where the patch has that path': {
    text: '- { op: add, path: team, value: x }\n- { op: add, path: /team, value: blue }\n',
    ending: 'image-patch.yaml',
    offers: {},
  },
  'a property is not renamed to one that its image has': {
    text: 'images:\n  - com.rackspace__1__team: x\n    com.mycompany.team: blue\n',
    offers: { "Remove 'com.rackspace__1__team'": 'images:\n  - com.mycompany.team: blue\n' },
  },
  'the last line without a break goes with the break before it': {
    text: 'name: web\r\nid: x',
    offers: { "Remove 'id'": 'name: web' },
  },
  'escapes, a byte order mark and comments of JSON stay': {
    text: '\ufeff{\r\n\t"name": "Z\\u00fcrich", // where\r\n\t/* two */ "tags": ["a\\u002fb"],\r\n}\r\n',
    ending: 'image.jsonc',
    all: '\ufeff{\r\n\t"name": "Z\\u00fcrich", // where\r\n\t/* two */ "tags": ["a_b"],\r\n}\r\n',
    offers: {
      "Change to 'a_b'":
        '\ufeff{\r\n\t"name": "Z\\u00fcrich", // where\r\n\t/* two */ "tags": ["a_b"],\r\n}\r\n',
    },
  },
  'directives and the end of a document stay': {
    text: '%YAML 1.1\n%TAG !e! tag:example.com,2026:\n--- # first\ntags: [yes b]\ncanary: on\n...\n',
    all: '%YAML 1.1\n%TAG !e! tag:example.com,2026:\n--- # first\ntags: [yes_b]\ncanary: "on"\n...\n',
    offers: {
      "Change to 'yes_b'":
        '%YAML 1.1\n%TAG !e! tag:example.com,2026:\n--- # first\ntags: [yes_b]\ncanary: on\n...\n',
      'Write it as text, in quotes':
        '%YAML 1.1\n%TAG !e! tag:example.com,2026:\n--- # first\ntags: [yes b]\ncanary: "on"\n...\n',
    },
  },
};

let serial = 0;
for (const [name, { text, ending = 'image.yaml', all, offers }] of Object.entries(examples)) {
  test(`${name}: code actions`, async () => {
    const document = server.open(join(root, `${serial++}.${ending}`), text);
    const found = await offeredIn(document, text);
    assert.deepEqual(
      Object.fromEntries(found.map((action) => [action.title, document.after(action)])),
      offers,
    );
  });
  test(`${name}: fix all, and lint --fix`, async () => {
    const path = join(root, `${serial++}.${ending}`);
    const document = server.open(path, text);
    const [action] = await document.actions(whole(document, text), ['source.fixAll.cloudImages']);
    assert.equal(action ? document.after(action) : undefined, all);
    writeFileSync(path, text);
    lint(path, '--fix');
    assert.equal(readFileSync(path, 'utf8'), all ?? text);
    rmSync(path);
  });
}

test('generated texts are fixed by the language server and by lint --fix as they are proven to be', async () => {
  const folder = join(root, 'generated');
  mkdirSync(folder);
  const seed = Number(process.env['SEED'] ?? 1);
  let actions = 0;
  for (let number = 0; number < 200; number++) {
    const { path, text } = fixCase(seed, number);
    const own = join(folder, path.replace('/w/f', `f${number}`));
    writeFileSync(own, text);
    const document = server.open(own, text);
    const edit = fixAllOf({ path, text });
    const expected = edit ? applyEdits(text, [edit]) : text;
    const [action] = await document.actions(whole(document, text), ['source.fixAll.cloudImages']);
    if (action) actions++;
    assert.equal(action ? document.after(action) : text, expected, `seed ${seed}, case ${number}`);
    await document.close();
  }
  lint(folder, '--fix');
  let changed = 0;
  for (let number = 0; number < 200; number++) {
    const { path, text } = fixCase(seed, number);
    const edit = fixAllOf({ path, text });
    if (edit) changed++;
    const now = readFileSync(join(folder, path.replace('/w/f', `f${number}`)));
    assert.equal(now.toString(), edit ? applyEdits(text, [edit]) : text, `seed ${seed}, case ${number}`);
  }
  assert.ok(changed > 60 && actions === changed, `${changed} changed, ${actions} by the server`);
});

/** The single quick fixes of a text, each once. */
async function offeredIn(document: OpenDocument, text: string): Promise<CodeAction[]> {
  const found = await document.actions(whole(document, text), ['quickfix']);
  const single = found.filter(({ title }) => !/^Fix (?:all|in workspace)/.test(title));
  return single.filter(({ title }, at) => single.findIndex((other) => other.title === title) === at);
}

function whole(document: OpenDocument, text: string) {
  return { start: document.positionOf(0), end: document.positionOf(text.length) };
}

function lint(...args: string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [cli, 'lint', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.notEqual(status, 2, stderr);
}
