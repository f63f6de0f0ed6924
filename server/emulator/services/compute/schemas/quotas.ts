import type { Schema } from '../../../../rules/nova/schema.ts';
import { boolean, nonNegativeInteger } from '../../../../rules/nova/types.ts';

const limit: Schema = {
  type: ['integer', 'string'],
  pattern: '^-?[0-9]+$',
  minimum: -1,
  maximum: 2 ** 31 - 1,
};
const names = `instances cores ram floating_ips fixed_ips metadata_items key_pairs security_groups
  security_group_rules injected_files injected_file_content_bytes injected_file_path_bytes server_groups
  server_group_members networks`.split(/\s+/);
const ofNetworks = ['fixed_ips', 'floating_ips', 'security_groups', 'security_group_rules', 'networks'];
const ofFiles = ['injected_files', 'injected_file_content_bytes', 'injected_file_path_bytes'];

/** Names of quotas that are not known from a minor version on; of classes the first ones went later. */
export function goneQuotas(version: number, ofClass = false): readonly string[] {
  if (version >= 57) return [...ofNetworks, ...ofFiles];
  return version >= (ofClass ? 50 : 36) ? ofNetworks : [];
}

function updateSchema(member: string, gone: readonly string[], others: Readonly<Record<string, Schema>>) {
  const known = names.filter((name) => !gone.includes(name));
  const schema: Schema = {
    type: 'object',
    properties: {
      [member]: {
        properties: { ...Object.fromEntries(known.map((name) => [name, limit])), ...others },
        additionalProperties: false,
      },
    },
    required: [member],
    additionalProperties: false,
  };
  return schema;
}

export function quotaSetSchema(version: number): Schema {
  return updateSchema('quota_set', goneQuotas(version), { force: boolean });
}

export function quotaClassSchema(version: number): Schema {
  return updateSchema('quota_class_set', goneQuotas(version, true), {});
}

const text: Schema = { type: 'array', items: { type: 'string' } };

/** A query of these parameters, and until 2.74 of any others. */
export function querySchema(version: number, names: readonly string[], isPaged = false): Schema {
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(names.map((name) => [name, text])),
      ...(isPaged ? { limit: { type: 'array', items: nonNegativeInteger }, marker: text } : {}),
    },
    additionalProperties: version < 75,
  };
}
