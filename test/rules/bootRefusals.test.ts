import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '../../server/rules/profile/releases.ts';
import { failBoot } from '../../server/rules/properties/failBoot.ts';
import { refuseBoot } from '../../server/rules/properties/refuseBoot.ts';

type Texts = Record<string, string>;

const flavorOf = (extra_specs: Texts = {}) => ({ name: 'f1', ram: 2048, vcpus: 4, extra_specs });
const imageOf = (properties: Texts) => ({ id: 'i-1', name: 'web', properties });
const refusal = (properties: Texts, specs?: Texts, release: Release = 'zed') =>
  refuseBoot(imageOf(properties), flavorOf(specs), release)?.text;
const failure = (properties: Texts, specs?: Texts, release: Release = 'zed') =>
  failBoot(imageOf(properties), flavorOf(specs), release);

test('a bad value is refused before any pair', () => {
  assert.equal(
    refusal({ hw_mem_encryption: 'true', hw_disk_bus: 'nvme' }),
    'Invalid image metadata. Error: Field value nvme is invalid',
  );
});

test('an image that says nothing boots, and one that fits its flavor', () => {
  assert.equal(refusal({}), undefined);
  assert.equal(refusal({ hw_cpu_thread_policy: 'require' }, { 'hw:cpu_policy': 'dedicated' }), undefined);
  assert.equal(refusal({ hw_mem_page_size: 'large' }, { 'hw:mem_page_size': 'any' }), undefined);
});

test('encrypted memory takes UEFI and q35, and its words changed with a release', () => {
  const uefi = { hw_mem_encryption: 'true', hw_firmware_type: 'uefi' };
  assert.equal(
    refusal({ hw_mem_encryption: 'true' }),
    "Memory encryption requested by hw_mem_encryption property of image i-1 but image web doesn't have 'hw_firmware_type' property set to 'uefi'",
  );
  assert.match(
    refusal({ hw_mem_encryption: 'true' }, {}, '2026.2') ?? '',
    /^Memory encryption is requested by /,
  );
  assert.equal(
    refusal({ ...uefi, hw_machine_type: 'pc' }),
    "Machine type 'pc' is not compatible with image web (i-1): q35 type is required for SEV to work",
  );
  assert.equal(refusal({ ...uefi, hw_machine_type: 'pc-q35-2.11' }), undefined);
  const snp = { ...uefi, hw_machine_type: 'q35', hw_mem_encryption_model: 'amd-sev-snp' };
  assert.match(refusal(snp, {}, '2026.2') ?? '', /requires stateless firmware/);
  assert.equal(refusal({ ...snp, hw_firmware_stateless: 'yes' }, {}, '2026.2'), undefined);
});

test('processor policies of image and flavor must go together', () => {
  assert.equal(
    refusal({ hw_cpu_policy: 'dedicated' }, { 'hw:cpu_policy': 'shared' }),
    "Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy set against the flavor",
  );
  assert.equal(
    refusal({ hw_cpu_thread_policy: 'isolate' }),
    'Cannot set cpu thread pinning policy in a non dedicated cpu pinning policy',
  );
  assert.match(refusal({ hw_cpu_policy: 'mixed' }) ?? '', /^Dedicated CPU set can be specified from either/);
  assert.equal(refusal({ hw_cpu_policy: 'mixed' }, { 'hw:cpu_dedicated_mask': '^0' }), undefined);
  assert.match(
    refusal({
      hw_cpu_policy: 'dedicated',
      'trait:HW_CPU_HYPERTHREADING': 'required',
      hw_cpu_thread_policy: 'prefer',
    }) ?? '',
    /^It is not possible to use the 'trait:HW_CPU_HYPERTHREADING'/,
  );
});

test('NUMA nodes have all processors and all memory of the flavor', () => {
  const two = { hw_numa_nodes: '2' };
  const cpus = { 'hw_numa_cpus.0': '0-1', 'hw_numa_cpus.1': '2-3' };
  const memory = { 'hw_numa_mem.0': '1024', 'hw_numa_mem.1': '1024' };
  const incomplete = 'CPU and memory allocation must be provided for all NUMA nodes';
  assert.equal(refusal({ ...two, ...cpus, ...memory }), undefined);
  assert.equal(refusal({ ...two, ...cpus }), incomplete);
  assert.equal(refusal({ ...two, ...cpus, 'hw_numa_mem.0': '2048' }), incomplete);
  assert.equal(
    refusal({ ...two, ...cpus, ...memory, 'hw_numa_mem.1': '512' }),
    '1536 MB of memory assigned, but expected 2048 MB',
  );
  assert.equal(
    refusal({ ...two, ...cpus, ...memory, 'hw_numa_cpus.1': '2' }),
    'CPU number {3} is not assigned to any node',
  );
  assert.equal(
    refusal({ ...two, ...cpus, ...memory, 'hw_numa_cpus.1': '1-3' }),
    'CPU number 1 is assigned to two nodes',
  );
  assert.equal(
    refusal({ ...two, ...cpus, ...memory, 'hw_numa_cpus.1': '2-99999999999' }),
    'CPU number 4 is larger than max 3',
  );
  assert.equal(
    refusal(two, { 'hw:numa_nodes': '2' })?.slice(0, 46),
    "Image property 'hw_numa_nodes' is not permitte",
  );
  assert.match(refusal({ hw_numa_nodes: '3' }) ?? '', /^Instance CPUs and\/or memory cannot be evenly/);
  assert.equal(
    refusal({ hw_numa_nodes: '0' }),
    "The property 'numa_nodes' cannot be '0'. It must be a number greater than 0",
  );
});

