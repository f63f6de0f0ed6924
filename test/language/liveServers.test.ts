import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** The editor judges manifests of servers by the live server, its flavor and its image. */
const root = import.meta.dirname;
const id = '9f1d3c5a-2b47-4f6e-8a90-1c2d3e4f5a6b';
const imageId = 'ca5e7f11-5d57-4dd7-8ace-03ab647fe6c6';
const standard = { id: '4', class: 'standard1', ram: 2048, disk: 80, ephemeral: 0, vcpus: 2 };
let live: JsonObject;
let flavors: readonly object[];
let quota: object | undefined;
const plain: JsonObject = { id: imageId, status: 'active', min_ram: 4096, min_disk: 0 };
let base = plain;
let language: LanguageServer;

before(async () => {
  language = await startLanguageServer({
    root,
    requests: {
      'cloudImages/liveServer': ({ id: asked, name }: { id?: string; name?: string }) =>
        asked === id || name === 'web' ? live : { none: true },
      'cloudImages/flavor': () => ({ flavors, ...(quota ? { quota } : {}) }),
      'cloudImages/liveImage': ({ id: asked }: { id?: string }) => (asked ? { image: base } : { none: true }),
    },
  });
});
after(() => language.close());

let serial = 0;
async function found(kind: string, text: string): Promise<string[]> {
  await language.connection.sendNotification('cloudImages/imagesChanged', {});
  const document = language.open(join(root, `${serial++}.${kind}.yaml`), text);
  return (await document.diagnostics()).map(({ code }) => String(code)).sort();
}

test('an image of a server is judged by the live server, named by id or name', async () => {
  const text = (server: string) => `createImage: { name: web }\nserver: ${server}\n`;
  live = { server: { id, flavor: '4', boot_volume: false, vm_state: 'active', task_state: null } };
  assert.deepEqual(await found('server-image', text(`{ id: ${id} }`)), ['server-image/age']);
  live = {
    server: { id, flavor: 'x', boot_volume: true, vm_state: 'active', task_state: 'image_uploading' },
    flavors: [{ ...standard, id: 'x', class: 'onmetal' }],
  };
  for (const server of [`{ id: ${id} }`, '{ name: web }'])
    assert.deepEqual(await found('server-image', text(server)), [
      'server-image/boot-volume',
      'server-image/busy',
      'server-image/onmetal',
    ]);
  live = { server: { id, flavor: 'x', vm_state: 'error', task_state: null } };
  assert.deepEqual(await found('server-image', text('{ name: web }')), ['server-image/state']);
  assert.deepEqual(await found('server-image', text('{ id: other }')), ['server-image/server']);
  live = { unavailable: 'No cloud is connected.' };
  assert.deepEqual(await found('server-image', text('{ name: web }')), []);
});

test('what the manifest says of the disk stays, and the images that were taken come from the cloud', async () => {
  const text = `createImage: { name: web }\nserver: { id: ${id}, disk: { largest_gb: 30 } }\n`;
  live = { server: { id, flavor: 'general1-2', vm_state: 'active', task_state: null } };
  assert.deepEqual(await found('server-image', text), []);
  live = { server: { id, flavor: 'general1-2', vm_state: 'active', disk: { images_taken: 100 } } };
  assert.deepEqual(await found('server-image', text), ['server-image/near-limit']);
});

test('a server is judged by the flavors of the cloud', async () => {
  const text = `server: { name: web, imageRef: ${imageId}, flavorRef: f1 }\n`;
  flavors = [];
  assert.deepEqual(await found('server', text), ['server/flavor-ref']);
  flavors = [{ ...standard, id: 'f1', ram: 2048 }];
  assert.deepEqual(await found('server', text), ['server/ram']);
  flavors = [{ ...standard, id: 'f1', ram: 8192 }];
  assert.deepEqual(await found('server', text), []);
});

test('an export of an image of others is cured by a copy, for clients with our commands alone', async () => {
  const text = `type: export\ninput: { image_uuid: ${imageId}, receiving_swift_container: exports }\n`;
  const offers = async (commands: boolean): Promise<unknown[]> => {
    const client = await startLanguageServer({
      root,
      commands,
      requests: {
        'cloudImages/liveImage': () => ({ image: { id: imageId, status: 'active', visibility: 'public' } }),
      },
    });
    const document = client.open(join(root, 'copy.image-export.yaml'), text);
    const problem = (await document.diagnostics()).find(({ code }) => code === 'export/owner');
    assert.ok(problem);
    const actions = await document.actions(problem.range);
    await client.close();
    return actions.flatMap(({ command }) =>
      command?.command === 'cloudImages.images.copyOwn' ? [command.arguments] : [],
    );
  };
  assert.deepEqual(await offers(true), [[imageId]]);
  assert.deepEqual(await offers(false), []);
});

test('a server behind an import is judged by the image that it makes', async () => {
  const text = (image: string) =>
    `type: import\ninput: { import_from: exports/none.vhd, image_properties: { name: w } }\n---\n${image}---\nserver: { name: web, flavorRef: f1 }\n`;
  flavors = [{ ...standard, id: 'f1', ram: 2048 }];
  const ofServer = async (image: string) =>
    (await found('image-import', text(image))).filter((code) => code.startsWith('server/'));
  const prepared = 'vm_mode: hvm, xenapi_use_agent: "False"';
  assert.deepEqual(await ofServer(`{ name: w, ${prepared} }\n`), ['server/service-level']);
  assert.deepEqual(await ofServer(`{ name: w, min_ram: 4096, ${prepared} }\n`), [
    'server/ram',
    'server/service-level',
  ]);
  assert.deepEqual(await ofServer('{ name: w }\n'), [
    'server/agent',
    'server/service-level',
    'server/vm-mode',
  ]);
});

test('a server is refused over the quota; those of the documents before count', async () => {
  const server = `server: { name: web, imageRef: ${imageId}, flavorRef: f1 }\n`;
  flavors = [{ ...standard, id: 'f1', ram: 8192 }];
  quota = { limits: { instances: 2, cores: -1, ram: -1 }, used: { instances: 1, cores: 2, ram: 1024 } };
  assert.deepEqual(await found('server', server), []);
  assert.deepEqual(await found('server', `${server}---\n${server}`), ['server/quota']);
  const refused = server.replace('name: web', 'name: ""');
  assert.deepEqual(await found('server', `${refused}---\n${server}`), ['server/name']);
  quota = undefined;
});

test('documents behind an image of a server are judged by the image that is taken', async () => {
  const licensed = { id: imageId, status: 'active', 'com.rackspace__1__options': '4', os_type: 'windows' };
  base = licensed;
  live = { server: { id, image: imageId, flavor: '4', boot_volume: false, vm_state: 'active' } };
  const behind = (server: string) => `createImage: { name: of web }
server: ${server}
---
{ name: of web, min_ram: 1024, os_type: linux }
---
[{ op: remove, path: /absent }]
---
{ type: export, input: { receiving_swift_container: exports } }
`;
  const errors = ['export/licence', 'patch/missing', 'property/protected'];
  const judged = async (text: string) =>
    (await found('server-image', text)).filter((code) => !/^server-image|unchecked$/.test(code));
  assert.deepEqual(await judged(behind('{ name: web }')), errors);
  const built = `server: { name: web, imageRef: ${imageId}, flavorRef: f1 }\n---\n`;
  live = { none: true };
  assert.deepEqual(await judged(built + behind('{ name: web }')), errors);
  // Of a server that is not known nobody can say what its image inherits.
  live = { unavailable: 'No cloud is connected.' };
  assert.deepEqual(await judged(behind('{ name: web }')), ['property/protected']);
});
