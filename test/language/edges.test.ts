import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** Places, words and sizes at the edge. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-edges-'));
let server: LanguageServer;
before(async () => {
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
let serial = 0;
const open = (text: string, ending = 'yaml'): OpenDocument =>
  server.open(join(root, `${serial++}.image.${ending}`), text);

/** What is found, each with the text that it marks. */
async function found(document: OpenDocument): Promise<[string, string][]> {
  return (await document.diagnostics()).map(({ code, range }) => [
    String(code),
    document.text().slice(...document.offsetOf(range)),
  ]);
}

test('a name that is too long is marked at the name', async () => {
  const long = 'k'.repeat(256);
  assert.deepEqual(await found(open(`name: web\n${long}: x\n`)), [['property/name', long]]);
});

test('a comment covers its line to the end, and no column of the next', async () => {
  const own = 'name: web # cloud-images-ignore property/protected\ncom.rackspace__1__x: a\n';
  const codes = (await found(open(own))).map(([code]) => code);
  assert.deepEqual(codes.sort(), ['manifest/unused-suppression', 'property/protected']);
  const next = 'name: web\n# cloud-images-ignore-next-line property/protected\ncom.rackspace__1__x: a\n';
  assert.deepEqual(await found(open(next)), []);
});

test('behind a byte order mark places are where they are', async () => {
  const marked = (await found(open('\ufefftags: [a b]\nname: web\n'))).find(
    ([code]) => code === 'tag/url-safe',
  );
  assert.equal(marked?.[1], 'a b');
  const twice = (await found(open('\ufefftags: []\nname: a\nname: b\n'))).find(
    ([code]) => code === 'manifest/duplicate-key',
  );
  assert.equal(twice?.[1], 'name');
});

for (const [written, read] of [
  ['n', 'false'],
  ['N', 'false'],
  ['off', 'false'],
  ['1:30', '90 '],
  ['1_000', '1000'],
])
  test(`what others read ${written} as is told`, async () => {
    const problems = await open(`name: web\nrelease: ${written}\n`).diagnostics();
    const words = problems.filter(({ code }) => code === 'property/word').map(({ message }) => message);
    assert.ok(
      words.some((message) => message.includes(read ?? '')),
      words.join('\n') || problems.map(({ message }) => message).join('\n'),
    );
  });

test('an alias within its own anchor is told', async () => {
  const codes = (await found(open('tags: &a [*a]\n'))).map(([code]) => code);
  assert.ok(codes.includes('yaml/aliases'), codes.join());
});

test('a text nested 100 levels deep is judged, one of 101 not', async () => {
  const nested = (levels: number) => `{"a": ${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
  const codes = async (levels: number) => (await found(open(nested(levels), 'json'))).map(([code]) => code);
  assert.ok(!(await codes(100)).includes('manifest/size'));
  assert.deepEqual(await codes(101), ['manifest/size']);
});

test('more values than can be read at once are told, and not judged', async () => {
  const text = `tags: [${Array.from({ length: 61_000 }, () => 'a').join(', ')}]\n`;
  assert.deepEqual(
    (await found(open(text))).map(([code]) => code),
    ['manifest/size'],
  );
});

test('a fix in a list of one line leaves the comment of a neighbour', async () => {
  const document = open('name: web\ntags: [a, # the first\n  a,\n  b]\n');
  const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
  const fix = (await document.actions(whole, ['quickfix'])).find(
    ({ title }) => title === 'Remove the duplicate',
  );
  assert.ok(fix);
  const text = document.after(fix);
  assert.match(text, /# the first/);
  assert.deepEqual(parse(text).tags, ['a', 'b']);
});
