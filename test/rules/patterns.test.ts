import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../server/rules/patterns/propertyPattern.ts';
import { compileGlob } from '../../server/workspace/globs.ts';

/** Expressions of what is supported, over few characters, so that many of them match. */
const expressions = fc.letrec<{ node: string; item: string }>((tie) => ({
  item: fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      '_',
      '.',
      '[ab]',
      '[^a_]',
      '[a-c_]',
      '\\d',
      '\\w',
      '\\W',
      '\\.',
      '[\\w.]',
      '[]a]',
    ),
    fc.tuple(fc.constantFrom('', '?:', '?P<n>'), tie('node')).map(([kind, inside]) => `(${kind}${inside})`),
    fc.constantFrom('^', '$', '\\b', '\\B'),
  ),
  node: fc
    .array(
      fc.array(
        fc
          .tuple(tie('item'), fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{2,}', '*?'))
          .map(([item, repeat]) => (/^(?:\^|\$|\\[bB])$/.test(item) ? item : item + repeat)),
        { maxLength: 4 },
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((parts) => parts.map((part) => part.join('')).join('|'))
    // The engine to compare with backtracks: more repetitions, and it never ends.
    .filter((source) => (source.match(/[*+{]/g) ?? []).length <= 3),
}));
const texts = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', '_', '.', '1', '-', 'é', '🚀'),
  maxLength: 12,
});

test('an expression matches what the language’s own engine matches', () => {
  let matched = 0;
  fc.assert(
    fc.property(expressions.node, fc.array(texts, { minLength: 5, maxLength: 5 }), (source, samples) => {
      const own = compileExpression(source);
      const named = source.replaceAll('(?P<n>', '(').replaceAll('[]a]', '[\\]a]');
      for (const text of samples) {
        const starts = new RegExp(`^(?:${named})`, 'u').test(text);
        assert.equal(own.matchesStart(text), starts, `${source} on '${text}'`);
        assert.equal(
          own.matches(text),
          new RegExp(`^(?:${named})$`, 'u').test(text),
          `${source} = '${text}'`,
        );
        if (starts) matched++;
      }
    }),
    { numRuns: 2000 },
  );
  assert.ok(matched > 3000, `${matched} matched: the comparison must see both answers`);
});

test('expressions that backtrack for ever elsewhere are answered', () => {
  for (const source of ['(a+)+$x', '(a|a)*$x', '(a*)*b', '(?:(?:a?){20}){20}b', 'a*a*a*a*a*a*a*a*a*a*b']) {
    assert.equal(compileExpression(source).matchesStart('a'.repeat(255)), false, source);
  }
});

for (const [source, why] of [
  ['(', /character 2: a '\)' is missing/],
  [')', /character 1: there is no '\(' for this '\)'/],
  ['[a', /character 1: a '\]' is missing/],
  ['*a', /character 1: there is nothing to repeat/],
  ['a**', /character 3: one repetition follows another/],
  ['a(?=b)', /character 4: look-around, flags and back references are not supported/],
  ['(a)\\1', /character 4: \\1 is not supported/],
  ['[z-a]', /character 5: the range ends before it begins/],
  ['a{3,1}', /the repetition ends before it begins/],
  ['\\x1', /\\x takes 2 hexadecimal digits/],
  ['a\\', /the expression ends in a backslash/],
  ['((a{100}){100}){100}', /the pattern repeats too much/],
  ['('.repeat(200) + ')'.repeat(200), /groups are nested too deeply/],
] as const)
  test(`${source.slice(0, 40)} is refused with its place`, () => {
    assert.throws(() => compileExpression(source), why);
  });

test('globs match names, folders and alternatives', () => {
  const cases: [pattern: string, path: string, matches: boolean][] = [
    ['*.yaml', 'deep/down/web.yaml', true],
    ['./*.yaml', 'deep/web.yaml', false],
    ['deploy/*.{yml,json}', 'deploy/web.json', true],
    ['deploy/*.{yml,json}', 'deploy/web.yaml', false],
    ['deploy/**/x.yaml', 'deploy/x.yaml', true],
    ['deploy/**/x.yaml', 'deploy/a/b/x.yaml', true],
    ['deploy/**', 'deploy/a/b.yaml', true],
    ['a?c.json', 'a🚀c.json', true],
    ['a?c.json', 'a/c.json', false],
    ['{a,b{c,d}}.json', 'bd.json', true],
    ['{a,b', 'x/b', true],
    ['}a(.json', '}a(.json', true],
  ];
  for (const [pattern, path, matches] of cases)
    assert.equal(compileGlob(pattern).matches(path), matches, `${pattern} on ${path}`);
});

test('a glob of many stars is answered', () => {
  const hostile = ['*a'.repeat(25), `${'**/'.repeat(200)}x`, '{a,a}'.repeat(150), `${'{a,'.repeat(200)}b`];
  for (const pattern of hostile)
    assert.equal(compileGlob(pattern).matches(`${'a'.repeat(250)}c.yaml`), false);
});
