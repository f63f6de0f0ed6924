import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, readEvents, removeFolder, temporaryFolder } from './harness.ts';
import { base, bytesType, create, images, importEnd, upload, withUsers } from './plain.ts';

/** What Glance 25.1 answered, asked the same (and later releases by their code). */

async function versionsOf(...args: string[]): Promise<[string, string[]]> {
  let found: [string, string[]] = ['', []];
  await withUsers(
    async (_users, { url }) => {
      const { json } = await ask(url, 'GET', '/regionone/image/versions');
      const versions = json['versions'] as { id: string; status: string }[];
      const current = versions.filter(({ status }) => status === 'CURRENT').map(({ id }) => id);
      found = [current.join(), versions.map(({ id }) => id.replace('v2.', ''))];
    },
    ...args,
  );
  return found;
}

test('the versions are those of the release, with a cache and without', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'uncached.json');
  writeFileSync(config, JSON.stringify({ profile: 'openstack', emulator: { imageCache: false } }));
  const stores = ['13', '12', '11', '10', '9', '8'];
  const old = ['7', '6', '5', '4', '3', '2', '1', '0'];
  assert.deepEqual(await versionsOf(), ['v2.16', ['16', '15', '14', ...stores, ...old]]);
  assert.deepEqual(await versionsOf('--config', config), ['v2.15', ['15', ...stores, ...old]]);
  assert.deepEqual(await versionsOf('--release', '2024.2'), [
    'v2.17',
    ['16', '15', '14', ...stores, '17', ...old],
  ]);
  assert.deepEqual(await versionsOf('--release', '2026.2'), [
    'v2.18',
    ['18', '17', '16', '15', '14', ...stores, ...old],
  ]);
  removeFolder(folder);
});

/** That each is the real Glance's to the letter, `test:openstack` asks both. */
const members = {
  image: `id name status visibility protected os_hidden checksum os_hash_algo os_hash_value owner size virtual_size
    container_format disk_format created_at updated_at tags direct_url min_ram min_disk self file stores schema locations
    kernel_id ramdisk_id instance_uuid architecture os_distro os_version description cinder_encryption_key_id
    cinder_encryption_key_deletion_policy`,
  images: 'images first next schema',
  member: 'member_id image_id created_at updated_at status schema',
  members: 'members schema',
  task: 'id type status input result owner message image_id request_id user_id expires_at created_at updated_at self schema',
  tasks: 'tasks schema',
};

test('schemas have the members of those of Glance, in its order', async () => {
  await withUsers(async ({ owner }) => {
    for (const [name, words] of Object.entries(members)) {
      const { json, headers } = await owner.ask('GET', `${base}/schemas/${name}`);
      assert.equal(json['name'], name);
      assert.deepEqual(Object.keys(json['properties'] as JsonObject), words.split(/\s+/), name);
      assert.equal(headers.get('content-type'), 'application/json', name);
    }
    const { json } = await owner.ask('GET', `${base}/schemas/image`);
    const { id, owner: account, status } = json['properties'] as Record<string, JsonObject>;
    assert.match('8d3a9f0e-0f0e-4c3a-9e0f-6f0f3a9e8d3a', new RegExp(String(id?.['pattern'])));
    assert.deepEqual(account?.['type'], ['null', 'string']);
    assert.equal(status?.['readOnly'], true);
  });
  await withUsers(
    async ({ owner }) => {
      const { json } = await owner.ask('GET', `${base}/schemas/task`);
      assert.deepEqual((json['properties'] as { type: JsonObject }).type['enum'], [
        'import',
        'api_image_import',
        'location_import',
      ]);
    },
    '--release',
    '2024.2',
  );
});

