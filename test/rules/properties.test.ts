import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releases } from '../../server/rules/profile/releases.ts';
import { judgeProperty, toNovaProps } from '../../server/rules/properties/judge.ts';
import { legacyNames, novaFields } from '../../server/rules/properties/novaFields.ts';
import { fieldOf, findProperty, properties } from '../../server/rules/properties/table.ts';
import { propertyRows } from './propertyRows.ts';

test('the table has each property with its kind, its values and the release that brought it', () => {
  const lines = properties.map(({ name, kind, values = [], since = '', valuesSince = {} }) => {
    const listed =
      kind === 'enum'
        ? values.map((value) => value + (valuesSince[value] ? `@${valuesSince[value]}` : ''))
        : [];
    return [name, since ? `${kind}@${since}` : kind, ...listed.toSorted()].join(' ');
  });
  assert.deepEqual(lines.toSorted(), propertyRows.toSorted());
});

test('each row says who reads it, where that stands, and what it is in a sentence', () => {
  for (const { name, title, description, readers, source, minimum, maximum, kind } of properties) {
    assert.match(title, /^[A-Z].*[^.]$/, name);
    assert.match(description, /^[A-Z`].*\.$/, name);
    assert.ok(readers.length > 0 && source !== '', name);
    assert.ok(kind === 'integer' || (minimum === undefined && maximum === undefined), name);
  }
});

test('what a row needs, refines and maps to is in the table too', () => {
  for (const property of properties) {
    const { name, values = [], kvm = [], spellings = {}, valuesSince = {}, retiredValues = {} } = property;
    const known = [
      ...kvm,
      ...Object.values(spellings),
      ...Object.keys(valuesSince),
      ...Object.keys(retiredValues),
    ];
    for (const value of known) assert.ok(values.includes(value), `${name}: ${value}`);
    for (const { property: needed, when = [] } of property.needs ?? []) {
      assert.ok(findProperty(needed), `${name} needs ${needed}`);
      for (const value of when) assert.ok(values.includes(value), `${name}: ${value}`);
    }
  }
});

test('every name that Nova reads leads to a row', () => {
  for (const name of [...novaFields, ...legacyNames.keys()]) {
    const varying = name === 'hw_numa_cpus' || name === 'hw_numa_mem';
    assert.ok(findProperty(varying ? `${name}.0` : name), name);
  }
  assert.equal(new Set(properties.map(({ name }) => name)).size, properties.length);
  assert.equal(fieldOf('architecture'), 'hw_architecture');
  assert.equal(findProperty('hw_architecture'), findProperty('architecture'));
  assert.equal(findProperty('trait:CUSTOM_X')?.name, 'trait:NAME');
  assert.equal(findProperty('hw_numa_mem.01'), undefined);
});

/** What Debian's Nova 26 answered (SOURCES: properties §2). */
test('Nova refuses a value with its own words', () => {
  const refusals: Record<string, [string, string]> = {
    hw_firmware_type: ['UEFI', 'Field value UEFI is invalid'],
    os_secure_boot: ['true', 'Field value true is invalid'],
    hw_disk_bus: ['nvme', 'Field value nvme is invalid'],
    img_config_drive: ['true', 'Field value true is invalid'],
    img_signature_hash_method: ['SHA-1', 'Field value SHA-1 is invalid'],
    hw_tpm_version: ['2', 'Field value 2 is invalid'],
    architecture: ['arm64', "Architecture name 'arm64' is not valid"],
    hypervisor_type: ['nutanix', "Hypervisor virt type 'nutanix' is not valid"],
    vm_mode: ['Hard', "Virtual machine mode 'Hard' is not valid"],
    os_type: ['macOS', 'Field value macos is invalid'],
    hw_cpu_cores: ['two', "invalid literal for int() with base 10: 'two'"],
    hypervisor_version_requires: [
      '>2',
      'Version >2 is not a valid predicate in field img_hv_requested_version',
    ],
    img_mappings: ['[]', 'A list is required in field img_mappings, not a str'],
  };
  for (const [name, [value, text]] of Object.entries(refusals))
    assert.deepEqual(
      judgeProperty(name, value, 'zed'),
      { type: 'refused', status: 400, text: `Invalid image metadata. Error: ${text}` },
      name,
    );
  assert.deepEqual(judgeProperty('hw_numa_cpus.0', '3-1', 'zed'), {
    type: 'refused',
    status: 400,
    text: "Invalid range expression '3-1'",
  });
});

test('Nova takes other spellings for the value that they mean', () => {
  const accepted: [string, string, string, unknown][] = [
    ['architecture', 'amd64', 'hw_architecture', 'x86_64'],
    ['architecture', 'I586', 'hw_architecture', 'i686'],
    ['hypervisor_type', 'XAPI', 'img_hv_type', 'xen'],
    ['vm_mode', 'PV', 'hw_vm_mode', 'xen'],
    ['hw_scsi_model', 'paraVirtual', 'hw_scsi_model', 'vmpvscsi'],
    ['hw_vif_model', 'VirtualE1000', 'hw_vif_model', 'e1000'],
    ['os_type', 'Linux', 'os_type', 'linux'],
    ['hw_cpu_cores', ' 1_0 ', 'hw_cpu_cores', 10],
    ['hw_qemu_guest_agent', 'Yes', 'hw_qemu_guest_agent', true],
    ['hw_qemu_guest_agent', 'off', 'hw_qemu_guest_agent', false],
    ['vmware_adaptertype', 'lsiLogicsas', 'hw_scsi_model', 'lsisas1068'],
  ];
  for (const [name, text, field, value] of accepted)
    assert.deepEqual(judgeProperty(name, text, 'zed'), { type: 'accepted', field, value }, `${name}=${text}`);
});

test('Nova reads words that it does not know as false, and drops what it does not know, without telling', () => {
  assert.equal(judgeProperty('hw_qemu_guest_agent', 'enabled', 'zed').type, 'readFalse');
  assert.deepEqual(judgeProperty('hw_diskbus', 'scsi', 'zed'), { type: 'ignored', reason: 'unknown' });
  assert.deepEqual(judgeProperty('trait:X', 'Required', 'zed'), { type: 'ignored', reason: 'trait' });
  assert.deepEqual(judgeProperty('os_version', '12', 'zed'), { type: 'ignored', reason: 'other' });
});

test('a release knows only what it brought or had', () => {
  assert.deepEqual(judgeProperty('hw_sound_model', 'x', '2025.1'), { type: 'ignored', reason: 'newer' });
  assert.equal(judgeProperty('hw_sound_model', 'x', '2025.2').type, 'refused');
  assert.equal(judgeProperty('hw_vif_model', 'igb', '2024.2').type, 'refused');
  assert.equal(judgeProperty('hw_vif_model', 'igb', '2025.1').type, 'accepted');
  for (const { since } of properties) assert.ok(!since || releases.includes(since));
});

test('Nova reads names of before, and a current one wins', () => {
  const read = toNovaProps(
    { hypervisor_type: 'kvm', img_hv_type: 'xen', vmware_adaptertype: 'ide', vm_mode: 'hv' },
    'zed',
  );
  assert.ok('values' in read);
  assert.deepEqual(Object.fromEntries(read.values), {
    img_hv_type: 'xen',
    hw_disk_bus: 'ide',
    hw_vm_mode: 'hvm',
  });
  assert.deepEqual(toNovaProps({ hw_disk_bus: 'nvme', vm_mode: 'x' }, 'zed'), {
    status: 400,
    text: "Invalid image metadata. Error: Virtual machine mode 'x' is not valid",
  });
});

test('NUMA nodes are read from 0 up to the first gap, and required traits are collected', () => {
  const read = toNovaProps(
    {
      'hw_numa_mem.0': '512',
      'hw_numa_mem.2': 'x',
      'hw_numa_cpus.0': '0-3,^2',
      'trait:A': 'required',
      'trait:B': 'yes',
    },
    'zed',
  );
  assert.ok('values' in read);
  assert.deepEqual([read.numaMemory, read.numaCpus, read.traits], [[512], [[0, 1, 3]], ['A']]);
});
