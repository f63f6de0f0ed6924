import type { PolicySource } from './policy.ts';

const date = '\\d{4}-\\d{2}-\\d{2}';
const flags = ['license_included', 'license_required', 'subscription_included', 'subscription_required'];

/**
 * What SCS-0102 v1 (stable; Sovereign Cloud Stack, "Image Metadata") asks of the images that a provider publishes: what is
 * mandatory as warnings, what is recommended as information.
 */
export const scsPolicies: readonly PolicySource[] = [
  ...['architecture', 'os_distro', 'os_version', 'hw_disk_bus', 'image_description'].map((property) => ({
    property,
    required: true,
  })),
  ...['min_disk', 'min_ram'].map((property) => ({ property, required: true })),
  {
    property: 'replace_frequency',
    required: true,
    values: ['yearly', 'quarterly', 'monthly', 'weekly', 'daily', 'critical_bug', 'never'],
  },
  { property: 'uuid_validity', required: true, pattern: `none|notice|forever|last-\\d+|${date}` },
  { property: 'provided_until', required: true, pattern: `none|notice|${date}` },
  { property: 'image_source', required: true, pattern: 'private|[a-z][a-z0-9+.-]*://.+' },
  { property: 'image_build_date', required: true, pattern: `${date}( \\d{2}:\\d{2}(:\\d{2})?)?` },
  { property: 'image_original_user', required: true },
  { property: 'hypervisor_type', required: true, severity: 'information' },
  { property: 'hotfix_hours', pattern: '\\d+' },
  { property: 'maintained_until', pattern: date },
  { property: 'os_purpose', values: ['generic', 'minimal', 'k8snode', 'gpu', 'network', 'custom'] },
  ...flags.map((property) => ({ property, values: ['true', 'false'] })),
];