test('the health check answers by Accept, by any method and without a token', async () => {
  await withUsers(async (_users, { url }) => {
    const path = '/regionone/image/healthcheck';
    const answer = async (accept?: string, method = 'GET') => {
      const { status, headers, text } = await ask(url, method, path, undefined, accept ? { accept } : {});
      return [status, headers.get('content-type'), text];
    };
    const plain = [200, 'text/plain; charset=UTF-8', 'OK'];
    for (const accept of [undefined, '*/*', 'text/plain', 'text/*', 'image/png'])
      assert.deepEqual(await answer(accept), plain, accept);
    const detailed = '{\n    "detailed": false,\n    "reasons": [\n        "OK"\n    ]\n}';
    for (const accept of ['application/json', 'text/plain;q=0.5, application/json'])
      assert.deepEqual(await answer(accept), [200, 'application/json', detailed], accept);
    assert.deepEqual(await answer(undefined, 'POST'), plain);
    const [status, type, page] = await answer('text/html');
    assert.deepEqual([status, type], [200, 'text/html; charset=UTF-8']);
    assert.match(String(page), /^<HTML>\n<HEAD><TITLE>Healthcheck Status.*<TD>OK<\/TD>/s);
    assert.deepEqual(await answer(undefined, 'HEAD'), [204, null, '']);
  });
});

test('lists: deleted changes nothing, and what has no size is neither above nor below one', async () => {
  await withUsers(async ({ owner }) => {
    const sized = await create(owner);
    await upload(owner, sized, Buffer.from('abc'));
    const empty = await create(owner);
    const ids = async (query: string) => {
      const { json, text, status } = await owner.ask('GET', `${images}?owner=100001&${query}`);
      assert.equal(status, 200, text);
      return (json['images'] as { id: string }[]).map(({ id }) => id);
    };
    for (const query of ['deleted=true', 'deleted=false', 'deleted=x']) {
      assert.deepEqual((await ids(query)).sort(), [sized, empty].sort(), query);
    }
    assert.deepEqual(await ids('size_min=-1'), [sized]);
    assert.deepEqual(await ids('size_min=+3'), [sized]);
    assert.deepEqual(await ids('size_max=-1'), []);
    for (const value of ['x', '1.5', '']) {
      const refused = await owner.ask('GET', `${images}?size_min=${value}`);
      assert.equal(refused.status, 400, value);
      assert.match(refused.text, /Unable to filter on a range with a non-numeric value\./);
    }
  });
});

test('a member that is a number is taken, answered as it was sent and listed as text', async () => {
  await withUsers(async ({ owner }) => {
    const id = await create(owner);
    const add = async (member: unknown) => {
      const { status, json, text } = await owner.ask('POST', `${images}/${id}/members`, {
        member,
      } as JsonObject);
      return status === 200 ? json['member_id'] : [status, /[^\n]*member[^\n]*/i.exec(text)?.[0]];
    };
    assert.equal(await add(5), 5);
    assert.equal(await add(1.5), 1.5);
    assert.equal(await add(true), true);
    assert.equal(await add(' '), ' ');
    for (const nothing of [0, false, null, ''])
      assert.deepEqual(await add(nothing), [400, "Member can't be empty"], String(nothing));
    const { json } = await owner.ask('GET', `${images}/${id}/members`);
    const listed = (json['members'] as { member_id: unknown }[]).map(({ member_id }) => member_id);
    assert.deepEqual(listed.sort(), [' ', '1', '1.5', '5']);
    assert.equal((await owner.ask('POST', `${images}/${id}/members`, { member: '5' })).status, 409);
  });
});

const own = (image: JsonObject): string[] =>
  Object.keys(image).filter((name) => name.startsWith('os_glance'));
const lists = ['os_glance_importing_to_stores', 'os_glance_failed_import'];

