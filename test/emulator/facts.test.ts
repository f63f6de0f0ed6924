import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, logIn, patchType, withEmulator } from './harness.ts';
import { create, images, withUsers } from './plain.ts';

/** What the sources state of the services as they answer everybody; server/rules/COVERAGE-facts.md says where. */

const dfw = '/dfw/image/v2';
const opened = new URL('../fixtures/opened.cloud-images.json', import.meta.url).pathname;

test('answers are JSON whatever is accepted; errors take the form that is', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const accepting = (accept: string, path: string) => owner.ask('GET', dfw + path, undefined, { accept });
    for (const accept of ['application/xml', 'text/html', '*/*'])
      assert.match(
        (await accepting(accept, '/images?limit=1')).headers.get('content-type') ?? '',
        /^application\/json/,
        accept,
      );
    const none = '/images/00000000-0000-4000-8000-000000000000';
    const asJson = await accepting('application/json', none);
    assert.deepEqual([asJson.json['code'], asJson.json['title']], ['404 Not Found', 'Not Found']);
    assert.match((await accepting('text/html', none)).text, /^<html>\s*<head>\s*<title>404 Not Found/);
    const plain = await accepting('text/csv', none);
    assert.match(plain.headers.get('content-type') ?? '', /^text\/plain/);
    assert.match(plain.text, /^404 Not Found\n\nNo image found with ID .*\n\n {3}$/);
    assert.match(plain.headers.get('x-openstack-request-id') ?? '', /^req-[0-9a-f-]{36}$/);
    const unknown = await ask(url, 'GET', `${dfw}/images`);
    assert.equal(unknown.status, 401);
    assert.match(unknown.headers.get('www-authenticate') ?? '', /^Keystone uri="http/);
  });
});

test('schemas at Rackspace say what its service takes', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const schema = async (name: string) => (await owner.ask('GET', `${dfw}/schemas/${name}`)).json;
    const image = await schema('image');
    const properties = image['properties'] as Record<string, JsonObject>;
    assert.deepEqual(image['additionalProperties'], { type: 'string' });
    assert.equal(properties['name']?.['maxLength'], 255);
    assert.equal(properties['checksum']?.['maxLength'], 32);
    assert.deepEqual(properties['tags']?.['items'], { type: 'string', maxLength: 255 });
    assert.deepEqual(new Set(properties['visibility']?.['enum'] as string[]), new Set(['public', 'private']));
    const containers = properties['container_format']?.['enum'] as string[];
    assert.ok(['ami', 'ari', 'aki', 'bare', 'ovf', 'ova'].every((one) => containers.includes(one)));
    const disks = properties['disk_format']?.['enum'] as string[];
    assert.ok(['vhd', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso'].every((one) => disks.includes(one)));
    const task = (await schema('task'))['properties'] as Record<string, JsonObject>;
    assert.deepEqual(task['type']?.['enum'], ['import', 'export']);
    assert.deepEqual(task['status']?.['enum'], ['pending', 'processing', 'success', 'failure']);
    const listed = Object.keys((await schema('images'))['properties'] as JsonObject);
    for (const name of ['images', 'first', 'next', 'schema']) assert.ok(listed.includes(name), name);
  });
});

