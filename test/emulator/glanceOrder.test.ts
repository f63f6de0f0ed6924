import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../server/rules/json.ts';
import { type Caller, patchType } from './harness.ts';
import { create, images, withUsers } from './plain.ts';

// As Glance 25.1 answers, asked one after the other.
test('a new image is refused by its links, its schema, its names, the policies, the quota and then by what is read-only', async () => {
  await withUsers(async ({ owner, reader }) => {
    const tags = Array.from({ length: 129 }, (_, at) => `t${at}`);
    const long = 'k'.repeat(256);
    const cases: readonly [number, RegExp, Json][] = [
      [403, /'self' is read-only/, { self: 7, name: 7 }],
      [403, /'self' is read-only/, { id: 'x', self: 'y' }],
      [403, /'direct_url' is read-only/, { direct_url: 'x', name: 7 }],
      [400, /null is not of type 'string'/, { deleted_at: null }],
      [400, /7 is not of type 'string'/, { os_glance_x: 7 }],
      [400, /'x' is not of type 'null', 'integer'/, { size: 'x' }],
      [400, /is not one of queued/, { status: 'x' }],
      [400, /is too long/, { checksum: 'x'.repeat(40) }],
      [400, /'array'/, { locations: 'x' }],
      [400, /'integer'/, { location: 'y', min_ram: 'x' }],
      [403, /'location' is reserved/, { location: 'y', visibility: 'public' }],
      [403, /publicize_image/, { owner: 'x', visibility: 'public' }],
      [403, /publicize_image/, { updated_at: '2020', visibility: 'public' }],
      [403, /publicize_image/, { visibility: 'public', tags }],
      [403, /not permitted to create images owned by 'x'/, { owner: 'x', size: 3 }],
      [413, /Attempted: 129/, { tags, size: 3 }],
      [413, /Attempted: 129/, { tags: [...tags.slice(1), 't1'] }],
      [403, /'size' is read-only/, { size: -1 }],
      [400, /Property names can't contain 4 byte unicode/, { '\u{1f600}': 'x' }],
      [400, /A can't contain 4 byte unicode characters/, { a: '\u{1f600}' }],
      [400, /Param values can't contain 4 byte unicode/, { tags: ['\u{1f600}'] }],
      [400, /longer than 255/, { [long]: 'x' }],
    ];
    for (const [status, words, body] of cases) {
      const answer = await owner.ask('POST', images, body);
      const said = `${JSON.stringify(body).slice(0, 80)} → ${answer.text}`;
      assert.equal(answer.status, status, said);
      assert.match(answer.text, words, said);
    }
    assert.equal((await reader.ask('POST', images, { min_ram: 'x' })).status, 400, 'the body is read first');
    assert.equal((await reader.ask('POST', images, { size: 3 })).status, 403);
  });
});

test('a patch is read whole before the image is found, and asks for permission at its first operation', async () => {
  await withUsers(async ({ owner, admin, partner, reader }) => {
    const own = `${images}/${await create(owner, { name: 'own', foo: 'x' })}`;
    const theirs = `${images}/${await create(admin, { visibility: 'public', owner: '100001' })}`;
    const none = `${images}/00000000-0000-4000-8000-000000000000`;
    const replace = (name: string, value: Json) => ({ op: 'replace', path: `/${name}`, value });
    const add = (name: string, value: Json) => ({ op: 'add', path: `/${name}`, value });
    const remove = (name: string) => ({ op: 'remove', path: `/${name}` });
    const tags = Array.from({ length: 129 }, (_, at) => `t${at}`);
    const many = Array.from({ length: 130 }, (_, at) => add(`p${at}`, 'x'));
    const cases: readonly [Caller, string, readonly Json[], number, RegExp][] = [
      [owner, none, [replace('min_disk', 'x')], 400, /'integer'/],
      [owner, none, [add('os_glance_x', 'y')], 403, /reserved/],
      [owner, none, [remove('checksum')], 403, /'checksum' is read-only/],
      [owner, none, [replace('min_disk', 3)], 404, /No image found/],
      [partner, theirs, [replace('min_disk', 'x')], 400, /'integer'/],
      [partner, theirs, [remove('nope')], 403, /not permitted to modify/],
      [partner, theirs, [remove('name')], 403, /not permitted to modify/],
      [partner, theirs, [replace('visibility', 'public')], 403, /publicize_image/],
      [partner, theirs, [replace('owner', 'x')], 403, /Owner can't be updated by non admin/],
      [partner, theirs, [], 200, /"visibility":"public"/],
      [reader, none, [replace('min_disk', 3)], 404, /No image found/],
      [reader, own, [replace('min_disk', 'x')], 400, /'integer'/],
      [reader, own, [replace('min_disk', 3)], 403, /modify_image/],
      [reader, own, [], 200, /"name":"own"/],
      [owner, own, [replace('created_at', 'x'), { op: 'add' }], 403, /read-only/],
      [owner, own, [remove('tags'), replace('tags', [true])], 400, /'string'/],
      [owner, own, [remove('tags'), replace('tags', [])], 403, /may not be removed/],
      [owner, own, [remove('foo'), replace('foo', 'y')], 409, /foo does not exist/],
      [owner, own, [replace('tags', tags), replace('tags', [])], 413, /Attempted: 129/],
      [owner, own, [replace('tags', [...tags.slice(1), 't5'])], 413, /Attempted: 129/],
      [owner, own, [...many, remove('nope')], 409, /nope does not exist/],
      [owner, own, many, 413, /properties. Attempted: 131/],
      [owner, own, [add('com', '\u{1f600}'), remove('nope')], 409, /nope/],
      [owner, own, [add('com', '\u{1f600}')], 400, /Com can't contain 4 byte/],
      [owner, own, [replace('name', '\u{1f600}')], 400, /Name can't contain 4 byte/],
      [owner, own, [replace('tags', ['\u{1f600}'])], 400, /Param values/],
      [owner, own, [add('com', '\u{1f600}'), remove('com')], 200, /"foo":"x"/],
      [owner, own, [add('locations', 'x')], 400, /Invalid JSON pointer/],
    ];
    for (const [caller, path, body, status, words] of cases) {
      const answer = await caller.ask('PATCH', path, [...body], patchType);
      const said = `${JSON.stringify(body).slice(0, 120)} → ${answer.text}`;
      assert.equal(answer.status, status, said);
      assert.match(answer.text, words, said);
    }
    for (const [method, path, body, status] of [
      ['POST', `${none}/members`, {}, 400],
      ['POST', `${none}/members`, { member: 'x' }, 404],
      ['PUT', `${none}/members/x`, {}, 400],
      ['PUT', `${none}/members/x`, { status: 'foo' }, 404],
      ['DELETE', none, undefined, 404],
      ['PUT', `${none}/tags/x`, undefined, 404],
      ['POST', `${none}/actions/deactivate`, undefined, 404],
    ] as const)
      assert.equal((await reader.ask(method, path, body)).status, status, `${method} ${path}`);
  });
});
