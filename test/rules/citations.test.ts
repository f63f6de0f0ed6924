import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const files = globSync('{client,server,schemas,test}/**/*.{ts,md,yaml,json}', { cwd: root }).filter(
  (path) => path !== join('test', 'rules', 'citations.test.ts'),
);
const texts = files.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const headingsOf = (name: string, heading: RegExp) =>
  new Set(
    [...readFileSync(join(root, 'server', 'rules', name), 'utf8').matchAll(heading)].map(([, key]) => key),
  );

test('each source that the tree cites is in SOURCES.md', () => {
  const sections = headingsOf('SOURCES.md', /^### (.+)$/gm);
  const cited = texts.flatMap(({ path, text }) => citedSources(text).map((key) => ({ path, key })));
  assert.ok(cited.length > 50);
  assert.deepEqual(
    cited.filter(({ key }) => !sections.has(key)),
    [],
  );
});

test('each decision that the tree cites is in DECISIONS.md', () => {
  const sections = headingsOf('DECISIONS.md', /^## (\d+)$/gm);
  const cited = texts.flatMap(({ path, text }) =>
    [...text.matchAll(/DECISIONS (\d+)/g)].map(([, key]) => ({ path, key })),
  );
  assert.ok(cited.length > 30);
  assert.deepEqual(
    cited.filter(({ key }) => !sections.has(key)),
    [],
  );
});

test('no file cites a page that is not in the repository', () => {
  const outside = /facts\/[a-z-]+\.md|\bdecisions? \d|\bdesign §\d/i;
  assert.deepEqual(
    texts.filter(({ text }) => outside.test(text.replaceAll(/DECISIONS \d/g, ''))).map(({ path }) => path),
    [],
  );
});

/** `SOURCES: glance §3, §5, rackspace §1.2` → the keys of three sections; a range names its ends. */
function citedSources(text: string): string[] {
  const lists = text.matchAll(
    /SOURCES: ((?:[a-z-]+(?: §[\d.]*\d(?:–§?[\d.]*\d)?)?(?:, (?=[a-z-]+ §|§))?|§[\d.]*\d(?:, )?)+)/g,
  );
  return [...lists].flatMap(([, list = '']) => {
    let name = '';
    return list.split(', ').flatMap((item) => {
      const [, own = '', sections = ''] = /^([a-z-]*) ?(.*)$/.exec(item) ?? [];
      name = own || name;
      if (sections === '') return own ? [own] : [];
      return sections.split('–').map((section) => `${name} §${section.replace('§', '')}`);
    });
  });
}
