import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../server/rules/json.ts';
import { logIn, withEmulator } from './harness.ts';
import { base, withUsers } from './plain.ts';

const namespaces = `${base}/metadefs/namespaces`;

test('the catalogue: namespaces by page and filter, one with its definitions, schemas, resource types', async () => {
  await withUsers(async ({ owner, reader }) => {
    const list = async (query: string) =>
      JSON.parse((await owner.ask('GET', `${namespaces}?${query}`)).text) as {
        namespaces: { namespace: string; resource_type_associations: { name: string }[] }[];
        next?: string;
        first: string;
      };
    const names = async (query: string) => (await list(query)).namespaces.map(({ namespace }) => namespace);
    const all = await names('limit=100&sort_key=namespace&sort_dir=asc');
    assert.deepEqual(all, [...all].sort());
    for (const name of ['OS::Compute::Watchdog', 'OS::Compute::VirtCPUTopology', 'OS::Software::Databases'])
      assert.ok(all.includes(name), name);

    const paged: string[] = [];
    let next: string | undefined = 'limit=3&sort_key=namespace&sort_dir=asc';
    while (next !== undefined) {
      const page = await list(next);
      assert.equal(page.first, '/v2/metadefs/namespaces?limit=3&sort_key=namespace&sort_dir=asc');
      paged.push(...page.namespaces.map(({ namespace }) => namespace));
      next = page.next?.split('?')[1];
    }
    assert.deepEqual(paged, all);
    assert.deepEqual(await names('visibility=private'), []);
    assert.deepEqual((await names('resource_types=OS::Nova::Server')).sort(), [
      'OS::Software::Databases',
      'OS::Software::WebServers',
    ]);

    const watchdog = `${namespaces}/OS::Compute::Watchdog`;
    const plain = (await reader.ask('GET', watchdog)).json;
    assert.deepEqual(Object.keys(plain['properties'] ?? {}), ['watchdog_action']);
    const onImage = (await owner.ask('GET', `${watchdog}?resource_type=OS::Glance::Image`)).json;
    assert.deepEqual(Object.keys(onImage['properties'] ?? {}), ['hw_watchdog_action']);
    assert.equal((await owner.ask('GET', `${watchdog}/properties/watchdog_action`)).json['type'], 'string');
    const databases = `${namespaces}/OS::Software::Databases`;
    assert.equal(
      (await owner.ask('GET', `${databases}/objects/MySQL`)).json['schema'],
      '/v2/schemas/metadefs/object',
    );
    const { tags } = (await owner.ask('GET', `${databases}/tags`)).json;
    assert.deepEqual(tags, [{ name: 'MySQL' }, { name: 'PostgreSQL' }, { name: 'Redis' }]);
    const types = JSON.parse((await owner.ask('GET', `${base}/metadefs/resource_types`)).text);
    assert.ok(types.resource_types.some(({ name }: { name: string }) => name === 'OS::Glance::Image'));
    for (const one of ['namespace', 'resource_type', 'property', 'object', 'tag']) {
      const schema = await owner.ask('GET', `${base}/schemas/metadefs/${one}`);
      assert.equal(schema.status, 200);
      assert.ok(Object.keys(schema.json['properties'] ?? {}).length > 0, one);
    }
    for (const many of ['namespaces', 'resource_types', 'properties', 'objects', 'tags'])
      assert.equal((await owner.ask('GET', `${base}/schemas/metadefs/${many}`)).status, 200);

    for (const [query, status] of [
      ['limit=x', 400],
      ['limit=-1', 400],
      ['sort_dir=up', 400],
      ['sort_key=owner', 400],
      ['visibility=shared', 400],
      ['marker=none', 404],
    ] as const)
      assert.equal((await owner.ask('GET', `${namespaces}?${query}`)).status, status, query);
    assert.equal((await owner.ask('GET', `${namespaces}/none`)).status, 404);
    assert.equal((await owner.ask('GET', `${watchdog}/objects/none`)).status, 404);
    assert.equal((await owner.ask('GET', `${watchdog}/others`)).status, 404);
    assert.equal((await owner.ask('PATCH', watchdog)).status, 405);
  });
});

