import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/rules/evaluate.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['COVERAGE.md', 'COVERAGE-facts.md'];
/** Closes COVERAGE-facts.md: a table of the rules that no source states. */
const ownHeading = '## Rules of our own\n';
const ids: ReadonlySet<string> = new Set(rules.map(({ id }) => id));

/** Where a statement went, and whether something must show it. */
const kinds: Readonly<Record<string, 'shown' | 'explained'>> = {
  rule: 'shown',
  emulator: 'shown',
  help: 'shown',
  client: 'shown',
  none: 'explained',
  open: 'explained',
};

interface Row {
  readonly text: string;
  readonly lines: readonly number[];
  readonly says: string;
  readonly kind: string;
  readonly where: string;
  readonly shown: string;
}

interface Section {
  readonly title: string;
  readonly all: readonly number[];
  readonly wordless: readonly number[];
  readonly rows: readonly Row[];
}

for (const page of pages) {
  const sections = readPage(page);

  test(`${page}: each line with words has its row, and no other line has one`, () => {
    assert.ok(sections.length > 0);
    for (const { title, all, wordless, rows } of sections) {
      const covered = new Set(rows.flatMap(({ lines }) => lines));
      const expected = all.filter((line) => !wordless.includes(line));
      assert.deepEqual(
        [...covered].sort((a, b) => a - b),
        expected,
        title,
      );
    }
  });

  test(`${page}: each row went to one place, which shows or explains it`, () => {
    for (const { text, says, kind, where, shown } of sections.flatMap(({ rows }) => rows)) {
      const needs = kinds[kind];
      assert.ok(needs && says !== '', text);
      if (needs === 'shown') assert.notEqual(shown, '—', text);
      if (needs === 'explained') assert.notEqual(where, '', text);
      const named = namedRules(where);
      assert.deepEqual(
        named.filter((id) => !ids.has(id)),
        [],
        `there is no such rule: ${text}`,
      );
      if (kind === 'rule') assert.ok(named.length > 0, text);
      const references = referencesOf(shown);
      if (needs === 'shown') assert.ok(kind === 'rule' || references.length > 0, text);
      for (const { path, words } of references)
        assert.ok(holds(path, words), `${path} does not hold “${words}”: ${text}`);
    }
  });
}

test('every rule comes from a statement that is listed, or is said to be ours', () => {
  const stated = pages
    .flatMap(readPage)
    .flatMap(({ rows }) => rows.flatMap(({ where }) => namedRules(where)));
  const [, ours = ''] = textOf('COVERAGE-facts.md').split(ownHeading);
  const own = namedRules(ours);
  assert.deepEqual(
    own.filter((id) => stated.includes(id) || !ids.has(id)),
    [],
  );
  assert.deepEqual(
    [...ids].filter((id) => !stated.includes(id) && !own.includes(id)),
    [],
  );
});

function readPage(page: string): Section[] {
  const [stated = ''] = textOf(page).split(ownHeading);
  const [, ...parts] = stated.split(/^## /m);
  return parts.map((part) => {
    const [title = '', ...texts] = part.split('\n');
    const [, from, to, wordless = ''] =
      /^Lines (\d+)–(\d+); without words: (.*)\.$/m.exec(part) ?? assert.fail(`${page}, ${title}: no lines`);
    const rows = texts.filter((text) => text.startsWith('|')).slice(2);
    return { title, all: numbers(`${from}–${to}`), wordless: numbers(wordless), rows: rows.map(readRow) };
  });
}

function textOf(page: string): string {
  return readFileSync(join(root, 'server', 'rules', page), 'utf8');
}

function readRow(text: string): Row {
  const cells = text.split(/(?<!\\)\|/).map((cell) => cell.trim());
  assert.equal(cells.length, 6, `a row has four cells: ${text}`);
  const [, lines = '', says = '', went = '', shown = ''] = cells;
  const [, kind = '', where = ''] = /^(\w+)(?:: (.*))?$/.exec(went) ?? [];
  return { text, lines: numbers(lines), says, kind, where, shown };
}

/** `1–3, 7` → 1 2 3 7 */
function numbers(list: string): number[] {
  return list.split(', ').flatMap((range) => {
    const [from, to = from] = range.split('–').map(Number);
    assert.ok(from && to && from <= to, `no lines: ${list}`);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}

function namedRules(where: string): string[] {
  return [...where.matchAll(/`([a-z-]+\/[a-z-]+)`/g)].map(([, id = '']) => id);
}

function referencesOf(shown: string): { path: string; words: string }[] {
  return [...shown.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, path = '', words = '']) => ({ path, words }));
}

/** Whether a test file has a test of that title, or another file those words. */
function holds(path: string, words: string): boolean {
  const text = readFileSync(join(root, path), 'utf8');
  if (!/^test\/.*\.ts$/.test(path)) return text.includes(words);
  const title = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\b(?:test|it|session|emulatorSession)\\(\\s*(['"\`])${title}\\1,`).test(text);
}
