import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { diff, merge } from '../../server/rules/service/differences.ts';
import { applyPatch, isRefusal, type Operation, readPatch } from '../../server/rules/service/patchBody.ts';

const profile = profiles.rackspace;
const image = new Map<string, Json>(
  Object.entries({
    id: '1',
    name: 'web',
    status: 'active',
    tags: ['a'],
    disk_format: 'vhd',
    min_disk: 20,
    team: 'blue',
    'com.rackspace__1__options': '0',
  }),
);

/** Body → status and text of the refusal, or the change. One row a sentence of the guide or of Glance's behaviour. */
const refused: [string, Json, number, RegExp][] = [
  ['an object instead of an array', { op: 'add' }, 400, /must be a JSON array/],
  ['an operation that is no object', ['add'], 400, /must be JSON objects/],
  ['no op', [{ path: '/name', value: 'x' }], 400, /Unable to find 'op'/],
  ['no path', [{ op: 'add', value: 'x' }], 400, /Unable to find 'path'/],
  ['move', [{ op: 'move', path: '/name', value: 'x' }], 400, /Invalid operation: `move`/],
  ['no value', [{ op: 'add', path: '/x' }], 400, /requires a member named "value"/],
  ['a pointer without a slash', [{ op: 'add', path: 'x', value: 'x' }], 400, /does not start with/],
  ['a pointer of two tokens', [{ op: 'add', path: '/tags/-', value: 'x' }], 400, /Invalid JSON pointer/],
  ['a pointer ending with a slash', [{ op: 'add', path: '/x/', value: 'x' }], 400, /end with/],
  ['adjacent slashes', [{ op: 'add', path: '/x//y', value: 'x' }], 400, /adjacent/],
  [
    'a slash before it, and spaces around',
    [{ op: 'replace', path: '// nope ', value: 'x' }],
    409,
    /Property nope does not exist/,
  ],
  [
    'one location in place of another',
    [{ op: 'replace', path: '/locations/0', value: { url: 'file:///x', metadata: {} } }],
    400,
    /Invalid JSON pointer/,
  ],
  ['a bad escape', [{ op: 'add', path: '/a~2', value: 'x' }], 400, /recognized escape/],
  [
    'a protected prefix',
    [{ op: 'add', path: '/com.rackspace__1__x', value: 'x' }],
    403,
    /^Attribute 'com.rackspace__1__x' is reserved\.$/,
  ],
  ['a protected prefix without a dot', [{ op: 'add', path: '/com.rackspacex', value: 'x' }], 403, /reserved/],
  [
    'replacing a protected property',
    [{ op: 'replace', path: '/com.rackspace__1__options', value: '0' }],
    403,
    /reserved/,
  ],
  ['removing a protected property', [{ op: 'remove', path: '/com.rackspace__1__options' }], 403, /reserved/],
  ['a protected name', [{ op: 'add', path: '/os_type', value: 'linux' }], 403, /reserved/],
  [
    'a read-only attribute',
    [{ op: 'replace', path: '/status', value: 'queued' }],
    403,
    /^Attribute 'status' is read-only\.$/,
  ],
  ['a reserved attribute', [{ op: 'add', path: '/os_glance_x', value: 'x' }], 403, /reserved/],
  ['a public image', [{ op: 'replace', path: '/visibility', value: 'public' }], 403, /publicize_image/],
  ['removing an attribute', [{ op: 'remove', path: '/tags' }], 403, /may not be removed/],
  [
    'a format of an active image',
    [{ op: 'replace', path: '/disk_format', value: 'raw' }],
    403,
    /queued image/,
  ],
  [
    'replacing what is absent',
    [{ op: 'replace', path: '/absent', value: 'x' }],
    409,
    /absent does not exist/,
  ],
  ['removing what is absent', [{ op: 'remove', path: '/absent' }], 409, /absent does not exist/],
  ['a number as a property', [{ op: 'add', path: '/x', value: 5 }], 400, /not of type 'string'/],
  ['null as a property', [{ op: 'add', path: '/x', value: null }], 400, /not of type 'string'/],
  [
    'a negative min_disk',
    [{ op: 'replace', path: '/min_disk', value: -1 }],
    400,
    /Cannot be a negative value/,
  ],
  [
    'a name of 256 characters',
    [{ op: 'replace', path: '/name', value: 'n'.repeat(256) }],
    400,
    /longer than 255/,
  ],
  ['tags that are no list', [{ op: 'replace', path: '/tags', value: 'a' }], 400, /'array'/],
  ['an empty tag', [{ op: 'replace', path: '/tags', value: [''] }], 400, /tag is empty/],
  [
    '129 tags',
    [{ op: 'replace', path: '/tags', value: Array.from({ length: 129 }, (_, at) => `${at}`) }],
    413,
    /Attempted: 129, Maximum: 128/,
  ],
];

