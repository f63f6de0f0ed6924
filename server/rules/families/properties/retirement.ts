import { type Need, type Property, releasedSource } from '../../properties/property.ts';
import { canonicalValue } from '../../properties/read.ts';
import { findProperty } from '../../properties/table.ts';
import type { Rule } from '../../rule.ts';
import { kinds, removeFix, setFix } from './fixes.ts';
import { type NovaSet, novaSets } from './novaSets.ts';

const common = { kinds, profile: 'openstack' } as const;

/** What has no effect, by itself or any more. */
export const retirementRules: readonly Rule[] = [
  {
    ...common,
    id: 'hw/no-effect',
    severity: 'information',
    restsOnImage: true,
    source: releasedSource,
    summary: 'Some properties do nothing without another one.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_vif_multiqueue_enabled: "true"\nhw_vif_model: e1000\n',
      good: 'name: web\nhw_vif_multiqueue_enabled: "true"\nhw_vif_model: virtio\n',
    },
    *check(subject) {
      for (const nova of novaSets(subject)) {
        const { set } = nova;
        if (!set.complete) continue;
        for (const { name, pointer } of set.stated) {
          const property = findProperty(name);
          const need = property && !explainedElsewhere.has(property.name) ? unmet(nova, property) : undefined;
          if (!need) continue;
          const [wanted] = need.values ?? [];
          yield {
            pointer,
            message: `'${name}' has no effect without ${need.property}${wanted === undefined ? '' : `: ${wanted}`}.`,
            fixes: wanted === undefined ? [] : setFix(set, need.property, wanted),
          };
        }
      }
    },
  },
  {
    ...common,
    id: 'hw/retired',
    severity: 'information',
    source: releasedSource,
    summary:
      'Devices and properties whose time has passed: hosts have them no more, or Nova does nothing by them.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_video_model: qxl\n',
      good: 'name: web\nhw_video_model: virtio\n',
    },
    *check({ properties }) {
      for (const set of properties())
        for (const stated of set.stated) {
          const { name, text, pointer, namePointer } = stated;
          const property = findProperty(name);
          if (!property) continue;
          const { retired, retiredValues = {} } = property;
          const value = canonicalValue(property, text);
          const why = Object.hasOwn(retiredValues, value) ? retiredValues[value] : undefined;
          if (why !== undefined)
            yield {
              pointer,
              severity: 'warning',
              message: `${why} Write virtio.`,
              fixes: setFix(set, name, 'virtio'),
            };
          else if (retired !== undefined && set.live?.get(name) !== text)
            yield {
              pointer: namePointer,
              onKey: set.onKeys,
              message: retired,
              fixes: property.name.endsWith('_id') && property.kind === 'uuid' ? [] : [removeFix(stated)],
            };
        }
    },
  },
];

/** Properties whose needs have a rule of their own, with its own words. */
const explainedElsewhere: ReadonlySet<string> = new Set([
  'hw_firmware_stateless',
  'os_secure_boot',
  'hw_mem_encryption',
  'hw_mem_encryption_model',
  'hw_tpm_model',
  'hw_scsi_model',
  'os_require_quiesce',
  'hw_cpu_thread_policy',
  'hw_locked_memory',
  'hw_numa_cpus.N',
  'hw_numa_mem.N',
  'img_signature',
  'img_signature_hash_method',
  'img_signature_key_type',
  'img_signature_certificate_uuid',
]);

function unmet({ set, value }: NovaSet, { needs = [], name }: Property): Need | undefined {
  if (name.startsWith('os_encrypt_') || name.startsWith('os_decrypt_')) return undefined;
  return needs.find(({ property, values, when }) => {
    if (when !== undefined) return false;
    const text = set.all[property];
    // Of a network card and its like, where nothing is said it is what is needed.
    if (text === undefined) return values === undefined || property !== 'hw_vif_model';
    const read = value(property);
    const isTrue = read === true && values?.some((wanted) => wanted === 'true' || wanted === 'yes');
    return values !== undefined && !isTrue && !values.includes(String(read ?? text));
  });
}
