import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { makeVhd } from '../tools/disks.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** What the editor knows of the image of each document: behind imports, in lists, of other accounts, of no image. */
const ids = {
  own: '11111111-aaaa-4000-8000-000000000001',
  theirs: '11111111-aaaa-4000-8000-000000000002',
  gone: '11111111-aaaa-4000-8000-000000000003',
};
const own = {
  id: ids.own,
  name: 'web',
  owner: '100001',
  status: 'active',
  disk_format: 'vhd',
  tags: ['a'],
  team: 'blue',
  updated_at: '2026-11-28T10:00:00Z',
};
const theirs = { ...own, id: ids.theirs, name: 'shared', owner: '100002' };
const images: readonly JsonObject[] = [own, theirs];

function find({ id, name }: { id?: string; name?: string }): Json {
  const found = images.filter((image) =>
    id === undefined ? image['name'] === name && image['owner'] === '100001' : image['id'] === id,
  );
  if (name === 'twins') return { sameName: [ids.own, ids.gone] };
  const [image] = found;
  return image ? { image } : { none: true };
}

const root = mkdtempSync(join(tmpdir(), 'cloud-images-known-'));
after(() => rmSync(root, { recursive: true }));
let server: LanguageServer;
let serial = 0;
before(async () => {
  server = await startLanguageServer({ root, requests: { 'cloudImages/liveImage': find } });
});
after(() => server.close());

async function connect(profile: string, roles: string[]): Promise<void> {
  const caller = { account: '100001', roles };
  await server.connection.sendNotification('cloudImages/limits', { profile, limits: {}, caller });
}

/** The errors of a text, as `line:rule`. */
async function errors(text: string, name = 'image.yaml'): Promise<string[]> {
  const document = server.open(join(root, `${serial++}.${name}`), text);
  const problems = await document.diagnostics();
  return problems
    .filter(({ severity }) => severity === 1)
    .map(({ range, code }) => `${range.start.line}:${String(code)}`);
}

const admin = ['identity:user-admin'];
const task = (name: string): string =>
  `type: import\ninput: { import_from: exports/x.vhd, image_properties: { name: ${name} } }\n`;
const many = (count: number, prefix: string): string =>
  Array.from({ length: count }, (_, at) => `- { op: add, path: /${prefix}${at}, value: x }\n`).join('');

for (const [what, behind, expected] of [
  ['a property that it lacks', '- { op: replace, path: /nope, value: x }', ['3:patch/missing']],
  [
    'its format, since it has data',
    '- { op: add, path: /disk_format, value: raw }',
    ['3:image/locked-format'],
  ],
  ['what it is given', 'com.rackspace__1__options: "0"\nos_type: linux\nimage_type: import', []],
  ['another value of what it is given', 'com.rackspace__1__options: "1"', ['3:property/protected']],
  ['an operation that is none', '- { op: move, path: /name, value: x }', ['3:patch/shape']],
  ['a path that is none', '- { op: add, path: /a~2b, value: x }', ['3:patch/pointer']],
  [
    'more properties than it may have, over two documents',
    `${many(70, 'a')}---\n${many(60, 'b')}`,
    ['74:property/count'],
  ],
] as const)
  test(`behind an import, ${what}: ${expected.join(', ') || 'accepted'}`, async () => {
    await connect('rackspace', admin);
    const found = await errors(`${task('fresh')}---\n${behind}\n`, 'image-import.yaml');
    assert.deepEqual(
      found.filter((one) => !one.includes('import/')),
      expected,
    );
  });

test('behind two imports a patch means the image of the second', async () => {
  await connect('rackspace', admin);
  const text = `${task('first')}---\nteam: blue\n---\n${task('second')}---\n- { op: remove, path: /team }\n`;
  const found = await errors(text, 'image-import.yaml');
  assert.deepEqual(
    found.filter((one) => !one.includes('import/')),
    ['8:patch/missing'],
  );
});