test('page sizes and locked memory need the flavor', () => {
  assert.equal(refusal({ hw_mem_page_size: 'large' }), "Page size large forbidden against '<empty>'");
  assert.equal(
    refusal({ hw_mem_page_size: '2MB' }, { 'hw:mem_page_size': 'small' }),
    "Page size 2MB forbidden against 'small'",
  );
  assert.equal(
    refusal({ hw_mem_page_size: 'huge' }, { 'hw:mem_page_size': 'any' }),
    "Invalid memory page size 'huge'",
  );
  assert.equal(
    refusal({ hw_locked_memory: 'true' }),
    'locked_memory value in image or flavor is forbidden when mem_page_size is not set.',
  );
});

test('topology, serial ports and switches keep within the flavor', () => {
  assert.equal(
    refusal({ hw_cpu_max_cores: '8' }, { 'hw:cpu_max_cores': '4' }),
    'Image vCPU topology limits (sockets=0, cores=8, threads=0) exceeds the limits of the flavor (sockets=0, cores=4, threads=0)',
  );
  assert.equal(
    refusal({ hw_cpu_cores: '3', hw_cpu_max_cores: '2' }),
    'Image vCPU topology (sockets=0, cores=3, threads=0) exceeds the limits of the flavor or image (sockets=65536, cores=2, threads=65536)',
  );
  assert.equal(
    refusal({ hw_serial_port_count: '3' }, { 'hw:serial_port_count': '2' }),
    'Forbidden to exceed flavor value of number of serial ports passed in image meta.',
  );
  assert.equal(
    refusal({ hw_pmu: 'no' }, { 'hw:pmu': 'true' }),
    'Flavor f1 has hw:pmu extra spec explicitly set to True, conflicting with image web which has hw_pmu explicitly set to False.',
  );
  const affinity = refuseBoot(
    imageOf({ hw_pci_numa_affinity_policy: 'legacy' }),
    flavorOf({ 'hw:pci_numa_affinity_policy': 'required' }),
    'zed',
  );
  assert.equal(affinity?.status, 403);
});

test('what only a later release knows does not refuse before', () => {
  const packed = { hw_virtio_packed_ring: 'true' };
  const spec = { 'hw:virtio_packed_ring': 'false' };
  assert.equal(refusal(packed, spec, '2023.2'), undefined);
  assert.match(refusal(packed, spec, '2024.1') ?? '', /^Flavor has hw:virtio_packed_ring/);
  assert.match(
    refusal({ hw_sound_model: 'ich9' }, { 'hw:sound_model': 'usb' }, '2025.2') ?? '',
    /hw_sound_model/,
  );
});

test('some of what Nova has accepted does not start on KVM, and the fault says why', () => {
  assert.deepEqual(failure({ hw_tpm_version: '1.2', hw_tpm_model: 'tpm-crb' }), {
    at: 'schedule',
    text: 'TPM model CRB is only valid with TPM version 2.0.',
  });
  assert.equal(failure({ hw_tpm_model: 'tpm-crb' }), undefined);
  assert.deepEqual(failure({ hw_disk_bus: 'xen' }), {
    at: 'host',
    text: "Requested hardware 'xen' is not supported by the 'kvm' virt driver",
  });
  const secure = { os_secure_boot: 'required', hw_firmware_type: 'uefi' };
  assert.equal(failure(secure)?.text, 'Secure Boot is not supported by host');
  assert.equal(failure({ ...secure, hw_machine_type: 'q35' }), undefined);
  assert.equal(failure({ ...secure, architecture: 'aarch64' }), undefined);
  assert.equal(failure({ os_secure_boot: 'required' }), undefined);
  assert.match(
    failure({ hw_video_ram: '64' })?.text ?? '',
    /^The requested amount of video memory 64 is higher/,
  );
  assert.equal(failure({ hw_video_ram: '64' }, { 'hw_video:ram_max_mb': '64' }), undefined);
  assert.match(
    failure({ hw_viommu_model: 'intel' })?.text ?? '',
    /^vIOMMU is not supported by Current machine type pc/,
  );
});