test('definitions are written by the administrator, once each, and go with their namespace', async () => {
  await withUsers(async ({ owner, partner, admin }) => {
    const whole = {
      namespace: 'Com::Example',
      display_name: 'Example',
      owner: '100001',
      properties: { colour: { title: 'Colour', type: 'string', enum: ['red', 'blue'] } },
      objects: [{ name: 'Thing', required: ['a'], properties: { a: { title: 'A', type: 'integer' } } }],
      tags: [{ name: 'one' }],
      resource_type_associations: [{ name: 'OS::Glance::Image', prefix: 'x_' }],
    };
    assert.equal((await owner.ask('POST', namespaces, whole)).status, 403);
    const made = await admin.ask('POST', namespaces, whole);
    assert.equal(made.status, 201, made.text);
    assert.match(made.headers.get('location') ?? '', /\/v2\/metadefs\/namespaces\/Com%3A%3AExample$/);
    assert.equal(made.json['visibility'], 'private');
    assert.equal((await admin.ask('POST', namespaces, whole)).status, 409);
    const one = `${namespaces}/Com::Example`;
    assert.equal((await owner.ask('GET', one)).status, 200);
    assert.equal((await partner.ask('GET', one)).status, 404);
    assert.equal((await partner.ask('GET', `${one}/tags`)).status, 404);
    const prefixed = (await owner.ask('GET', `${one}?resource_type=OS::Glance::Image`)).json;
    assert.deepEqual(JSON.parse(JSON.stringify(prefixed['objects']))[0].required, ['x_a']);

    const refused: [string, string, Json, number][] = [
      ['POST', namespaces, { display_name: 'x' }, 400],
      ['POST', namespaces, { namespace: 'x'.repeat(81) }, 400],
      ['POST', namespaces, { namespace: 'x', visibility: 'shared' }, 400],
      ['POST', namespaces, { namespace: 'x', colour: 'red' }, 400],
      ['POST', namespaces, { namespace: 'x', created_at: '2020-01-01T00:00:00Z' }, 403],
      ['POST', namespaces, [], 400],
      ['POST', `${one}/properties`, { name: 'colour', title: 'C', type: 'string' }, 409],
      ['POST', `${one}/properties`, { name: 'size', title: 'S', type: 'colour' }, 400],
      ['POST', `${one}/properties`, { name: 'size', type: 'string' }, 400],
      ['POST', `${one}/objects`, { name: 'Thing' }, 409],
      ['POST', `${one}/objects`, {}, 400],
      ['POST', `${one}/resource_types`, { name: 'OS::Glance::Image' }, 409],
      ['POST', `${one}/tags`, { name: 'x' }, 400],
      ['POST', `${one}/tags`, { tags: [{ name: 'a' }, { name: 'a' }] }, 409],
      ['POST', `${namespaces}/none/objects`, { name: 'Thing' }, 404],
      ['PUT', `${namespaces}/none`, { namespace: 'none' }, 404],
      ['PUT', one, { namespace: 'OS::Compute::Watchdog' }, 409],
      ['PUT', `${one}/objects/none`, { name: 'none' }, 404],
    ];
    for (const [method, path, body, status] of refused) {
      const answer = await admin.ask(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${JSON.stringify(body)}: ${answer.text}`);
      assert.equal((await owner.ask(method, path, body)).status, 403);
    }
    // The refused list of tags left the old one.
    assert.deepEqual((await owner.ask('GET', `${one}/tags`)).json['tags'], [{ name: 'one' }]);

    const put = (path: string, body: Json) => admin.ask('PUT', path, body);
    assert.equal((await put(`${one}/objects/Thing`, { name: 'Other' })).json['name'], 'Other');
    assert.equal((await owner.ask('GET', `${one}/objects/Thing`)).status, 404);
    assert.equal((await put(`${one}/tags/one`, { name: 'two' })).status, 200);
    assert.equal((await admin.ask('POST', `${one}/tags/three`)).status, 201);
    assert.equal((await admin.ask('POST', `${one}/tags/three`)).status, 409);
    assert.equal((await admin.ask('POST', `${one}/tags`, { tags: [{ name: 'a' }] })).status, 201);
    assert.deepEqual((await owner.ask('GET', `${one}/tags`)).json['tags'], [{ name: 'a' }]);
    const renamed = await put(one, { namespace: 'Com::Renamed', visibility: 'public', protected: true });
    assert.equal(renamed.status, 200, renamed.text);
    const now = `${namespaces}/Com::Renamed`;
    assert.equal((await partner.ask('GET', `${now}/objects/Other`)).status, 200);
    for (const path of [now, `${now}/objects`, `${now}/objects/Other`, `${now}/properties/colour`])
      assert.equal((await admin.ask('DELETE', path)).status, 403, path);
    assert.equal((await put(now, { namespace: 'Com::Renamed', visibility: 'public' })).status, 200);
    for (const path of [
      `${now}/properties/colour`,
      `${now}/resource_types/OS::Glance::Image`,
      `${now}/tags/a`,
      `${now}/objects`,
    ]) {
      assert.equal((await owner.ask('DELETE', path)).status, 403, path);
      assert.equal((await admin.ask('DELETE', path)).status, 204, path);
    }
    assert.equal((await admin.ask('DELETE', `${now}/tags/a`)).status, 404);
    assert.deepEqual((await owner.ask('GET', `${now}/properties`)).json, { properties: {} });
    assert.equal((await admin.ask('DELETE', now)).status, 204);
    assert.equal((await admin.ask('DELETE', now)).status, 404);
    assert.equal((await admin.ask('POST', namespaces, whole)).status, 201);
  });
});

test('Rackspace has no metadata definitions', async () => {
  await withEmulator(['--seed', 'empty'], async ({ url }) => {
    const owner = await logIn(url, 'owner');
    for (const path of ['metadefs/namespaces', 'metadefs/resource_types', 'schemas/metadefs/namespace'])
      assert.equal((await owner.ask('GET', `/dfw/image/v2/${path}`)).status, 404);
  });
});
