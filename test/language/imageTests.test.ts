import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** `*.image-test.yaml` and `.json` in the editor. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-tests-'));
writeFileSync(join(root, '.cloud-images.json'), '{ "profile": "openstack" }');
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

let serial = 0;
const open = (text: string, ending = 'yaml') =>
  server.open(join(root, `${serial++}.image-test.${ending}`), text);

/** Messages and the texts that they mark. */
async function found(text: string, ending?: string): Promise<[string, string][]> {
  const problems = await open(text, ending).diagnostics();
  const lines = text.split('\n');
  return problems.map(({ code, message, range: { start, end } }) => {
    assert.equal(code, 'image-test/shape');
    return [
      message,
      lines[start.line]?.slice(start.character, end.line > start.line ? undefined : end.character) ?? '',
    ];
  });
}

async function labels(marked: string, ending?: string): Promise<string[]> {
  const offset = marked.indexOf('|');
  const items = await open(marked.replace('|', ''), ending).complete(offset);
  return items.map(({ label }) => label);
}

test('what a test says is judged by its schema, at its place', async () => {
  assert.deepEqual(
    await found(
      'expect:\n  - accepted\n  - { status: 403, rule: property/protected, text: no }\nafter:\n  images:\n    - { name: web, os_distro: null, members: [a] }\n  absent: [old]\n',
    ),
    [],
  );
  const cases: [text: string, message: string, marked: string][] = [
    ['expects: accepted\n', "'expects' is not known here.", 'expects'],
    ['expect: maybe\n', "The answer is accepted, or a refusal by its 'status', 'rule' or 'text'.", 'maybe'],
    ['expect: [maybe]\n', "The answer is accepted, or a refusal by its 'status', 'rule' or 'text'.", 'maybe'],
    ['expect: { status: "403" }\n', 'expect.status must be integer.', '"403"'],
    ['expect: { rules: tag/length }\n', "'rules' is not known here.", 'rules'],
    [
      'expect: []\n',
      "An empty list expects nothing. State an answer for each document, or leave 'expect' out.",
      '[]',
    ],
    ['expect: {}\n', "Say at least one of 'status', 'rule' and 'text'.", '{}'],
    ['expect: { rule: tag/lenght }\n', "There is no rule 'tag/lenght'.", 'tag/lenght'],
    [
      'after: { images: [{ role: a }] }\n',
      "An image is found by its 'id' or 'name'. State one of them.",
      '{ role: a }',
    ],
    ['after: { absent: old }\n', 'after.absent must be array.', 'old'],
    [
      'expect: accepted\n---\nexpect: accepted\n',
      'A test is one document: `expect` may be a list of answers, one a document of its manifest.',
      'expect',
    ],
  ];
  for (const [text, message, marked] of cases) assert.deepEqual(await found(text), [[message, marked]], text);
  const notAnObject =
    "A test is an object that states 'expect', 'after' or both, such as `expect: accepted`.";
  for (const [text, marked] of [
    ['', ''],
    ['# later\n', ''],
    ['null\n', 'null'],
    ['- 1\n', '1'],
  ] as const)
    assert.deepEqual(await found(text), [[notAnObject, marked]], text);
  assert.deepEqual(await found('{ "expect": "maybe" }\n', 'json'), [
    ["The answer is accepted, or a refusal by its 'status', 'rule' or 'text'.", '"maybe"'],
  ]);
});

test('without a manifest it says so, until there is one', async () => {
  const path = join(root, 'web.image-test.yaml');
  const manifest = join(root, 'web.image.yaml');
  const said = async (document: Awaited<ReturnType<typeof server.open>>) =>
    (await document.diagnostics()).map(({ code, message }) => `${code}: ${message}`);
  writeFileSync(path, 'expect: accepted\n');
  const document = server.open(path, 'expect: accepted\n');
  assert.match(
    String(await said(document)),
    /^image-test\/manifest: There is no manifest of this test's name/,
  );
  writeFileSync(manifest, 'name: web\n');
  const changes = [{ uri: pathToFileURL(manifest).href, type: 1 }];
  await server.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  assert.deepEqual(await said(document), []);
  await document.change('manifest: other.image.yaml\n');
  assert.match(String(await said(document)), /There is no manifest 'other\.image\.yaml' beside/);
  await document.close();

  const unsure = await startLanguageServer({ root, trusted: false });
  try {
    const elsewhere = unsure.open(path, 'manifest: ../nobody-knows.image.yaml\n');
    assert.deepEqual(
      await said(elsewhere),
      [],
      'nothing is told of files outside a folder that is not trusted',
    );
    await elsewhere.change('manifest: here.image.yaml\n');
    assert.equal((await said(elsewhere)).length, 1);
  } finally {
    await unsure.close();
  }
});

test('its members, answers, rules and the attributes of images are completed', async () => {
  assert.deepEqual(await labels('|'), ['$schema', 'manifest', 'expect', 'after']);
  assert.deepEqual(await labels('expect: accepted\n|'), ['$schema', 'manifest', 'after']);
  assert.deepEqual(await labels('expect: |\n'), ['accepted']);
  assert.deepEqual(await labels('expect:\n  |\n'), ['status', 'rule', 'text']);
  assert.deepEqual(await labels('expect:\n  - status: 403\n    |\n'), ['rule', 'text']);
  const rules = await labels('expect: { rule: | }\n');
  for (const rule of ['property/protected', 'tag/length', 'image/read-only'])
    assert.ok(rules.includes(rule), rule);
  assert.deepEqual(await labels('after:\n  |\n'), ['images', 'absent']);
  const attributes = await labels('after:\n  images:\n    - name: web\n      |\n');
  for (const name of ['status', 'visibility', 'hw_disk_bus', 'tags', 'members'])
    assert.ok(attributes.includes(name), name);
  assert.ok(!attributes.includes('name') && !attributes.includes('source'));
  assert.ok((await labels('after:\n  images:\n    - hw_disk_bus: |\n')).includes('virtio'));
  assert.ok((await labels('{ "expect": { "|" } }', 'json')).includes('status'));
});

test('its members are explained, and nothing runs it', async () => {
  const text = 'expect: { status: 403 }\nafter:\n  images:\n    - { name: web, hw_disk_bus: virtio }\n';
  const document = open(text);
  const said = async (word: string) => JSON.stringify(await document.hover(text.indexOf(word)));
  assert.match(await said('status'), /Of the refusal; 0 of a task that fails/);
  assert.match(await said('after'), /Once the manifest has been run/);
  assert.match(await said('hw_disk_bus'), /hw_disk_bus.*disk/i);
  assert.deepEqual(await document.lenses(), []);
});
