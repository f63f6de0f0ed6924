import type { Schema } from '../../../../rules/nova/schema.ts';
import { nonNegativeInteger } from '../../../../rules/nova/types.ts';

const text: Schema = { type: 'array', items: { type: 'string' } };
const expression: Schema = { type: 'array', items: { type: 'string', format: 'regex' } };
const time: Schema = { type: 'array', items: { type: 'string', format: 'date-time' } };

/** Sort keys that mean nothing; `locked` does from 2.73. */
export const ignoredSortKeys =
  `architecture cell_name cleaned default_ephemeral_device default_swap_device deleted deleted_at
  disable_terminate ephemeral_gb ephemeral_key_uuid id key_data launched_on locked memory_mb os_type reservation_id
  root_gb shutdown_terminate user_data vcpus vm_mode`.split(/\s+/);
const sortKeys = `access_ip_v4 access_ip_v6 auto_disk_config availability_zone config_drive created_at
  display_description display_name host hostname image_ref instance_type_id kernel_id key_name launch_index
  launched_at locked_by node power_state progress project_id ramdisk_id root_device_name task_state terminated_at
  updated_at user_id uuid vm_state`.split(/\s+/);
const joined =
  `block_device_mapping services metadata system_metadata info_cache security_groups pci_devices`.split(' ');
const expressions = `kernel_id ramdisk_id hostname key_name power_state node flavor reservation_id launched_at
  terminated_at availability_zone name display_name description display_description locked_by root_device_name
  config_drive access_ip_v4 access_ip_v6 auto_disk_config progress ip ip6 created_at`.split(/\s+/);
const texts =
  `user_id project_id tenant_id launch_index image_ref image vm_state task_state host uuid sort_dir all_tenants
  soft_deleted deleted status`.split(/\s+/);

/** In Nova's order, as far as it has one. */
function listSortKeys(version: number): readonly string[] {
  if (version < 73) return [...sortKeys, ...ignoredSortKeys];
  const known = ['locked', ...sortKeys];
  return version < 75 ? [...known, ...ignoredSortKeys.filter((key) => key !== 'locked')] : known;
}

/** The query of `GET /servers` as a minor version takes it. */
export function listSchema(version: number): Schema {
  const tags = version >= 26 ? ['tags', 'tags-any', 'not-tags', 'not-tags-any'] : [];
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries([...texts, ...joined, ...tags].map((name) => [name, text])),
      ...Object.fromEntries(expressions.map((name) => [name, expression])),
      sort_key: { type: 'array', items: { type: 'string', enum: listSortKeys(version) } },
      'changes-since': time,
      ...(version >= 66 ? { 'changes-before': time } : {}),
      ...(version >= 73 ? { locked: text } : {}),
      limit: { type: 'array', items: nonNegativeInteger },
      marker: text,
    },
    additionalProperties: version < 75,
    patternProperties: { '^_': text },
  };
}

export const joinedParameters: ReadonlySet<string> = new Set(joined);