for (const [what, body, status, text] of refused) {
  test(`${what}: ${status}`, () => {
    const result = apply(body);
    assert.ok('status' in result, 'is accepted');
    assert.equal(result.status, status);
    assert.match(result.text, text);
  });
}

test('an error that no image could cure comes before one of this image', () => {
  const result = apply([
    { op: 'remove', path: '/absent' },
    { op: 'replace', path: '/status', value: 'x' },
  ]);
  assert.equal('status' in result && result.status, 403);
});

test('all operations are done or none', () => {
  const before = new Map(image);
  apply([
    { op: 'replace', path: '/name', value: 'new' },
    { op: 'remove', path: '/absent' },
  ]);
  assert.deepEqual(image, before);
});

test('add overwrites in v2.1 and is refused in v2.0', () => {
  const result = apply([{ op: 'add', path: '/team', value: 'red' }]);
  assert.equal('image' in result && result.image.get('team'), 'red');
  const old = apply([{ add: '/team', value: 'red' }], 'v2.0');
  assert.equal('status' in old && old.status, 409);
});

test('escaped names, the empty name and names of Object.prototype work', () => {
  const result = apply(
    JSON.parse(
      '[{"op":"add","path":"/a~1b~0c","value":"1"},{"op":"add","path":"/","value":"2"},{"op":"add","path":"/__proto__","value":"3"},{"op":"add","path":"/constructor","value":"4"}]',
    ),
  );
  assert.ok('image' in result);
  assert.deepEqual(
    ['a/b~c', '', '__proto__', 'constructor'].map((name) => result.image.get(name)),
    ['1', '2', '3', '4'],
  );
});

test('the quota counts after all operations', () => {
  const full = new Map([
    ...image,
    ...Array.from({ length: 126 }, (_, at): [string, Json] => [`p${at}`, 'x']),
  ]);
  const swap: Operation[] = [
    { op: 'remove', path: '/p0' },
    { op: 'add', path: '/q', value: 'x' },
  ];
  assert.ok('image' in applyPatch(full, swap, { profile }));
  const more = applyPatch(full, [{ op: 'add', path: '/q', value: 'x' }], { profile });
  assert.equal(isRefusal(more) && more.status, 413);
});

test('diff gives the smallest patch and applying it gives the other image', () => {
  const after = new Map<string, Json>([...image, ['name', 'new'], ['tags', ['b', 'a']], ['x', '1']]);
  after.delete('team');
  const patch = diff(image, after);
  assert.deepEqual(patch, [
    { op: 'remove', path: '/team' },
    { op: 'replace', path: '/name', value: 'new' },
    { op: 'replace', path: '/tags', value: ['b', 'a'] },
    { op: 'add', path: '/x', value: '1' },
  ]);
  const result = applyPatch(image, patch, { profile });
  assert.ok('image' in result);
  assert.deepEqual(diff(result.image, after), []);
  assert.deepEqual(diff(image, new Map<string, Json>([...image, ['tags', ['a']]])), []);
});

test('a three-way merge takes what one side changed, joins tags, and names what both changed', () => {
  const mine = new Map<string, Json>([...image, ['team', 'red'], ['tags', ['a', 'mine']]]);
  const theirs = new Map<string, Json>([...image, ['min_disk', 40], ['tags', ['theirs']]]);
  const result = merge(image, mine, theirs);
  assert.ok('merged' in result);
  assert.deepEqual(
    [result.merged.get('team'), result.merged.get('min_disk'), result.merged.get('tags')],
    ['red', 40, ['theirs', 'mine']],
  );
  const clash = merge(image, mine, new Map<string, Json>([...image, ['team', 'green']]));
  assert.deepEqual(clash, { conflicts: ['team'] });
});

function apply(body: Json, form: 'v2.1' | 'v2.0' = 'v2.1') {
  const operations = readPatch(body, form, { profile });
  return isRefusal(operations) ? operations : applyPatch(image, operations, { profile, form });
}
