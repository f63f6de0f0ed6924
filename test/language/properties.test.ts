import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type LanguageServer, startLanguageServer } from '../tools/languageServer.ts';

/** The properties of OpenStack's images, as a person meets them in the editor. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-properties-'));
const elsewhere = mkdtempSync(join(tmpdir(), 'cloud-images-properties-'));
let server: LanguageServer;
let rackspace: LanguageServer;
let files = 0;

before(async () => {
  writeFileSync(
    join(root, '.cloud-images.json'),
    JSON.stringify({ profile: 'openstack', release: '2025.1' }),
  );
  writeFileSync(join(elsewhere, '.cloud-images.json'), JSON.stringify({ profile: 'rackspace' }));
  server = await startLanguageServer({ root });
  rackspace = await startLanguageServer({ root: elsewhere });
});
after(async () => {
  await server.close();
  await rackspace.close();
  rmSync(root, { recursive: true });
  rmSync(elsewhere, { recursive: true });
});

function open(marked: string, on = server, folder = root) {
  files += 1;
  const document = on.open(join(folder, `${files}.image.yaml`), marked.replace('|', ''));
  return { document, at: marked.indexOf('|') };
}

async function labels(marked: string, on = server, folder = root): Promise<string[]> {
  const { document, at } = open(marked, on, folder);
  return (await document.complete(at)).map(({ label }) => label);
}

async function found(text: string): Promise<string[]> {
  const problems = await open(text).document.diagnostics();
  return problems.map(({ code, severity }) => `${severity} ${code}`).toSorted();
}

test('names are completed as far as the release of the cloud knows them', async () => {
  const names = await labels('name: web\nhw_|\n');
  for (const name of ['hw_disk_bus', 'hw_firmware_stateless', 'hw_numa_cpus.0', 'architecture', 'os_purpose'])
    assert.ok(names.includes(name), name);
  for (const name of ['hw_sound_model', 'hw_cpu_mode', 'img_bdm_v2', 'trait:NAME', 'hw_ipxe_boot_menu'])
    assert.ok(!names.includes(name), name);
  assert.equal(names.length, new Set(names).size);
  assert.ok(!(await labels('name: web\nhw_|\n', rackspace, elsewhere)).includes('hw_disk_bus'));
});

test('values are completed, with those that KVM takes first', async () => {
  assert.deepEqual(await labels('name: web\nhw_firmware_type: |\n'), ['bios', 'uefi']);
  assert.deepEqual(await labels('name: web\nhw_qemu_guest_agent: |\n'), ['true', 'false']);
  assert.ok((await labels('name: web\nhw_vif_model: |\n')).includes('igb'));
  const buses = await labels('name: web\nhw_disk_bus: |\n');
  assert.deepEqual(buses.slice(-3), ['lxc', 'uml', 'xen']);
  const { document, at } = open('name: web\nhw_tpm_version: |\n');
  const [first] = await document.complete(at);
  assert.ok(first?.textEdit && 'newText' in first.textEdit && first.textEdit.newText === '"1.2"');
});

test('a hover says what a property takes, needs, and where that stands', async () => {
  const { document, at } = open('name: web\nhw_mem_enc|ryption_model: amd-sev\n');
  const shown = JSON.stringify((await document.hover(at))?.contents);
  for (const part of [
    '`amd-sev`',
    'Read by Nova',
    'hw_mem_encryption: true',
    'Since OpenStack 2025.2; this cloud runs 2025.1',
    'nova/virt/hardware.py',
  ])
    assert.ok(shown.includes(part), `${part}: ${shown}`);
});

test('each mistake has one finding, as severe as what happens', async () => {
  assert.deepEqual(await found('name: web\nhw_firmware_type: UEFI\n'), ['1 hw/value']);
  assert.deepEqual(await found('name: web\nhw_qemu_guest_agent: enabled\n'), ['2 hw/boolean']);
  assert.deepEqual(await found('name: web\nhw_diskbus: virtio\n'), ['2 hw/unknown']);
  assert.deepEqual(await found('name: web\nimg_config_drve: mandatory\n'), ['2 property/misspelt']);
  assert.deepEqual(await found('name: web\nos_distr: debian\n'), ['2 property/misspelt']);
  assert.deepEqual(await found('name: web\nhw_tpm_version: 2.0\n'), ['1 property/value']);
  assert.deepEqual(await found('name: web\nhw_sound_model: ich9\n'), ['2 hw/newer']);
  assert.deepEqual(await found('name: web\nos_glance_x: blue\n'), ['1 image/read-only']);
  assert.deepEqual(await found('name: web\ncinder_encryption_key_deletion_policy: never\n'), [
    '1 property/value',
    '3 hw/no-effect',
  ]);
  assert.deepEqual(await found('name: web\nos_family: debian\nteam: blue\nhw_owner: me\n'), []);
  assert.deepEqual(await found('name: web\nhw_video_model: qxl\n'), ['2 hw/retired']);
});

test('one fix of secure boot adds all that it needs', async () => {
  const { document } = open('name: web\nos_secure_boot: required\n');
  const [problem] = await document.diagnostics();
  assert.equal(problem?.code, 'hw/secure-boot');
  assert.ok(problem);
  const action = (await document.actions(problem.range)).find(({ title }) => title.startsWith('Set '));
  assert.ok(action);
  assert.deepEqual(
    document.after(action),
    'name: web\nos_secure_boot: required\nhw_firmware_type: uefi\nhw_machine_type: q35\n',
  );
});

test('a hint says what Nova reads instead', async () => {
  const { document } = open('name: web\narchitecture: amd64\nhw_qemu_guest_agent: enabled\nos_type: linux\n');
  const range = { start: { line: 0, character: 0 }, end: { line: 4, character: 0 } };
  const hints = await document.ask<{ label: string }[]>('textDocument/inlayHint', { range });
  assert.deepEqual(
    hints.map(({ label }) => label),
    ['x86_64 to Nova', 'false to Nova'],
  );
});
