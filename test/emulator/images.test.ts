import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { importFailures } from '../../server/rules/service/answers.ts';
import { type DiskKind, makeDisk } from '../tools/disks.ts';
import { type Caller, logIn, patchType, type Running, readEvents, taskEnd, withEmulator } from './harness.ts';

const images = '/dfw/image/v2/images';
const tasks = '/dfw/image/v2/tasks';

/** Uploads a disk and imports it. Answers the ended task. */
async function importDisk(
  emulator: Running,
  as: Caller,
  kind: DiskKind,
  properties: JsonObject,
): Promise<JsonObject> {
  const path = join(emulator.data, `${kind}.vhd`);
  makeDisk(path, kind);
  const object = `${kind}.vhd`;
  const put = await as.ask('PUT', `/dfw/object-store/v1/100001/exports/${object}`, readFileSync(path));
  assert.equal(put.status, 201);
  return runImport(emulator, as, { import_from: `exports/${object}`, image_properties: properties });
}

async function runImport(emulator: Running, as: Caller, input: JsonObject): Promise<JsonObject> {
  const created = await as.ask('POST', tasks, { type: 'import', input });
  assert.equal(created.status, 201, created.text);
  assert.equal(created.headers.get('location'), `/v2/tasks/${created.json['id']}`);
  assert.equal(created.json['status'], 'pending');
  return taskEnd(emulator, as, 'dfw', String(created.json['id']));
}

async function imported(emulator: Running, as: Caller, name: string): Promise<string> {
  const task = await importDisk(emulator, as, 'dynamic', { name });
  assert.equal(task['status'], 'success', String(task['message']));
  return String(JSON.parse(JSON.stringify(task['result'])).image_id);
}

test('an import makes an active image with the properties of imported images', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const id = await imported(emulator, owner, 'web');
    const { json: image } = await owner.ask('GET', `${images}/${id}`);
    const { checksum, size, created_at, updated_at, user_id, ...rest } = image;
    assert.deepEqual(rest, {
      image_type: 'import',
      os_type: 'linux',
      auto_disk_config: 'False',
      'com.rackspace__1__options': '0',
      name: 'web',
      disk_format: 'vhd',
      container_format: 'ovf',
      visibility: 'private',
      virtual_size: null,
      status: 'active',
      protected: false,
      os_hidden: false,
      min_ram: 0,
      min_disk: 0,
      owner: '100001',
      id,
      tags: [],
      self: `/v2/images/${id}`,
      file: `/v2/images/${id}/file`,
      schema: '/v2/schemas/image',
    });
    assert.match(String(user_id), /^[0-9a-f]{32}$/);
    assert.equal(created_at, updated_at);
    // The checksum is that of the stored OVA, and the OVA holds the disk.
    const [hash] = storedHash(emulator, Number(size), String(checksum));
    assert.ok(hash);
    const events = await readEvents(emulator, 'after=0', ({ data }) => data['status'] === 'success');
    const seen = events.filter(({ kind }) => kind === 'task').map(({ data }) => data['status']);
    assert.deepEqual([...new Set(seen)], ['pending', 'processing', 'success']);
    assert.ok(
      events.some(({ kind, data }) => kind === 'image' && data['id'] === id && data['action'] === 'create'),
    );
  });
});

/** The names of stored files that have this size and MD5. */
function storedHash({ data }: Running, size: number, checksum: string): string[] {
  const folder = join(data, 'blobs');
  return readdirSync(folder).filter((name) => {
    const bytes = readFileSync(join(folder, name));
    return bytes.length === size && createHash('md5').update(bytes).digest('hex') === checksum;
  });
}