test('base images carry the properties of their families', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const { json } = await owner.ask('GET', `${dfw}/images?limit=1000`);
    const list = json['images'] as JsonObject[];
    const named = (name: string) => list.find((image) => String(image['name']).startsWith(name)) ?? {};
    const centos = named('CentOS 7');
    const expected: JsonObject = {
      owner: '657197',
      visibility: 'public',
      container_format: 'ovf',
      disk_format: 'vhd',
      min_disk: 20,
      min_ram: 512,
      image_type: 'base',
      os_type: 'linux',
      os_distro: 'centos',
      vm_mode: 'hvm',
      auto_disk_config: 'disabled',
      cache_in_nova: 'True',
      flavor_classes: '*,!onmetal',
      'com.rackspace__1__options': '0',
      'com.rackspace__1__release_id': '220',
      'com.rackspace__1__source': 'kickstart',
      'com.rackspace__1__platform_target': 'PublicCloud',
      'com.rackspace__1__build_core': '1',
      'org.openstack__1__os_version': '7',
      'org.openstack__1__architecture': 'x64',
      'org.openstack__1__os_distro': 'org.centos',
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(centos[name], value, name);
    assert.equal(named('CentOS 6 (PV)')['vm_mode'], 'xen');
    const options = (name: string) => named(name)['com.rackspace__1__options'];
    assert.deepEqual(
      [
        'Red Hat',
        'Windows Server 2012 R2',
        'Windows Server 2012 + SQL Server 2012 SP1 Standard',
        'Vyatta',
      ].map(options),
      ['1', '4', '12', '64'],
    );
    const windows = named('Windows Server 2012 R2');
    assert.deepEqual(
      ['vm_mode', 'min_disk', 'os_type', 'org.openstack__1__os_distro', 'hypervisor_type'].map(
        (name) => windows[name],
      ),
      [undefined, 40, 'windows', 'com.microsoft.server', 'xen'],
    );
    assert.deepEqual(
      ['hypervisor_version_requires', 'xenapi_device_id', 'rax_activation_profile'].map(
        (name) => windows[name],
      ),
      ['>=6.1', '0002', 'windows'],
    );
    const redHat = named('Red Hat');
    assert.deepEqual(
      [redHat['org.openstack__1__os_distro'], redHat['rax_activation_profile']],
      ['com.redhat', 'redhat'],
    );
    for (const image of list)
      assert.match(String(image['com.rackspace__1__release_build_date']), /^\d{4}(-\d\d){2}_\d\d(-\d\d){2}$/);
  });
});

