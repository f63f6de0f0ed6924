import { isFalse, isTrue } from '../api/words.ts';

/** What a value of an extra spec is. A pattern stands beside Nova's own, where that takes exponential time. */
type Form =
  | { readonly kind: 'text' | 'flag' }
  | { readonly kind: 'integer'; readonly min?: number; readonly max?: number }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly shown: string };

const text: Form = { kind: 'text' };
const flag: Form = { kind: 'flag' };
const integer: Form = { kind: 'integer' };
const count: Form = { kind: 'integer', min: 0 };
const positive: Form = { kind: 'integer', min: 1 };
const words = (list: string): Form => ({ kind: 'words', words: list.split(' ') });
const processors = (start: string): Form => ({
  kind: 'pattern',
  pattern: /^\^?\d+(-\d+|,\^?\d+)*$/,
  shown: `${start}?\\d+((-\\d+)?(,\\^?\\d+(-\\d+)?)?)*`,
});
const pattern = (source: string, shown = source): Form => ({
  kind: 'pattern',
  pattern: new RegExp(`^(?:${source})$`),
  shown,
});

/** Forms of the values of extra specs, by patterns of their names (SOURCES: nova §10). */
const forms: readonly (readonly [names: RegExp, form: Form])[] = (
  [
    ['accel:device_profile|aggregate_instance_extra_specs:.+|vmware:(hw_version|storage_policy)', text],
    [
      `capabilities:(id|uuid|service_id|host|vcpus|memory_mb|local_gb|vcpus_used|memory_mb_used|local_gb_used|hypervisor_type
        |hypervisor_version|hypervisor_hostname|free_ram_mb|free_disk_gb|current_workload|running_vms|disk_available_least
        |host_ip|mapped|cpu_allocation_ratio|ram_allocation_ratio|disk_allocation_ratio|total_usable_ram_mb
        |total_usable_disk_gb|disk_mb_used|free_disk_mb|vcpus_total|num_instances|num_io_ops|failed_builds|aggregates
        |cell_uuid|updated)`,
      text,
    ],
    [
      `capabilities:(cpu_info|metrics|stats|numa_topology|supported_hv_specs|pci_device_pools|nodename|pci_stats
        |supported_instances|limits|instances)(:\\w+)*`,
      text,
    ],
    [
      `hw:(cpu_realtime|hide_hypervisor_id|locked_memory|boot_menu|vif_multiqueue_enabled|mem_encryption|pmu
        |ephemeral_encryption)|hw_rng:allowed|hide_hypervisor_id`,
      flag,
    ],
    ['hw:cpu_realtime_mask', processors('(\\^)')],
    ['hw:(cpu_dedicated_mask|numa_cpus\\.\\d+)', processors('\\^')],
    ['hw:cpu_policy', words('dedicated shared mixed')],
    ['hw:cpu_thread_policy', words('prefer isolate require')],
    ['hw:emulator_threads_policy', words('isolate share')],
    [
      'hw:mem_page_size',
      pattern('large|small|any|\\d+([kKMGT]i?)?(b|bit|B)?', '(large|small|any|\\d+([kKMGT]i?)?(b|bit|B)?)'),
    ],
    ['hw:(numa_nodes|numa_mem\\.\\d+|(max_)?cpu_(sockets|cores|threads))', positive],
    ['hw:pci_numa_affinity_policy', words('required preferred legacy socket')],
    ['hw:pmem', pattern('\\w+(,\\w+)*,?', '([a-zA-Z0-9_]+(,)?)+')],
    ['hw:serial_port_count|hw_rng:rate_(bytes|period)|hw_video:ram_max_mb', count],
    ['hw:tpm_model', words('tpm-tis tpm-crb')],
    ['hw:tpm_version', words('1.2 2.0')],
    ['hw:watchdog_action', words('none pause poweroff reset disabled')],
    ['hw:viommu_model', words('intel smmuv3 virtio auto')],
    ['hw:ephemeral_encryption_format', words('plain luks luksv2')],
    ['group_policy', words('isolate none')],
    ['os:secure_boot', words('disabled required')],
    ['os:resolution', words('1024x768 1280x1024 1600x1200 1920x1200 2560x1600 3840x2160')],
    ['os:monitors', { kind: 'integer', min: 1, max: 8 }],
    ['os:vram', words('64 128 256 512 1024')],
    ['pci_passthrough:alias', pattern('[^:]+:\\d+(?:\\s*,\\s*[^:]+:\\d+)*')],
    ['quota:((cpu|memory|disk_io|vif)_reservation|cpu_quota)', integer],
    ['quota:(cpu|memory|disk_io|vif)_shares_level', words('custom high normal low')],
    [
      `quota:((cpu|memory|disk_io|vif)_(limit|shares_share)|cpu_(shares|period)|disk_(read|write|total)_(bytes|iops)_sec
        |vif_(in|out)bound_(average|peak|burst))`,
      count,
    ],
    ['resources[a-zA-Z0-9_-]{0,64}:[A-Z0-9_]+', integer],
    ['trait[a-zA-Z0-9_-]{0,64}:[A-Z0-9_]+', words('required forbidden')],
  ] satisfies [string, Form][]
).map(([names, form]) => [new RegExp(`^(?:${names.replaceAll(/\s+/g, '')})$`), form]);

/** Names with one of these before a colon are Nova's, and no others of them are taken. */
const namespaces =
  /^(accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|hw_video|os|pci_passthrough|quota|vmware|(resources|trait)[a-zA-Z0-9_-]{0,64}):/;

/** Says in Nova's words why an extra spec is refused from 2.86 on; undefined where it is not. */
export function refuseSpec(name: string, value: string): string | undefined {
  const form = forms.find(([names]) => names.test(name))?.[1];
  if (form) {
    const fault = refuseValue(form, value);
    return fault === undefined ? undefined : `Validation failed; '${value}' ${fault}.`;
  }
  return namespaces.test(name)
    ? `Validation failed; extra spec '${name}' does not appear to be a valid extra spec.`
    : undefined;
}

function refuseValue(form: Form, value: string): string | undefined {
  switch (form.kind) {
    case 'text':
      return undefined;
    case 'flag':
      return isTrue(value) || isFalse(value) ? undefined : 'is not a valid boolean-like value';
    case 'words':
      return form.words.includes(value) ? undefined : `is not one of: ${form.words.join(', ')}`;
    case 'pattern':
      return form.pattern.test(value) ? undefined : `is not of the format '${form.shown}'`;
    case 'integer':
      if (!/^\s*[+-]?\d+\s*$/.test(value)) return 'is not a valid integer value';
      if (form.max !== undefined && Number(value) > form.max)
        return `is greater than the max value of '${form.max}'`;
      return form.min !== undefined && Number(value) < form.min
        ? `is less than the min value of '${form.min}'`
        : undefined;
  }
}