test('what roles refuse in one document is no change for the next', async () => {
  await connect('rackspace', ['cloudImages:creator']);
  const text = `id: ${ids.own}\ntags: [a/b]\n---\nid: ${ids.own}\ntags: [production]\n`;
  assert.deepEqual(await errors(text, 'image.yaml'), ['1:role/images']);
});

test('the import beside an image manifest says what its image is given', async () => {
  await connect('rackspace', admin);
  writeFileSync(join(root, 'fresh.image-import.yaml'), task('fresh'));
  const document = server.open(
    join(root, 'fresh.image.yaml'),
    'name: fresh\ncom.rackspace__1__options: "0"\n',
  );
  assert.deepEqual(
    (await document.diagnostics()).filter(({ severity }) => severity === 1),
    [],
  );
});

for (const [what, text, expected] of [
  ['what equals the live image in a list', `- { id: ${ids.own}, status: active }\n- { name: other }\n`, []],
  [
    'what differs in a list',
    `- { name: other }\n- { id: ${ids.own}, disk_format: raw }\n`,
    ['1:image/locked-format'],
  ],
  [
    'what differs in the body of a list',
    `images:\n  - { name: web, disk_format: raw }\n  - { name: b }\n`,
    ['1:image/locked-format'],
  ],
  ['a change of an image of another account', `id: ${ids.theirs}\nmin_ram: 512\n`, ['0:image/owner']],
  ['no change of an image of another account', `id: ${ids.theirs}\nstatus: active\n`, []],
  [
    'a change of an image of another account in a list',
    `- { id: ${ids.theirs}, min_ram: 1 }\n- { id: ${ids.own} }\n`,
    ['0:image/owner'],
  ],
  ['an id of no image', `id: ${ids.gone}\n`, ['0:image/visible']],
  ['an id in upper case', `id: ${ids.own.toUpperCase()}\n`, ['0:image/visible']],
  ['an id that is no UUID', 'id: web\n', ['0:image/visible']],
  ['a name of two images', 'name: twins\n', ['0:image/ambiguous']],
  [
    'text and nothing among images',
    '- name: a\n- just text\n-\n- name: a\n',
    ['1:image/item', '2:image/item', '3:image/item'],
  ],
] as const)
  test(`${what}: ${expected.join(', ') || 'accepted'}`, async () => {
    await connect('rackspace', admin);
    assert.deepEqual(await errors(text), expected);
  });

test('a second item of a name is marked as it is typed, and no longer when it is renamed', async () => {
  await connect('rackspace', admin);
  const document = server.open(join(root, 'typed.image.yaml'), '- name: a\n- name: b\n');
  const said = async () =>
    (await document.diagnostics()).filter(({ severity }) => severity === 1).map(({ code }) => code);
  assert.deepEqual(await said(), []);
  await document.change('- name: a\n- name: a\n');
  assert.deepEqual(await said(), ['image/item']);
  await document.change('- name: a\n- name: c\n');
  assert.deepEqual(await said(), []);
});

for (const [role, text, expected] of [
  ['observer', `- { id: ${ids.own}, min_ram: 1 }\n- { name: other }\n`, ['0:role/images']],
  ['observer', `- { id: ${ids.own}, tags: [a, b] }\n- { name: other }\n`, []],
  ['cloudImages:creator', `id: ${ids.own}\ntags: [a, b/c]\n`, ['1:role/images']],
  ['cloudImages:creator', `id: ${ids.own}\ntags: [a, b]\n`, []],
] as const)
  test(`${role}: ${JSON.stringify(text)} → ${expected.join(', ') || 'accepted'}`, async () => {
    await connect('rackspace', [role]);
    assert.deepEqual(await errors(text), expected);
  });

test('an empty patch is refused like any other where the role allows none', async () => {
  await connect('rackspace', ['observer']);
  assert.deepEqual(await errors('[]\n', 'image-patch.yaml'), ['0:role/images']);
});

for (const name of [
  'size',
  'status',
  'checksum',
  'created_at',
  'self',
  'file',
  'virtual_size',
  'stores',
  'locations',
  'direct_url',
])
  test(`in plain OpenStack a new image is refused its ${name}`, async () => {
    await connect('openstack', ['member']);
    assert.deepEqual(await errors(`name: fresh\n${name}: x\n`), ['1:image/read-only']);
  });