test('media types, methods and tasks that are none are refused as the guide says', async () => {
  await withEmulator([], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    const { json } = await owner.ask('GET', `${dfw}/images?limit=1`);
    const path = `${dfw}/images/${String((json['images'] as JsonObject[])[0]?.['id'])}`;
    const typed = await owner.ask('PATCH', path, [], { 'content-type': 'application/json' });
    assert.equal(typed.status, 415);
    assert.match(typed.headers.get('accept-patch') ?? '', /v2\.0-json-patch, .*v2\.1-json-patch$/);
    assert.equal((await owner.ask('GET', '/dfw/image')).status, 300);
    assert.equal((await owner.ask('GET', '/dfw/image/versions')).status, 200);
    const input = { import_from: 'exports/none.vhd', import_from_format: 'vhd', image_properties: {} };
    const made = await owner.ask('POST', `${dfw}/tasks`, { type: 'import', input });
    assert.deepEqual([made.status, made.json['message'], made.json['expires_at']], [201, '', undefined]);
    assert.deepEqual(made.json['input'], input);
    assert.match(String(made.json['created_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { json: tasks } = await owner.ask('GET', `${dfw}/tasks`);
    const [entry = {}] = tasks['tasks'] as JsonObject[];
    assert.equal(entry['id'], made.json['id']);
    for (const name of ['input', 'result', 'message']) assert.ok(!Object.hasOwn(entry, name), name);
    const gone = await owner.ask('DELETE', `${dfw}/tasks/${String(made.json['id'])}`);
    assert.deepEqual([gone.status, gone.headers.get('allow')], [405, 'GET']);
    for (const [body, text] of [
      [{ type: 'import' }, /Task 'input' is required/],
      [{ input }, /Task 'type' is required/],
      [{ type: 'copy', input }, /type/],
    ] as const) {
      const refused = await owner.ask('POST', `${dfw}/tasks`, body);
      assert.equal(refused.status, 400);
      assert.match(refused.text, text);
    }
    const keystone = await ask(url, 'GET', '/identity');
    assert.equal(keystone.status, 300);
    assert.match(keystone.text, /"id":"v3\.\d+","status":"stable"/);
    assert.match((await ask(url, 'GET', '/identity/v3')).text, /"rel":"self","href":"http/);
  });
});

test('customers change what the guide lets them, and of several roles the most permissive counts', async () => {
  await withEmulator(['--seed', 'empty', '--config', opened], async ({ url, token }) => {
    const owner = await logIn(url, 'owner');
    const made = await owner.ask('POST', `${dfw}/images`, { disk_format: 'vhd', container_format: 'ovf' });
    assert.equal(made.status, 201, made.text);
    const path = `${dfw}/images/${String(made.json['id'])}`;
    const allowed: JsonObject = {
      name: 'web',
      tags: ['a'],
      protected: false,
      min_disk: 20,
      min_ram: 512,
      auto_disk_config: 'True',
      os_distro: 'debian',
      os_version: '12',
      kernel_id: '00000000-0000-4000-8000-000000000000',
      vm_mode: 'hvm',
      img_config_drive: 'mandatory',
      xenapi_use_agent: 'False',
      'com.mycompany.team': 'blue',
    };
    const add = ([name, value]: [string, JsonObject[string]]) => ({ op: 'add', path: `/${name}`, value });
    const changed = await owner.ask('PATCH', path, Object.entries(allowed).map(add), patchType);
    assert.equal(changed.status, 200, changed.text);
    for (const [name, value] of Object.entries(allowed)) assert.deepEqual(changed.json[name], value, name);

    const restricted =
      'id checksum created_at file schema self size status updated_at image_type location os_type owner user_id deleted deleted_at virtual_size';
    for (const name of restricted.split(' '))
      assert.equal((await owner.ask('PATCH', path, [add([name, 'x'])], patchType)).status, 403, name);

    assert.equal((await owner.ask('PUT', `${path}/tags/`)).status, 404, 'an empty tag');
    assert.equal((await owner.ask('PUT', `${path}/tags//?:*@!`)).status, 404, 'what a URL reserves');
    assert.match((await owner.ask('GET', path)).text, /"tags":\["a"\]/);

    const both = { name: 'both', password: 'p', apiKey: 'k', account: '100001' };
    const person = { ...both, roles: ['observer', 'cloudImages:admin'] };
    const control = { authorization: `Bearer ${token}` };
    assert.equal((await ask(url, 'POST', '/emulator/users', person, control)).status, 201);
    const permissive = await logIn(url, 'both', 'p');
    assert.equal((await permissive.ask('PATCH', path, [add(['name', 'b'])], patchType)).status, 200);
    const observer = await logIn(url, 'observer');
    assert.equal((await observer.ask('PATCH', path, [add(['name', 'c'])], patchType)).status, 403);
  });
});

test('an image shows its members in Glance’s order, a page has 25 or what is asked up to 1000, and the 129th tag is one too many', async () => {
  await withUsers(
    async ({ owner }) => {
      const id = await create(owner, { name: 'web', team: 'blue', tags: ['t0'] });
      assert.deepEqual(
        Object.keys((await owner.ask('GET', `${images}/${id}`)).json),
        'team name disk_format container_format visibility size virtual_size status checksum protected min_ram min_disk owner os_hidden os_hash_algo os_hash_value id created_at updated_at tags self file schema'.split(
          ' ',
        ),
      );
      const tag = async (at: number) => (await owner.ask('PUT', `${images}/${id}/tags/t${at}`)).status;
      const fill = Array.from({ length: 128 }, (_, at) => `t${at}`);
      const all = [{ op: 'replace', path: '/tags', value: fill }];
      assert.equal((await owner.ask('PATCH', `${images}/${id}`, all, patchType)).status, 200);
      assert.equal(await tag(5), 204, 'it is there already');
      const over = await owner.ask('PUT', `${images}/${id}/tags/t128`);
      assert.equal(over.status, 413);
      assert.match(
        over.text,
        /Image tag limit exceeded for image .*allowed image tags\. Attempted: 129, Maximum: 128/,
      );
      for (let at = 0; at < 25; at += 1) await create(owner);
      const { json } = await owner.ask('GET', images);
      const page = json['images'] as JsonObject[];
      assert.equal(page.length, 25);
      assert.equal(json['next'], `/v2/images?marker=${String(page.at(-1)?.['id'])}`);
      const rest = (await owner.ask('GET', `/regionone/image${String(json['next'])}`)).json;
      assert.deepEqual([(rest['images'] as JsonObject[]).length, rest['next']], [1, undefined]);
      for (let some = 0; some < 10; some += 1)
        await Promise.all(Array.from({ length: 98 }, () => create(owner)));
      const { json: most } = await owner.ask('GET', `${images}?limit=5000`);
      const last = String((most['images'] as JsonObject[]).at(-1)?.['id']);
      assert.equal((most['images'] as JsonObject[]).length, 1000);
      assert.equal(most['next'], `/v2/images?limit=5000&marker=${last}`);
    },
    '--seed',
    'empty',
  );
});