test('an import is seen by its os_glance fields, in their order, and by the status of its steps', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const control = { authorization: `Bearer ${emulator.token}` };
    const clock = (body: JsonObject) => ask(emulator.url, 'POST', '/emulator/clock', body, control);
    const show = async (id: string) => (await owner.ask('GET', `${images}/${id}`)).json;
    const id = await create(owner, { zebra: '1', alpha: '2' });
    await owner.ask('PUT', `${images}/${id}/stage`, Buffer.from('abc'), bytesType);
    await clock({ pause: true });
    const body = { method: { name: 'glance-direct' } };
    assert.equal((await owner.ask('POST', `${images}/${id}/import`, body)).status, 202);
    const begun = await show(id);
    assert.deepEqual([begun['status'], own(begun)], ['uploading', ['os_glance_import_task']]);
    const again = await owner.ask('POST', `${images}/${id}/import`, body);
    assert.equal(again.status, 409);
    assert.match(again.text, /Image has active task/);
    await clock({ pause: false });
    assert.equal((await importEnd(emulator, owner, id))['status'], 'success');
    const done = await show(id);
    assert.deepEqual([done['status'], own(done)], ['active', lists]);
    assert.deepEqual(Object.keys(done).slice(0, 5), ['alpha', 'zebra', ...lists, 'name']);
    await clock({ pause: true });
    await admin.ask('POST', `${images}/${id}/import`, { method: { name: 'copy-image' }, stores: ['slow'] });
    assert.deepEqual(own(await show(id)), [...lists, 'os_glance_import_task']);
    const tasks = (await owner.ask('GET', `${images}/${id}/tasks`)).json['tasks'] as JsonObject[];
    assert.deepEqual(
      tasks.map(({ status, message, result }) => [status, message, result]),
      [
        ['success', 'Copied 0 MiB', { image_id: id }],
        ['pending', '', null],
      ],
    );
  });
});

test('an administrator sees every task, member for member as Glance shows them', async () => {
  await withUsers(async ({ owner, admin }, emulator) => {
    const id = await create(owner);
    await owner.ask('PUT', `${images}/${id}/stage`, Buffer.from('abc'), bytesType);
    await owner.ask('POST', `${images}/${id}/import`, { method: { name: 'glance-direct' } });
    const { id: task } = await importEnd(emulator, owner, id);
    assert.equal((await owner.ask('GET', `${base}/tasks`)).status, 403);
    const listed = (await admin.ask('GET', `${base}/tasks?limit=1`)).json;
    assert.deepEqual(Object.keys(listed), ['tasks', 'first', 'schema', 'next']);
    const [first] = listed['tasks'] as JsonObject[];
    const times = ['created_at', 'updated_at', 'self', 'schema'];
    assert.deepEqual(Object.keys(first ?? {}), ['id', 'type', 'status', 'owner', ...times, 'expires_at']);
    const shown = (await admin.ask('GET', `${base}/tasks/${String(task)}`)).json;
    assert.deepEqual(Object.keys(shown), [
      ...['id', 'input', 'type', 'status', 'owner', 'message', 'result', ...times],
      ...['image_id', 'request_id', 'user_id', 'expires_at'],
    ]);
    assert.deepEqual(shown['input'], {
      image_id: id,
      import_req: { method: { name: 'glance-direct' } },
      backend: ['fast'],
    });
    const refusals: [JsonObject, string][] = [
      [{}, "Task 'type' is required"],
      [{ type: 'import' }, "Task 'input' is required"],
      [
        { type: 'x', input: {} },
        "Provided object does not match schema 'task': 'x' is not one of ['import', 'api_image_import']",
      ],
      [
        { type: 'import', input: 5 },
        "Provided object does not match schema 'task': 5 is not of type 'null', 'object'",
      ],
      [{ type: 'import', input: {} }, 'Invalid location: None'],
      [
        { type: 'import', input: { import_from: 'file:///etc/passwd' } },
        'File based imports are not allowed. Please use a non-local source of image data.',
      ],
      [
        { type: 'import', input: { import_from: 'swift://x' } },
        "The given uri is not valid. Please specify a valid uri from the following list of supported uri ['http']",
      ],
    ];
    for (const [body, text] of refusals) {
      const refused = await admin.ask('POST', `${base}/tasks`, body);
      assert.deepEqual([refused.status, refused.text.split('\n')[2]], [400, text]);
    }
    const made = await admin.ask('POST', `${base}/tasks`, {
      type: 'import',
      input: { import_from: 'http://images.example.org/x' },
    });
    assert.deepEqual([made.status, made.json['message'], made.json['result']], [201, '', null]);
    assert.equal(typeof made.json['request_id'], 'string');
    await readEvents(
      emulator,
      'after=0',
      ({ data }) => data['id'] === made.json['id'] && JSON.stringify(data).includes('failure'),
    );
    const failed = (await admin.ask('GET', `${base}/tasks/${String(made.json['id'])}`)).json;
    assert.deepEqual(
      [failed['status'], failed['message'], failed['result']],
      ['failure', "Input does not contain 'import_from_format' field", null],
    );
    for (const [query, text] of [
      ['limit=x', 'limit param must be an integer'],
      ['limit=-1', 'limit param must be positive'],
      ['sort_key=x', 'Sort key supplied was not valid.'],
      ['sort_dir=x', 'Invalid sort direction: x'],
      ['type=api_image_import', 'Invalid type value: api_image_import'],
      ['marker=x', 'Invalid marker format'],
    ]) {
      const refused = await admin.ask('GET', `${base}/tasks?${query}`);
      assert.deepEqual([refused.status, refused.text.split('\n')[2]], [400, text], query);
    }
  });
});

