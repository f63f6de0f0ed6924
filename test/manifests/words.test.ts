import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readElsewhere } from '../../server/manifests/ambiguousScalars.ts';

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