test('what an import refuses it refuses in the words of the rules', async () => {
  const { limits } = profiles.rackspace;
  const expected: readonly [DiskKind, string][] = [
    ['41-gib', importFailures.virtualSize(limits)],
    ['zero-uuid', importFailures.zeroUuid()],
    ['differencing', importFailures.parent()],
    ['bad-type', importFailures.diskType()],
    ['damaged-footer', importFailures.damaged()],
    ['windows-bios', importFailures.windows()],
    ['text', importFailures.notVhd()],
  ];
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    for (const [kind, message] of expected) {
      const task = await importDisk(emulator, owner, kind, { name: kind });
      assert.deepEqual(
        [task['status'], task['message'], task['result']],
        ['failure', message, undefined],
        kind,
      );
      assert.ok(task['expires_at']);
    }
    const missing = await runImport(emulator, owner, {
      import_from: 'exports/none.vhd',
      image_properties: { name: 'x' },
    });
    assert.equal(missing['message'], importFailures.objectMissing());
    const extra = await importDisk(emulator, owner, 'dynamic', { name: 'x', vm_mode: 'hvm' });
    assert.equal(extra['message'], importFailures.extraProperties());
    const declared = await importDisk(emulator, owner, 'dynamic', { name: 'x', os_type: 'windows' });
    assert.equal(declared['message'], importFailures.windows());
    assert.deepEqual((await owner.ask('GET', `${images}?owner=100001`)).json['images'], []);

    const listed = JSON.parse((await owner.ask('GET', `${tasks}?status=failure&limit=4`)).text);
    assert.equal(listed.tasks.length, 4);
    assert.equal(listed.tasks[0].input, undefined);
    const next = JSON.parse((await owner.ask('GET', `/dfw/image${listed.next}`)).text);
    assert.equal(next.tasks.length, 4);
    assert.equal(new Set([...listed.tasks, ...next.tasks].map(({ id }) => id)).size, 8);
    const stranger = await logIn(emulator.url, 'partner');
    assert.equal((await stranger.ask('GET', `${tasks}/${missing['id']}`)).status, 404);
    assert.equal((await owner.ask('GET', `/ord/image/v2/tasks/${missing['id']}`)).status, 404);
  });
});

test('more imports than may run at once all end, and the object may go meanwhile', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    await imported(emulator, owner, 'first');
    const input = { import_from: 'exports/dynamic.vhd', image_properties: { name: 'many' } };
    const created = await Promise.all(
      Array.from({ length: 8 }, () => owner.ask('POST', tasks, { type: 'import', input })),
    );
    const ended = await Promise.all(
      created.map(({ json }) => taskEnd(emulator, owner, 'dfw', String(json['id']))),
    );
    assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set(['success']));
    const { json } = await owner.ask('GET', `${images}?name=many`);
    assert.equal(Array.isArray(json['images']) && json['images'].length, 8);
  });
});

test('a patch changes what it may, all or nothing, and is refused by the rules', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const path = `${images}/${await imported(emulator, owner, 'web')}`;
    const patch = (operations: JsonObject[], headers: Record<string, string> = patchType) =>
      owner.ask('PATCH', path, operations, headers);
    const done = await patch([
      { op: 'add', path: '/vm_mode', value: 'hvm' },
      { op: 'add', path: '/__proto__', value: 'data' },
      { op: 'add', path: '/with~1slash', value: '' },
      { op: 'replace', path: '/tags', value: ['web', 'web', 'prod'] },
      { op: 'replace', path: '/name', value: 'web 2' },
    ]);
    assert.equal(done.status, 200);
    const now = (await owner.ask('GET', path)).json;
    assert.deepEqual(now, done.json);
    assert.equal(now['vm_mode'], 'hvm');
    assert.ok(Object.hasOwn(now, '__proto__'));
    assert.equal(now['with/slash'], '');
    assert.deepEqual([...(now['tags'] as string[])].sort(), ['prod', 'web']);

    const refused: readonly [number, string, JsonObject][] = [
      [403, 'property/protected', { op: 'add', path: '/com.rackspace__1__x', value: '1' }],
      [403, 'property/protected', { op: 'remove', path: '/image_type' }],
      [403, 'image/read-only', { op: 'replace', path: '/status', value: 'queued' }],
      [403, 'image/locked-format', { op: 'replace', path: '/disk_format', value: 'raw' }],
      [403, 'image/visibility', { op: 'replace', path: '/visibility', value: 'public' }],
      [409, 'patch/missing', { op: 'remove', path: '/absent' }],
      [400, 'patch/pointer', { op: 'add', path: '/a/b', value: 'x' }],
      [400, 'property/value', { op: 'add', path: '/x', value: 7 }],
      [400, 'tag/length', { op: 'replace', path: '/tags', value: ['x'.repeat(256)] }],
      [
        413,
        'tag/count',
        { op: 'replace', path: '/tags', value: Array.from({ length: 129 }, (_, n) => `t${n}`) },
      ],
    ];
    for (const [status, rule, operation] of refused) {
      const answer = await patch([{ op: 'add', path: '/must_not_stay', value: 'x' }, operation]);
      assert.deepEqual([answer.status, answer.rule], [status, rule]);
    }
    assert.deepEqual((await owner.ask('GET', path)).json, now);

    const old = { 'content-type': 'application/openstack-images-v2.0-json-patch' };
    assert.equal((await patch([{ replace: '/vm_mode', value: 'xen' }], old)).status, 200);
    assert.equal((await patch([{ add: '/vm_mode', value: 'hvm' }], old)).status, 409);
    assert.equal((await patch([], patchType)).status, 200);
    const faults = await owner.ask('PATCH', path, [{ op: 'add', path: '/user_id', value: 'x' }], {
      ...patchType,
      accept: 'application/json',
    });
    assert.deepEqual(faults.json, {
      message: "Attribute 'user_id' is reserved.<br /><br />\n\n\n",
      code: '403 Forbidden',
      title: 'Forbidden',
    });

    // Two patches at once: one wins each property, and neither is lost.
    const both = await Promise.all(
      ['a', 'b'].map((name) => patch([{ op: 'add', path: `/${name}`, value: name }])),
    );
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200],
    );
    const merged = (await owner.ask('GET', path)).json;
    assert.deepEqual([merged['a'], merged['b'], merged['vm_mode']], ['a', 'b', 'xen']);
  });
});

