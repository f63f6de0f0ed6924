import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, type OpenDocument, startLanguageServer } from '../tools/languageServer.ts';

/** Images in the files of other tools, as an editor shows them. */
let root: string;
let server: LanguageServer;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloud-images-foreign-'));
  const manifests = {
    'images.yml': 'osism',
    'korc.yaml': 'k-orc',
    'main.tf.json': 'terraform',
    'play.yml': 'ansible',
  };
  await writeFile(join(root, '.cloud-images.json'), JSON.stringify({ profile: 'openstack', manifests }));
  server = await startLanguageServer({ root, commands: true });
});
after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

/** Each finding as what it is about and its rule. */
async function listFindings(document: OpenDocument): Promise<string[]> {
  const found = await document.diagnostics();
  return found.map(
    ({ range, code }) => `${document.text().slice(...document.offsetOf(range))} ${String(code)}`,
  );
}

/** The text after the first fix of a rule's first finding. */
async function mend(document: OpenDocument, rule: string): Promise<string | undefined> {
  const found = (await document.diagnostics()).find(({ code }) => code === rule);
  assert.ok(found, rule);
  const actions = await document.actions(found.range);
  const action = actions.find(({ diagnostics }) => diagnostics?.some(({ code }) => code === rule));
  return action && document.after(action);
}

/** A template of Terraform, which no rule knows the value of. */
const firmware = '$' + '{var.firmware}';

const terraform = (properties: object, rest: object = {}): string =>
  JSON.stringify(
    {
      resource: {
        openstack_images_image_v2: {
          web: { name: 'web', container_format: 'bare', disk_format: 'qcow2', ...rest, properties },
        },
      },
    },
    null,
    2,
  );

test('a resource of Terraform is judged, and what templates decide is not', async () => {
  const text = terraform({
    hw_disk_bus: 'virtoi',
    hw_firmware_type: firmware,
    os_secure_boot: 'required',
    hw_qemu_guest_agent: 'enabled',
  });
  const document = server.open(join(root, 'main.tf.json'), text);
  assert.deepEqual(await listFindings(document), ['"virtoi" hw/value', '"enabled" hw/boolean']);
  assert.equal(await mend(document, 'hw/value'), text.replace('virtoi', 'virtio'));
  const sound = text.replace('virtoi', 'virtio');
  await document.change(sound);
  assert.deepEqual(await listFindings(document), ['"enabled" hw/boolean']);
  await document.change(sound.replace(firmware, 'bios'));
  assert.deepEqual(await listFindings(document), ['"required" hw/secure-boot', '"enabled" hw/boolean']);
  await document.change(text.replace('"hw_disk_bus"', JSON.stringify('$' + '{var.name}')));
  assert.deepEqual(await listFindings(document), ['"enabled" hw/boolean']);
  await document.close();
});

test('a task of Ansible is judged as Python reads it', async () => {
  const text = `- hosts: localhost
  tasks:
    - block:
        - openstack.cloud.image:
            name: web
            tags: [web, web]
            is_public: yes
            properties:
              os_version: 22.10
              hw_diskbus: virtio
              hw_vif_multiqueue_enabled: yes
              x_until: 2026-01-01
`;
  const document = server.open(join(root, 'play.yml'), text);
  assert.deepEqual(await listFindings(document), [
    'web tag/duplicate',
    'yes image/visibility',
    '22.10 property/word',
    'hw_diskbus hw/unknown',
  ]);
  assert.equal(await mend(document, 'property/word'), text.replace('22.10', '"22.10"'));
  assert.equal(await mend(document, 'hw/unknown'), text.replace('hw_diskbus', 'hw_disk_bus'));
  assert.equal(await mend(document, 'image/visibility'), undefined, 'private is no value of is_public');
  await document.close();
});

test('a resource of K-ORC is judged at its fields, which keep their types', async () => {
  const text = `apiVersion: openstack.k-orc.cloud/v1alpha1
kind: Image
metadata: { name: web }
spec:
  resource:
    content: { diskFormat: qcow2, download: { url: "https://example.org/w.img" } }
    properties:
      hardware:
        diskBus: virtoi
        qemuGuestAgent: true
        cpuCores: 4
      operatingSystem:
        distro: Ubuntu
`;
  const document = server.open(join(root, 'korc.yaml'), text);
  assert.deepEqual(await listFindings(document), ['virtoi hw/value', 'Ubuntu os/distro']);
  assert.equal(await mend(document, 'hw/value'), text.replace('virtoi', 'virtio'));
  await document.close();
});

test('versions of openstack-image-manager share what is wrong with them, which is said once', async () => {
  const text = `images:
  - name: Cirros
    format: qcow2
    login: cirros
    min_disk: 1
    visibility: public
    multi: false
    meta:
      hw_disk_bus: virtoi
      os_distro: cirros
      provided_until: 2027-01-01
    tags: []
    versions:
      - { version: 0.6, url: "https://example.org/a.img", build_date: 2023-05-30 }
      - { version: 0.60, url: "https://example.org/b.img", build_date: 2024-05-30 }
`;
  const document = server.open(join(root, 'images.yml'), text);
  assert.deepEqual(await listFindings(document), ['virtoi hw/value', '0.60 property/word']);
  assert.equal(await mend(document, 'hw/value'), text.replace('virtoi', 'virtio'));
  assert.equal(await mend(document, 'property/word'), text.replace('0.60', '"0.60"'));
  await document.close();
});

test('they are converted from a lens, and neither run, renamed nor completed as ours', async () => {
  const document = server.open(join(root, 'main.tf.json'), terraform({}, { tags: ['web'] }));
  assert.deepEqual(
    (await document.lenses()).map(({ command }) => [command?.title, command?.command, command?.arguments]),
    [
      ['Convert…', 'cloudImages.convertImages', [document.uri]],
      ["An image of Terraform, by 'main.tf.json' of .cloud-images.json", '', []],
    ],
  );
  const at = document.text().indexOf('"web"\n');
  assert.deepEqual(await document.complete(at + 1), []);
  const rename = document.ask('textDocument/prepareRename', { position: document.positionOf(at + 1) });
  await assert.rejects(rename, /Only tags, properties and names of images/);
  const whole = { start: document.positionOf(0), end: document.positionOf(1) };
  assert.deepEqual(await document.actions(whole, ['refactor']), []);
  await document.close();
  const named = server.open(join(root, 'play.yml'), '- name: web\n  tags: [a b]\n');
  assert.deepEqual(await listFindings(named), [], 'nothing of it is an image');
  await named.close();
});
