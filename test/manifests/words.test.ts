import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readElsewhere } from '../../server/manifests/ambiguousScalars.ts';
import { readManifest } from '../../server/manifests/read.ts';

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
