import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { toNovaProps } from '../../server/rules/properties/judge.ts';

function judge(image: JsonObject) {
  return evaluate('image', { name: 'web', ...image }, { profile: profiles.openstack });
}

const rulesOf = (image: JsonObject): string[] => judge(image).map(({ rule }) => rule);

test('a property whose value is no text is told of once, and is not said to be missing', () => {
  assert.deepEqual(rulesOf({ hw_tpm_version: 2, hw_tpm_model: 'tpm-tis' }), ['property/value']);
  const nodes = { 'hw_numa_cpus.0': '0-1', 'hw_numa_mem.0': '512' };
  assert.deepEqual(rulesOf({ hw_numa_nodes: 1, ...nodes }), ['property/value']);
  assert.deepEqual(rulesOf({ hw_tpm_model: 'tpm-tis' }), ['hw/tpm']);
});

test('what a service writes, or nobody reads, is not to be renamed', () => {
  assert.deepEqual(rulesOf({ bdm_v2: 'true' }), ['property/by-hand']);
  assert.deepEqual(rulesOf({ auto_disk_config: 'true' }), ['hw/retired']);
  assert.deepEqual(rulesOf({ ipxe_boot: 'true' }), ['hw/legacy']);
});

test('no name is meant that stands for several', () => {
  assert.deepEqual(rulesOf({ 'hw_numa_cpus.a': '0' }), ['hw/numa']);
});

test('an empty signature is told of once', () => {
  assert.deepEqual(rulesOf({ img_signature: '' }), ['signature/incomplete']);
});

test('names and values that every object has mean nothing', () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
    assert.deepEqual(rulesOf(JSON.parse(`{"${name}": "x"}`)), []);
    const [finding, ...others] = judge({ hw_vif_model: name });
    assert.deepEqual([finding?.rule, others], ['hw/value', []], name);
    assert.doesNotMatch(finding?.message ?? '', /comes with/, name);
  }
});

test('a slip is led to what is read, and never to what nobody reads', () => {
  const [slip] = judge({ hw_cpu_polcy: 'shared' });
  assert.match(slip?.message ?? '', /Did you mean 'hw_cpu_policy'\?$/);
  const [useless] = judge({ hw_cpu_model: 'host' });
  assert.match(useless?.message ?? '', /nor 'hw_cpu_mode'\. Nova does not read it from images/);
  assert.deepEqual(
    useless?.fixes?.map(({ title }) => title),
    ["Remove 'hw_cpu_model'"],
  );
});

test('a number behind a name makes it another property, but for NUMA nodes', () => {
  assert.deepEqual(rulesOf({ hw_scsi_model: 'virtio-scsi', 'hw_disk_bus.1': 'scsi' }).toSorted(), [
    'hw/scsi',
    'hw/unknown',
  ]);
  const [finding] = judge({ 'hw_scsi_model.1': 'virtio-scsi', hw_disk_bus: 'scsi' }).filter(
    ({ rule }) => rule === 'hw/scsi',
  );
  assert.equal(finding?.pointer, '/hw_disk_bus');
});

test('Nova reads names of before first, current ones over them, and nodes up to the first gap', () => {
  const props = toNovaProps(
    {
      hw_disk_bus: 'virtio',
      hypervisor_type: 'xen',
      img_hv_type: 'kvm',
      vmware_adaptertype: 'lsiLogic',
      'hw_numa_mem.2': '3',
      'hw_numa_mem.0': '1',
      'hw_numa_cpus.1': '1',
    },
    'zed',
  );
  assert.ok('values' in props);
  assert.deepEqual(Object.fromEntries(props.values), {
    img_hv_type: 'kvm',
    hw_disk_bus: 'virtio',
    hw_scsi_model: 'lsilogic',
  });
  assert.deepEqual([props.numaMemory, props.numaCpus], [[1], undefined]);
});

test('names that the guide documents for VMware, and those that a client keeps for itself, stay as they are', () => {
  const manifest = {
    name: 'web',
    vmware_ostype: 'windows9Server64Guest',
    vmware_disktype: 'sparse',
    'owner_specified.openstack.md5': '',
  };
  const profile = profiles.openstack;
  assert.deepEqual(
    evaluate('image', manifest, { profile }).map(({ rule, message }) => [rule, message]),
    [],
  );
});
