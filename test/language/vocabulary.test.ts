import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CloudVocabulary } from '../../server/rules/profile/vocabulary.ts';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

const told: CloudVocabulary = {
  cloud: 'acme, one',
  readAt: '2026-11-20T08:00:00Z',
  isCurrent: true,
  required: ['os_purpose', 'name'],
  properties: {
    rack: { type: 'string', values: ['north', 'south'], description: 'Where it may run.' },
    copies: { type: 'integer', minimum: 1 },
    os_purpose: { type: 'string', values: ['generic', 'minimal'] },
  },
  stores: ['ceph', 'file'],
  methods: ['glance-direct', 'web-download'],
  volumeTypes: ['ssd', 'hdd'],
};

let root: string;
let server: LanguageServer;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloud-images-vocabulary-'));
  await writeFile(join(root, '.cloud-images.json'), '{ "profile": "openstack" }');
  server = await startLanguageServer({ root });
});
after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

async function judge(vocabulary: CloudVocabulary | null, text: string): Promise<string[]> {
  await server.connection.sendNotification('cloudImages/vocabulary', vocabulary);
  const document = server.open(join(root, 'web.image.yaml'), text);
  const found = await document.diagnostics();
  await document.close();
  return found
    .filter(({ code }) => String(code).startsWith('cloud/'))
    .map(({ code, severity, message }) => `${severity} ${String(code)} ${message}`);
}

const manifest = `name: web
disk_format: raw
container_format: bare
rack: west
copies: "0"
cinder_img_volume_type: sdd
source:
  file: web.raw
  method: copy-image
  stores: [cepf]
`;

test('a manifest is judged by what the connected cloud tells', async () => {
  assert.deepEqual(await judge(told, manifest), [
    "1 cloud/required The cloud (acme, one) requires 'os_purpose' of new images. Add it.",
    "3 cloud/definition The cloud (acme, one) defines 'rack' as one of north, south; 'west' is not.",
    "3 cloud/definition The cloud (acme, one) defines 'copies' as a number of at least 1; '0' is not.",
    "2 cloud/volume-type The cloud (acme, one) has no volume type 'sdd': it has ssd, hdd.",
    "1 cloud/method The cloud (acme, one) has no import method 'copy-image': it has upload, glance-direct, web-download.",
    "1 cloud/store The cloud (acme, one) has no store 'cepf': it has ceph, file.",
  ]);
  assert.deepEqual(await judge(null, manifest), []);
});

test('without the cloud its age is said, and nothing is an error', async () => {
  const found = await judge({ ...told, isCurrent: false }, manifest);
  assert.equal(found.length, 6);
  for (const finding of found) {
    assert.match(finding, /The cloud \(acme, one, as of 2026-11-20\)/);
    assert.doesNotMatch(finding, /^1/);
  }
});

test('names, values, stores and types are completed and explained from what the cloud tells', async () => {
  await server.connection.sendNotification('cloudImages/vocabulary', told);
  const at = async (text: string): Promise<string[]> => {
    const document = server.open(join(root, 'web.image.yaml'), text.replace('|', ''));
    const items = await document.complete(text.indexOf('|'));
    await document.close();
    return items.map(({ label }) => label);
  };
  const names = await at('name: web\n|');
  assert.ok(names.includes('rack') && names.includes('hw_disk_bus'), names.join(' '));
  assert.equal(names.filter((name) => name === 'os_purpose').length, 1);
  assert.deepEqual(await at('name: web\nrack: |'), ['north', 'south']);
  assert.deepEqual(await at('name: web\ncinder_img_volume_type: |'), ['ssd', 'hdd']);
  assert.deepEqual(await at('name: web\nsource:\n  file: a.raw\n  stores:\n    - |'), ['ceph', 'file']);
  assert.deepEqual(await at('name: web\nsource:\n  file: a.raw\n  method: |'), [
    ...['upload', 'glance-direct', 'web-download'],
  ]);
  const document = server.open(join(root, 'web.image.yaml'), 'name: web\nrack: north\n');
  const hover = JSON.stringify(await document.hover('name: web\nra'.length));
  await document.close();
  assert.match(hover, /Where it may run\..*Defined by the cloud \(acme, one\)/);
});

test('what the project asks is completed and explained too', async () => {
  const policies = [
    { property: 'os_purpose', required: true, values: ['generic'], message: 'Say what it is for.' },
    { property: 'org.example.team', pattern: '[a-z]+' },
    { property: 'min_disk', values: ['8', '20'] },
  ];
  const folder = join(root, 'asked');
  await mkdir(folder);
  await writeFile(join(folder, '.cloud-images.json'), JSON.stringify({ profile: 'openstack', policies }));
  const at = async (text: string): Promise<string[]> => {
    const document = server.open(join(folder, 'web.image.yaml'), text.replace('|', ''));
    const items = await document.complete(text.indexOf('|'));
    await document.close();
    return items.map(({ label }) => label);
  };
  assert.ok((await at('name: web\n|')).includes('org.example.team'));
  assert.deepEqual(await at('os_purpose: |'), ['generic']);
  assert.deepEqual(await at('min_disk: |'), ['8', '20']);
  const document = server.open(join(folder, 'web.image.yaml'), 'os_purpose: generic\n');
  const hover = JSON.stringify(await document.hover(2));
  await document.close();
  assert.match(hover, /This project: required; one of generic\. Say what it is for\./);
});
