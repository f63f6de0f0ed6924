import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../server/language/analysis/analyze.ts';
import { converted } from '../../server/language/features/codeActions/convert.ts';
import { formatted } from '../../server/language/features/formatting.ts';
import { readElsewhere } from '../../server/manifests/ambiguousScalars.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { profiles } from '../../server/rules/profile/table.ts';

/** As PyYAML 6 reads them; what it reads as we do is undefined. */
const readings: [string, string | undefined][] = [
  ['yes', 'true'],
  ['Off', 'false'],
  ['yEs', undefined],
  ['true', undefined],
  ['012', '10'],
  ['08', 'text'],
  ['00', undefined],
  ['0b11', '3'],
  ['-0b1', '-1'],
  ['0x1F', undefined],
  ['-0x1F', '-31'],
  ['0o17', 'text'],
  ['1e3', 'text'],
  ['1.5e+3', undefined],
  ['1.5e3', 'text'],
  ['1_000', '1000'],
  ['1_000.5', '1000.5'],
  ['.inf', 'infinity'],
  ['-.INF', 'infinity'],
  ['.NaN', 'no number'],
  ['1:30', '90 (base 60)'],
  ['190:20:30.15', '685230.15 (base 60)'],
  ['2026-01-01', 'a date'],
  ['2026-1-1', undefined],
  ['2026-01-01 10:00:00', 'a date'],
  ['9007199254740993', undefined],
  ['=', 'a default value'],
  ['web', undefined],
  ['-web', undefined],
  ['1.2.3', undefined],
];
for (const [source, expected] of readings)
  test(`to YAML 1.1 ${source} is ${expected ?? 'what it is to us'}`, () => {
    assert.equal(readElsewhere(source), expected);
  });

function dataOf(text: string) {
  const { documents, problems } = readManifest({ text, path: 'x.image.yaml' });
  return {
    data: documents.map((one) => one.data),
    problems: problems.map(({ rule, start }) => [rule, start]),
  };
}

test('a merge brings in what a mapping does not have itself, of several mappings the first', () => {
  const text =
    '- &a { name: web, os_distro: debian }\n- &b { os_distro: ubuntu, team: blue }\n- <<: [*a, *b]\n  name: db\n- "<<": plain\n';
  const { data, problems } = dataOf(text);
  assert.deepEqual(problems, []);
  assert.deepEqual((data[0] as unknown[]).slice(2), [
    { os_distro: 'debian', team: 'blue', name: 'db' },
    { '<<': 'plain' },
  ]);
});

test('a merge of what is no mapping is one problem at its key', () => {
  assert.deepEqual(dataOf('name: web\n<<: [7]\n').problems, [['yaml/syntax', 10]]);
});

test('a document of comments alone is none', () => {
  for (const text of ['name: web\n---\n', 'name: web\n...\n---\n# nothing\n', '---\n---\nname: web\n']) {
    const { documents, problems } = readManifest({ text, path: 'x.image.yaml' });
    assert.deepEqual(problems, []);
    assert.equal(documents.filter(({ root }) => root).length, 1, text);
  }
  const { documents } = readManifest({ text: 'name: web\n--- null\n', path: 'x.image.yaml' });
  assert.equal(documents.filter(({ root }) => root).length, 2);
});

test('words and numbers are read as YAML 1.1 has them', () => {
  const read = Object.fromEntries(
    ['n', 'N', 'no', 'y', 'on', '0644', '-017', '1_000', '1:30', '190:20:30', '2026-11-28', 'name'].map(
      (word) => [word, readElsewhere(word)],
    ),
  );
  assert.deepEqual(read, {
    n: 'false',
    N: 'false',
    no: 'false',
    y: 'true',
    on: 'true',
    '0644': '420',
    '-017': '-15',
    '1_000': '1000',
    '1:30': '90 (base 60)',
    '190:20:30': '685230 (base 60)',
    '2026-11-28': 'a date',
    name: undefined,
  });
});

test('an integer that JavaScript rounds keeps its digits in what is said, converted and laid out', () => {
  const digits = '9007199254740993';
  const settings = { profile: profiles.rackspace, isStrict: false, severities: {}, manifests: [] } as const;
  for (const [path, text] of [
    ['x.image.yaml', `release: ${digits}\ntags: [ ${digits} ]\n`],
    ['x.image.yaml', `# c\nrelease: ${digits}\n`],
    ['x.image.json', `{ "release": ${digits} }\n`],
  ] as const) {
    const file = readManifest({ text, path });
    for (const { finding } of judge(file, [{ profile: profiles.rackspace }], settings))
      assert.ok(finding.message.includes(digits), finding.message);
    const result = converted(file, path);
    assert.ok(result?.text.includes(digits), result?.text);
    const laid = formatted(file, { tabSize: 4, insertSpaces: true }) ?? text;
    assert.equal(laid.split(digits).length, text.split(digits).length);
  }
});
