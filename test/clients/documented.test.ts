/**
 * The documented ways of Rackspace's own clients, whose packages are no longer published: the requests of their quick
 * starts, in our words.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import { clientSession, type Round } from './programs.ts';

const needs = { packages: [], has: 'sh', profiles: ['rackspace'] } as const;

interface Told {
  readonly status: number;
  /** As they are written: these clients compare the names letter by letter. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

function ask(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const length = body.length > 0 ? { 'Content-Length': Buffer.byteLength(body) } : {};
    const asked = request(url, { method, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const raw = response.rawHeaders;
        const pairs = raw.flatMap((name, at): [string, string][] =>
          at % 2 ? [] : [[name, raw[at + 1] ?? '']],
        );
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: new Map(pairs), text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A request that must answer with a status. */
async function must(status: number, ...words: Parameters<typeof ask>): Promise<Told> {
  const told = await ask(...words);
  assert.equal(told.status, status, `${words[0]} ${words[1]}: ${told.status} ${told.text}`);
  return told;
}

interface SignedIn {
  readonly token: string;
  /** The address of a service in the region, by the catalogue's name for it. */
  endpoint(name: string, region?: string): string;
}

/** Version 2.0 with an API key, as pyrax, php-opencloud, jclouds and openstack.net do. */
async function signIn({ env }: Round): Promise<SignedIn> {
  const credentials = { username: 'owner', apiKey: env['API_KEY'] ?? '' };
  const body = JSON.stringify({ auth: { 'RAX-KSKEY:apiKeyCredentials': credentials } });
  const json = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const { text } = await must(200, 'POST', `${env['EMULATOR_URL']}/identity/v2.0/tokens`, json, body);
  const { token, serviceCatalog } = JSON.parse(text).access;
  assert.equal(token.tenant.id, '100001');
  return {
    token: token.id,
    endpoint: (name, region = 'DFW') => {
      const service = serviceCatalog.find((one: { name: string }) => one.name === name);
      const found = service.endpoints.find((one: { region: string }) => one.region === region);
      return found.publicURL;
    },
  };
}

clientSession('pyrax (documented requests)', needs, async (round) => {
  const { step } = round.steps;
  const { token, endpoint } = await signIn(round);
  const files = endpoint('cloudFiles');
  const cdn = endpoint('cloudFilesCDN');
  const auth = { 'X-Auth-Token': token };
  const json = { ...auth, 'Content-Type': 'application/json' };
  const run = (name: string, act: () => Promise<unknown>) => step.call(round.steps, name, act);
  await run('create_container', () => must(201, 'PUT', `${files}/example`, auth));
  await run('set_metadata', () =>
    must(204, 'POST', `${files}/example`, { ...auth, 'X-Container-Meta-Owner': 'me' }),
  );
  await run('get_metadata', async () => {
    const { headers } = await must(204, 'HEAD', `${files}/example`, auth);
    assert.equal(headers.get('X-Container-Meta-Owner'), 'me', [...headers.keys()].join());
    assert.equal(headers.get('X-Container-Object-Count'), '0');
  });
  await run('cdn_enabled of a container that is private', () => must(404, 'HEAD', `${cdn}/example`, auth));
  await run('list_public_containers', () => must(200, 'GET', `${cdn}?format=json`, auth));
  await run('store_object', async () => {
    const { headers } = await must(
      201,
      'PUT',
      `${files}/example/new%20object.txt`,
      { ...auth, 'Content-Type': 'text/plain' },
      'text',
    );
    const md5 = createHash('md5').update('text').digest('hex');
    assert.equal((headers.get('Etag') ?? headers.get('ETag'))?.replaceAll('"', ''), md5);
  });
  await run('get_objects', async () => {
    const { text } = await must(200, 'GET', `${files}/example?format=json&limit=10`, auth);
    assert.deepEqual(
      JSON.parse(text).map(({ name, bytes }: { name: string; bytes: number }) => [name, bytes]),
      [['new object.txt', 4]],
    );
  });
  await run('copy_object', () =>
    must(201, 'PUT', `${files}/example/copy`, {
      ...auth,
      'X-Copy-From': '/example/new%20object.txt',
      'Content-Length': '0',
    }),
  );
  await run('set_temp_url_key', () =>
    must(204, 'POST', files, { ...auth, 'X-Account-Meta-Temp-Url-Key': 'secret' }),
  );
  await run('get_temp_url', async () => {
    const path = `${new URL(files).pathname.replace(/^\/[^/]+\/object-store/, '')}/example/copy`;
    const expires = Math.floor(Date.now() / 1000) + 600;
    const signature = createHmac('sha1', 'secret').update(`GET\n${expires}\n${path}`).digest('hex');
    const { text } = await must(
      200,
      'GET',
      `${files}/example/copy?temp_url_sig=${signature}&temp_url_expires=${expires}`,
    );
    assert.equal(text, 'text');
  });
  await run('delete_object_in_seconds', () =>
    must(202, 'POST', `${files}/example/copy`, { ...auth, 'X-Delete-After': '3600' }),
  );
  await run('bulk_delete', async () => {
    const names = 'example/new%20object.txt\nexample/copy';
    const headers = { ...auth, 'Content-Type': 'text/plain', Accept: 'application/json' };
    const { text } = await must(200, 'DELETE', `${files}?bulk-delete=1`, headers, names);
    assert.equal(JSON.parse(text)['Number Deleted'], 2, text);
  });
  await run('delete_container', () => must(204, 'DELETE', `${files}/example`, auth));

  const images = endpoint('cloudImages');
  const image = `${images}/images/${round.env['IMAGE']}`;
  await run('images.list', async () => {
    const { text } = await must(200, 'GET', `${images}/images?limit=10&visibility=private`, auth);
    assert.equal(JSON.parse(text).images.length, 1, text);
  });
  await run('image.update', () => {
    const patch = [{ op: 'replace', path: '/name', value: 'renamed' }];
    const type = 'application/openstack-images-v2.1-json-patch';
    return must(200, 'PATCH', image, { ...auth, 'Content-Type': type }, JSON.stringify(patch));
  });
  await run('add_tag', () => must(204, 'PUT', `${image}/tags/web`, auth));
  await run('delete_tag', () => must(204, 'DELETE', `${image}/tags/web`, auth));
  await run('add_member', () =>
    must(200, 'POST', `${image}/members`, json, JSON.stringify({ member: '100002' })),
  );
  await run('list_members', async () => {
    const { text } = await must(200, 'GET', `${image}/members`, auth);
    assert.equal(JSON.parse(text).members[0].status, 'pending', text);
  });
  await run('delete_member', () => must(204, 'DELETE', `${image}/members/100002`, auth));
  await run('list_tasks', () => must(200, 'GET', `${images}/tasks`, auth));
  await run('import_task', () => {
    const input = { import_from: 'none/none.vhd', image_properties: { name: 'x' } };
    return must(201, 'POST', `${images}/tasks`, json, JSON.stringify({ type: 'import', input }));
  });
  await run('schemas', () => must(200, 'GET', `${images}/schemas/image`, auth));
  await run('image.delete', () => must(204, 'DELETE', image, auth));
});

