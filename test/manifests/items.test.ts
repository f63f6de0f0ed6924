import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ManifestFile } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { readYaml } from '../../server/manifests/yaml.ts';

const path = 'fleet.image.yaml';

/** Pieces of lists that are hard to cut: comments, blank lines, flow, quotes and block text over several lines, markers. */
const pieces = fc.constantFrom(
  '- name: web\n  tags: [a, b]\n',
  '- name: web\n  tags:\n    - a\n    - b\n\n',
  '- op: add\n  path: /x\n  value: "two\n    lines"\n',
  '- { op: add, path: /x, value: y }\n',
  '- description: |\n    - not an item\n    text\n\n  name: web\n',
  '- description: >-\n    folded\n    text\n',
  '- text: |+\n    kept\n\n\n',
  '- plain text\n  goes on\n',
  '- "quoted - text"\n',
  '-\n  name: web\n',
  '- - nested\n  - list\n',
  '- name: web # with a comment\n# and one at the margin\n',
  '  # an indented comment\n',
  '\n',
  '- &anchor a\n',
  '- *anchor\n',
  '- !!str 7\n',
  '- "unfinished\n',
  '- name: web\n- \n',
  '--- \n- second: document\n',
  'key: value\n',
  '- name: a\r\n  min_disk: 1\r\n',
  '- name: web\n  name: twice\n',
  '- [a,\n- b]\n',
  '-x\n',
  '- a: b: c\n',
);

test('reading item by item, after any edits, is reading the whole', () => {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(pieces, fc.constantFrom('x', ' ', '\n', '-', '- ', '"', "'", ':', '#', '  ', '|', '[')),
  });
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 6 }), fc.array(edit, { maxLength: 5 }), (parts, edits) => {
      let text = parts.join('');
      let previous: ManifestFile | undefined;
      for (const { at, remove, insert } of [{ at: 0, remove: 0, insert: '' }, ...edits]) {
        const start = text.length === 0 ? 0 : at % (text.length + 1);
        text = text.slice(0, start) + insert + text.slice(start + remove);
        previous = readManifest({ text, path, previous });
        const whole = readYaml(text);
        assert.deepEqual(
          previous.documents.map(({ root }) => root),
          whole.roots.map(({ root }) => root),
          JSON.stringify(text),
        );
        assert.deepEqual(previous.problems, whole.problems, JSON.stringify(text));
      }
    }),
    { numRuns: 1500 },
  );
});

test('an edit reads one item again', () => {
  const text = Array.from({ length: 50 }, (_, at) => `- name: web-${at}\n  tags: [a]\n`).join('');
  const before = readManifest({ text, path });
  const after = readManifest({ text: text.replace('web-25', 'web-25x'), path, previous: before });
  const kept = [...(after.items ?? [])].filter(([source, node]) => before.items?.get(source) === node);
  assert.equal(kept.length, 49);
});