test('x-openstack-image-size is held against the data from 2025.2 on', async () => {
  const sizes = async (release: string): Promise<unknown[]> => {
    const found: unknown[] = [];
    await withUsers(
      async ({ owner }) => {
        for (const [verb, size] of [
          ['file', '3'],
          ['file', '4'],
          ['file', '2'],
          ['file', 'three'],
          ['stage', '4'],
        ] as const) {
          const id = await create(owner);
          const headers = { ...bytesType, 'x-openstack-image-size': size };
          const { status, text } = await owner.ask(
            'PUT',
            `${images}/${id}/${verb}`,
            Buffer.from('abc'),
            headers,
          );
          found.push(status === 204 ? status : text.split('\n')[2]);
          if (status !== 204)
            assert.equal((await owner.ask('GET', `${images}/${id}`)).json['status'], 'queued');
        }
      },
      '--release',
      release,
    );
    return found;
  };
  assert.deepEqual(await sizes('2025.1'), [204, 204, 204, 204, 204]);
  assert.deepEqual(await sizes('2025.2'), [
    204,
    'Size mismatch: expected 4 bytes, got 3 bytes',
    'Size exceeds: expected 2 bytes, got 3 bytes',
    'Invalid or missing image size in request headers.',
    'Size mismatch: expected 4 bytes, got 3 bytes',
  ]);
});

test('a download may prefer stores from 2026.2 on', async () => {
  for (const [release, unknown] of [
    ['2026.1', 200],
    ['2026.2', 400],
  ] as const)
    await withUsers(
      async ({ owner }) => {
        const id = await create(owner);
        await upload(owner, id, Buffer.from('abc'));
        const get = (query: string) => owner.ask('GET', `${images}/${id}/file${query}`);
        assert.equal((await get('?prefer=slow,%20fast')).text, 'abc');
        const refused = await get('?prefer=fast,nowhere');
        assert.equal(refused.status, unknown);
        if (unknown === 400) assert.match(refused.text, /Store 'nowhere' is not configured\./);
      },
      '--release',
      release,
    );
});

test('readers download until Glance’s roles of before end with 2023.1', async () => {
  for (const [release, status] of [
    ['zed', 200],
    ['2023.1', 403],
  ] as const)
    await withUsers(
      async ({ owner, reader, admin }) => {
        const id = await create(owner);
        await upload(owner, id, Buffer.from('abc'));
        assert.equal((await reader.ask('GET', `${images}/${id}`)).status, 200);
        const refused = await reader.ask('GET', `${images}/${id}/file`);
        assert.equal(refused.status, status, release);
        if (status === 403)
          assert.match(refused.text, /You are not authorized to complete download_image action\./);
        assert.equal((await admin.ask('GET', `${images}/${id}/file`)).status, 200);
      },
      '--release',
      release,
    );
});