test('tags by route; images of others; deletion and protection', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const observer = await logIn(emulator.url, 'observer');
    const partner = await logIn(emulator.url, 'partner');
    const path = `${images}/${await imported(emulator, owner, 'web')}`;
    const tag = async (method: string, name: string, as = owner) =>
      (await as.ask(method, `${path}/tags/${name}`)).status;
    assert.deepEqual(
      [await tag('PUT', 'prod'), await tag('PUT', 'prod'), await tag('PUT', 'v1.2', observer)],
      [204, 204, 204],
    );
    assert.equal(await tag('PUT', encodeURIComponent('Grüße 🚀')), 204);
    assert.equal(await tag('PUT', 'a%2Fb'), 404);
    assert.equal(await tag('PUT', 'x'.repeat(255)), 204);
    assert.equal(await tag('PUT', encodeURIComponent('🚀'.repeat(255))), 204);
    assert.equal(await tag('PUT', 'x'.repeat(256)), 400);
    assert.equal(await tag('GET', 'prod'), 405);
    assert.equal(await tag('DELETE', 'v1.2'), 204);
    assert.equal(await tag('DELETE', 'v1.2'), 404);
    const tagged = (query: string) => owner.ask('GET', `${images}?${query}`);
    assert.equal(
      (await tagged(`tag=prod&tag=${encodeURIComponent('Grüße 🚀')}`)).text.includes('"web"'),
      true,
    );
    assert.deepEqual((await tagged('tag=prod&tag=v1.2')).json['images'], []);

    // Another account's private image is not there for anybody else; a public one is there, and not theirs.
    for (const method of ['GET', 'DELETE'] as const)
      assert.equal((await partner.ask(method, path)).status, 404);
    assert.equal((await partner.ask('PATCH', path, [], patchType)).status, 404);
    const [base] = JSON.parse((await partner.ask('GET', `${images}?visibility=public&limit=1`)).text).images;
    assert.equal((await partner.ask('GET', `${images}/${base.id}`)).status, 200);
    assert.equal((await partner.ask('DELETE', `${images}/${base.id}`)).status, 403);
    assert.equal((await partner.ask('PUT', `${images}/${base.id}/tags/x`)).status, 403);
    assert.equal((await partner.ask('GET', `/ord/image/v2/images/${base.id}`)).status, 404);

    assert.equal(
      (await owner.ask('PATCH', path, [{ op: 'replace', path: '/protected', value: true }], patchType))
        .status,
      200,
    );
    assert.equal((await owner.ask('DELETE', path)).status, 403);
    assert.equal(
      (await owner.ask('PATCH', path, [{ op: 'replace', path: '/protected', value: false }], patchType))
        .status,
      200,
    );
    assert.equal((await owner.ask('DELETE', path)).status, 204);
    const again = await owner.ask('DELETE', path);
    assert.deepEqual([again.status, /Failed to find image .* to delete/.test(again.text)], [404, true]);
    assert.equal((await owner.ask('GET', path)).status, 404);
    // Its OVA went with it: what is left are the base images' and the uploaded disk.
    assert.equal(readdirSync(join(emulator.data, 'blobs')).length, 17 + 1);
  });
});