clientSession('swiftly (documented requests)', needs, async (round) => {
  const { steps, env } = round;
  let auth: Record<string, string> = {};
  let files = '';
  await steps.step('auth v1.0', async () => {
    const headers = { 'X-Auth-User': 'owner', 'X-Auth-Key': env['API_KEY'] ?? '' };
    const told = await must(204, 'GET', `${env['EMULATOR_URL']}/identity/v1.0`, headers);
    auth = { 'X-Auth-Token': told.headers.get('X-Auth-Token') ?? '' };
    files = told.headers.get('X-Storage-Url') ?? '';
    assert.ok(told.headers.get('X-Cdn-Management-Url'), [...told.headers.keys()].join());
  });
  await steps.step('auth v1.0 with a wrong key', () =>
    must(401, 'GET', `${env['EMULATOR_URL']}/identity/v1.0`, { 'X-Auth-User': 'owner', 'X-Auth-Key': 'no' }),
  );
  await steps.step('put of the container and its segments', async () => {
    await must(201, 'PUT', `${files}/images`, auth);
    await must(201, 'PUT', `${files}/images_segments`, auth);
  });
  await steps.step('put of segments', async () => {
    for (const at of [0, 1])
      await must(201, 'PUT', `${files}/images_segments/disk.vhd/0000000${at}`, auth, `part ${at} `);
  });
  await steps.step('put of a manifest', () =>
    must(201, 'PUT', `${files}/images/disk.vhd`, {
      ...auth,
      'X-Object-Manifest': 'images_segments/disk.vhd/',
      'Content-Length': '0',
    }),
  );
  await steps.step('head', async () => {
    const { headers } = await must(200, 'HEAD', `${files}/images/disk.vhd`, auth);
    assert.equal(headers.get('X-Object-Manifest'), 'images_segments/disk.vhd/');
    assert.equal(headers.get('Content-Length'), '14');
  });
  await steps.step('get', async () => {
    assert.equal((await must(200, 'GET', `${files}/images/disk.vhd`, auth)).text, 'part 0 part 1 ');
  });
  await steps.step('get of the account', async () => {
    assert.match((await must(200, 'GET', `${files}/`, auth)).text, /^images\nimages_segments\n$/);
  });
  await steps.step('delete of all', async () => {
    await must(204, 'DELETE', `${files}/images/disk.vhd`, auth);
    for (const at of [0, 1])
      await must(204, 'DELETE', `${files}/images_segments/disk.vhd/0000000${at}`, auth);
    await must(204, 'DELETE', `${files}/images`, auth);
    await must(204, 'DELETE', `${files}/images_segments`, auth);
  });
});

