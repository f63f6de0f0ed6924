import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findRefusedNames,
  formatImage,
  locateProperty,
  parseImage,
} from '../../client/documents/imageText.ts';
import type { Json } from '../../server/rules/json.ts';
import { diff } from '../../server/rules/service/differences.ts';

const image = new Map<string, Json>([
  ['id', 'abc'],
  ['status', 'active'],
  ['org.example.role', 'web'],
  ['tags', ['a', 'b']],
  ['__proto__', 'a property like any other'],
  ['constructor', 'too'],
  ['1', 'and this'],
  ['name', 'Web'],
]);

test('the text of an image reads back as the same image', () => {
  const read = parseImage(formatImage(image));
  assert.ok(read instanceof Map);
  assert.deepEqual(new Map([...read].sort()), new Map([...image].sort()));
  assert.deepEqual(diff(image, read), []);
});

test('an image whose property holds the sign for a lost character can be written all the same', () => {
  const lost = new Map<string, Json>([['team', 'Z\ufffdrich']]);
  const read = parseImage(formatImage(lost));
  assert.ok(read instanceof Map);
  assert.deepEqual(read, lost);
  assert.ok('problem' in parseImage('{ "team": "Z\ufffdrich" }'));
});

test('editable properties come before those that only the service sets', () => {
  const names = [...formatImage(image).matchAll(/^ {2}"(name|tags|org\.example\.role|status)"/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(names, ['name', 'tags', 'org.example.role', 'status']);
});

test('a text that is no image is refused with a reason', () => {
  for (const text of ['', '[]', '"x"', '{ "name": }', '{ "name": "x" // comment\n}']) {
    assert.ok('problem' in parseImage(text), text);
  }
});

test('a property is located by its key', () => {
  const text = '{\n  "a": 1,\n  "b.c": { "a": 2 }\n}';
  const { start, end } = locateProperty(text, 'b.c') ?? { start: 0, end: 0 };
  assert.equal(text.slice(start, end), '"b.c"');
  assert.equal(locateProperty(text, 'gone'), undefined);
  assert.equal(locateProperty('{', 'a'), undefined);
});

test('a refusal marks the property that its words name, or else each that changed', () => {
  const operations = [
    { op: 'add', path: '/owner', value: '1' },
    { op: 'add', path: '/owner_name', value: '1' },
    { op: 'remove', path: '/a~1b' },
  ] as const;
  assert.deepEqual(findRefusedNames(operations, "Attribute 'owner_name' is reserved."), ['owner_name']);
  assert.deepEqual(findRefusedNames(operations, 'Property a/b may not be removed.'), ['a/b']);
  assert.deepEqual(findRefusedNames(operations, 'You are not permitted.'), ['owner', 'owner_name', 'a/b']);
});