for (const [owner, expected] of [
  ['100001', []],
  ['100002', ['1:image/read-only']],
] as const)
  test(`in plain OpenStack a new image of the account 100001 may state the owner ${owner}: ${expected.length === 0}`, async () => {
    await connect('openstack', ['member']);
    assert.deepEqual(await errors(`name: fresh\nowner: "${owner}"\n`), expected);
  });

test('in plain OpenStack a reader makes no image', async () => {
  await connect('openstack', ['reader']);
  assert.deepEqual(await errors('name: fresh\n'), ['0:role/images']);
});

for (const [address, said] of [
  ['exports/./x.vhd', /names no object: '\.'/],
  ['./exports/x.vhd', /names no object: '\.'/],
  ['exports/../exports/x.vhd', /names no object: '\.\.'/],
  ['exports/x.vhd/', /names a folder and no object/],
  ['https://example.org/x.vhd', /is a URL/],
] as const)
  test(`an import from ${address} is refused, whatever a file system reads there`, async () => {
    await connect('rackspace', admin);
    mkdirSync(join(root, 'exports'), { recursive: true });
    makeVhd(join(root, 'exports', 'x.vhd'));
    const document = server.open(
      join(root, `${serial++}.image-import.yaml`),
      `type: import\ninput: { import_from: ${address}, image_properties: { name: x } }\n`,
    );
    const [problem, ...rest] = await document.diagnostics();
    assert.equal(problem?.code, 'import/object');
    assert.match(problem.message, said);
    assert.match(problem.message, /The task fails: Image not found for import\. Possible invalid location/);
    assert.deepEqual(rest, []);
  });

for (const [what, text, said] of [
  ['another task', 'type: clone\ninput: { import_from: a/b.vhd }\n', /type is import or export/],
  [
    'another format',
    'type: import\ninput: { import_from: a/b.vhd, import_from_format: raw }\n',
    /import_from_format must be vhd/,
  ],
] as const)
  test(`${what} is refused in words that are true of it`, async () => {
    await connect('rackspace', admin);
    const document = server.open(join(root, `${serial++}.image-import.yaml`), text);
    const problems = (await document.diagnostics()).filter(({ severity }) => severity === 1);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['import/shape'],
    );
    assert.match(problems[0]?.message ?? '', said);
  });

for (const [name, said] of [
  ['""', /The receiving container needs a name/],
  [`"${'é'.repeat(50)}"`, /at most 256 bytes in a URL/],
] as const)
  test(`an export into a container named ${name.slice(0, 12)} is refused for its length`, async () => {
    await connect('rackspace', admin);
    const text = `type: export\ninput: { image_uuid: ${ids.own}, receiving_swift_container: ${name} }\n`;
    const document = server.open(join(root, `${serial++}.image-export.yaml`), text);
    const [problem] = (await document.diagnostics()).filter(({ severity }) => severity === 1);
    assert.match(problem?.message ?? '', said);
    assert.match(problem?.message ?? '', /The name of a receiving container has 1 to 256 bytes/);
  });

test('a caller without roles is refused what needs one', async () => {
  await connect('rackspace', []);
  const document = server.open(join(root, `${serial++}.image.yaml`), `id: ${ids.own}\nmin_ram: 1\n`);
  const [problem] = (await document.diagnostics()).filter(({ severity }) => severity === 1);
  assert.equal(problem?.code, 'role/images');
  assert.match(problem.message, /You have no roles here/);
});

test('behind a change, the time of the last change is no value to state again', async () => {
  await connect('rackspace', admin);
  const time = `updated_at: "${own.updated_at}"\n`;
  assert.deepEqual(await errors(`id: ${ids.own}\nteam: red\n---\nid: ${ids.own}\n${time}`), [
    '4:image/read-only',
  ]);
  assert.deepEqual(await errors(`id: ${ids.own}\nteam: blue\n---\nid: ${ids.own}\n${time}`), []);
});