clientSession('php-opencloud, jclouds and openstack.net (documented requests)', needs, async (round) => {
  const { steps } = round;
  const { token, endpoint } = await signIn(round);
  const files = endpoint('cloudFiles');
  const auth = { 'X-Auth-Token': token };
  await steps.step('the catalogue has each region', async () => {
    for (const region of ['DFW', 'ORD', 'IAD', 'LON', 'SYD', 'HKG'])
      assert.ok(endpoint('cloudImages', region));
  });
  await steps.step('php: createContainer with metadata', () =>
    must(201, 'PUT', `${files}/php`, { ...auth, 'X-Container-Meta-Foo': 'Bar' }),
  );
  await steps.step('php: getMetadata', async () => {
    assert.equal((await must(204, 'HEAD', `${files}/php`, auth)).headers.get('X-Container-Meta-Foo'), 'Bar');
  });
  await steps.step('php: setLogging and setReadPermissions', () =>
    must(204, 'POST', `${files}/php`, {
      ...auth,
      'X-Container-Meta-Access-Log-Delivery': 'True',
      'X-Container-Read': '.r:*',
    }),
  );
  await steps.step('php: unsetMetadata', () =>
    must(204, 'POST', `${files}/php`, { ...auth, 'X-Remove-Container-Meta-Foo': 'True' }),
  );
  await steps.step('php: uploadObject with a checksum', async () => {
    const etag = createHash('md5').update('text').digest('hex');
    await must(201, 'PUT', `${files}/php/a`, { ...auth, ETag: etag, 'X-Object-Meta-Author': 'me' }, 'text');
    await must(422, 'PUT', `${files}/php/a`, { ...auth, ETag: etag }, 'other');
  });
  await steps.step('php: getPartialObject', async () => {
    const { headers } = await must(200, 'HEAD', `${files}/php/a`, auth);
    assert.equal(headers.get('X-Object-Meta-Author'), 'me', [...headers.keys()].join());
  });
  await steps.step('php: account quota and counts', async () => {
    const { headers } = await must(204, 'HEAD', files, auth);
    assert.equal(headers.get('X-Account-Container-Count'), '1');
    assert.equal(headers.get('X-Account-Object-Count'), '1');
    assert.equal(headers.get('X-Account-Bytes-Used'), '4');
  });
  await steps.step('jclouds: list with a delimiter', async () => {
    await must(201, 'PUT', `${files}/php/dir/b`, auth, 'b');
    const { text } = await must(200, 'GET', `${files}/php?format=json&delimiter=/&prefix=`, {
      ...auth,
      Accept: 'application/json',
    });
    assert.deepEqual(
      JSON.parse(text).map((one: Record<string, string>) => one['name'] ?? one['subdir']),
      ['a', 'dir/'],
    );
  });
  await steps.step('jclouds: get if it was changed', async () => {
    const { headers } = await must(200, 'GET', `${files}/php/a`, auth);
    const since = headers.get('Last-Modified') ?? '';
    await must(304, 'GET', `${files}/php/a`, { ...auth, 'If-Modified-Since': since });
    await must(206, 'GET', `${files}/php/a`, { ...auth, Range: 'bytes=1-2' });
  });
  await steps.step('jclouds: images by version 2', async () => {
    const { text } = await must(200, 'GET', `${endpoint('cloudImages')}/images/${round.env['IMAGE']}`, auth);
    assert.equal(JSON.parse(text).status, 'active');
  });
  await steps.step('openstack.net: UpdateObjectMetadata', async () => {
    await must(202, 'POST', `${files}/php/a`, { ...auth, 'X-Object-Meta-Season': 'winter' });
    const { headers } = await must(200, 'HEAD', `${files}/php/a`, auth);
    assert.equal(headers.get('X-Object-Meta-Season'), 'winter');
    assert.equal(headers.get('X-Object-Meta-Author'), undefined);
  });
  await steps.step('openstack.net: CopyObject', () =>
    must(201, 'COPY', `${files}/php/a`, { ...auth, Destination: 'php/c' }),
  );
  await steps.step('openstack.net: DeleteContainer with its objects', async () => {
    await must(409, 'DELETE', `${files}/php`, auth);
    for (const name of ['a', 'c', 'dir/b']) await must(204, 'DELETE', `${files}/php/${name}`, auth);
    await must(204, 'DELETE', `${files}/php`, auth);
  });
});