test('lists: filters, sorting, and pages that show every image once', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const all = async (query: string) => JSON.parse((await owner.ask('GET', `${images}?${query}`)).text);
    const names = async (query: string) =>
      (await all(query)).images.map(({ name }: { name: string }) => name);
    const every = await names('limit=1000&sort=name:asc');
    assert.equal(every.length, 17);
    assert.deepEqual(every, [...every].sort());
    assert.deepEqual(await names('os_distro=centos&sort=name:asc'), ['CentOS 6 (PV)', 'CentOS 7 (PVHVM)']);
    assert.deepEqual(await names('com.rackspace__1__options=36'), []);
    assert.equal((await names('os_type=windows')).length, 3);
    assert.deepEqual(await names(`name=${encodeURIComponent('in:"CentOS 6 (PV)",Nothing')}`), [
      'CentOS 6 (PV)',
    ]);
    assert.equal((await names('min_ram=1024')).length, 2);
    assert.deepEqual(await names('created_at=gt:2015-02-11T00:00:00Z'), ['CoreOS (Stable)']);
    assert.deepEqual(await names('visibility=private'), []);
    assert.deepEqual(await names('limit=0'), []);
    for (const order of [
      'sort_key=name&sort_dir=desc',
      'sort=container_format:asc,size:desc',
      '',
      'sort=size',
    ]) {
      const paged: string[] = [];
      let next: string | undefined = `/v2/images?limit=5&${order}`;
      while (next) {
        const page = JSON.parse((await owner.ask('GET', `/dfw/image${next}`)).text);
        paged.push(...page.images.map(({ name }: { name: string }) => name));
        next = page.next;
      }
      assert.deepEqual(paged, await names(`limit=1000&${order}`), order);
    }
    const schema = JSON.parse((await owner.ask('GET', '/dfw/image/v2/schemas/image')).text);
    assert.deepEqual(schema.properties.visibility.enum, ['public', 'private']);
    for (const name of ['images', 'task', 'tasks'])
      assert.equal((await owner.ask('GET', `/dfw/image/v2/schemas/${name}`)).status, 200);
  });
});

test('a reset brings the seed back and tells so', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const control = { authorization: `Bearer ${emulator.token}` };
    await imported(emulator, owner, 'web');
    const before = (await owner.ask('GET', images)).json['images'];
    await owner.ask('POST', tasks, {
      type: 'import',
      input: { import_from: 'exports/dynamic.vhd', image_properties: { name: 'cut' } },
    });
    assert.equal((await owner.ask('POST', '/emulator/reset', { seed: 'demo' }, control)).status, 200);
    assert.equal((await owner.ask('GET', images)).status, 401);
    const again = await logIn(emulator.url, 'owner');
    const after = (await again.ask('GET', images)).json['images'];
    assert.deepEqual(
      after,
      Array.isArray(before) ? before.filter((image) => JSON.stringify(image).includes('"base"')) : [],
    );
    assert.deepEqual((await again.ask('GET', tasks)).json['tasks'], []);
    assert.equal(readdirSync(join(emulator.data, 'blobs')).length, 17);
    await readEvents(emulator, 'after=0', ({ kind }) => kind === 'reset');
    assert.equal((await owner.ask('POST', '/emulator/reset', { seed: 'empty' }, control)).status, 200);
    const third = await logIn(emulator.url, 'owner');
    assert.deepEqual((await third.ask('GET', images)).json['images'], []);
    assert.deepEqual(readdirSync(join(emulator.data, 'blobs')), []);
    assert.equal((await owner.ask('POST', '/emulator/reset', { seed: 'x' }, control)).status, 400);
  });
});

test('an image that its owner hides shows that, and is found by the filter alone', async () => {
  await withEmulator([], async (emulator) => {
    const owner = await logIn(emulator.url, 'owner');
    const id = await imported(emulator, owner, 'hidden');
    const hide = [{ op: 'replace', path: '/os_hidden', value: true }];
    const { status, json } = await owner.ask('PATCH', `${images}/${id}`, hide, patchType);
    assert.equal(status, 200);
    assert.equal(json['os_hidden'], true);
    const named = async (query: string): Promise<unknown> =>
      (await owner.ask('GET', `${images}?name=hidden${query}`)).json['images'];
    assert.deepEqual(await named(''), []);
    const [found] = (await named('&os_hidden=true')) as { id: string }[];
    assert.equal(found?.id, id);
  });
});
