import { nearest } from '../../nearest.ts';
import type { Release } from '../../profile/releases.ts';
import { judgeProperty } from '../../properties/judge.ts';
import { guideSource, type Property, readingSource } from '../../properties/property.ts';
import type { PropertySet, StatedProperty } from '../../properties/propertySet.ts';
import { canonicalValue, parseInteger, valuesIn } from '../../properties/read.ts';
import { findProperty } from '../../properties/table.ts';
import type { Observation, Rule } from '../../rule.ts';
import { show } from '../../service/attributes.ts';
import { kinds, removeFix, setFix } from './fixes.ts';

const common = { kinds, profile: 'openstack', source: readingSource } as const;

/** Values that Nova refuses when a server is booted, or reads as something else. */
export const propertyValueRules: readonly Rule[] = [
  {
    ...common,
    id: 'hw/value',
    atBoot: true,
    severity: 'error',
    summary: 'Nova refuses every boot of an image with a value that it does not know; Glance takes it.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_firmware_type: UEFI\n',
      good: 'name: web\nhw_firmware_type: uefi\n',
    },
    *check({ properties, facts: { profile } }) {
      for (const set of properties())
        for (const stated of set.stated) {
          const property = findProperty(stated.name);
          if (property && property.kind !== 'integer')
            yield* refusedValue(property, stated, set, profile.release);
        }
    },
  },
  {
    ...common,
    id: 'hw/integer',
    atBoot: true,
    severity: 'error',
    summary:
      'Some properties are whole numbers: Nova refuses to boot what is none, and few take every number.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_cpu_cores: two\n',
      good: 'name: web\nhw_cpu_cores: "2"\n',
    },
    *check({ properties }) {
      for (const { stated } of properties())
        for (const { name, text, pointer } of stated) {
          const property = findProperty(name);
          if (property?.kind === 'integer') yield* wrongNumber(property, name, text, pointer);
        }
    },
  },
  {
    ...common,
    id: 'hw/boolean',
    severity: 'warning',
    summary: 'Nova takes true, yes, on, 1, t and y for true, and any other word for false without telling.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_qemu_guest_agent: enabled\n',
      good: 'name: web\nhw_qemu_guest_agent: "yes"\n',
    },
    *check({ properties, facts: { profile } }) {
      for (const set of properties())
        for (const { name, text, pointer } of set.stated) {
          if (judgeProperty(name, text, profile.release).type !== 'readFalse') continue;
          const meant = truthOf(text);
          const words = meant === undefined ? ['true', 'false'] : [meant];
          yield {
            pointer,
            message: `Nova reads ${show(text)} as false, without telling. Write true or false.`,
            fixes: words.flatMap((word) => setFix(set, name, word, meant === 'false')),
          };
        }
    },
  },
  {
    ...common,
    id: 'hw/hypervisor',
    severity: 'warning',
    summary:
      'Nova takes values for other hypervisors too, and a server with one of them does not start on KVM.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_disk_bus: xen\n',
      good: 'name: web\nhw_disk_bus: virtio\n',
    },
    *check({ properties, facts: { profile } }) {
      for (const set of properties()) {
        const hypervisor = set.all['hypervisor_type'] ?? set.all['img_hv_type'] ?? 'qemu';
        if (!['kvm', 'qemu'].includes(hypervisor.toLowerCase())) continue;
        for (const { name, text, pointer } of set.stated) {
          const kvm = findProperty(name)?.kvm;
          const judged = kvm && judgeProperty(name, text, profile.release);
          if (judged?.type !== 'accepted' || kvm?.includes(String(judged.value))) continue;
          yield {
            pointer,
            message: `KVM has no ${show(text)} here, and the server does not start. It takes ${(kvm ?? []).join(', ')}.`,
            fixes: kvm?.includes('virtio') ? setFix(set, name, 'virtio') : [],
          };
        }
      }
    },
  },
  {
    ...common,
    id: 'trait/value',
    severity: 'warning',
    source: guideSource,
    summary: 'A trait of an image counts by the value required alone; any other is ignored without a word.',
    example: {
      kind: 'image',
      bad: 'name: web\ntrait:HW_CPU_X86_AVX2: "true"\n',
      good: 'name: web\ntrait:HW_CPU_X86_AVX2: required\n',
    },
    *check({ properties }) {
      for (const set of properties())
        for (const stated of set.stated) {
          const { name, text, pointer } = stated;
          if (!name.startsWith('trait:') || text === 'required') continue;
          const forbids = text.trim().toLowerCase() === 'forbidden';
          const remove = removeFix(stated);
          yield {
            pointer,
            message: forbids
              ? 'Images cannot forbid a trait: Nova ignores it. Forbid it in a flavor, and remove it here.'
              : `Nova ignores a trait of the value ${show(text)}. Write required, or remove it.`,
            fixes: forbids
              ? [remove]
              : [...setFix(set, name, 'required', text.trim().toLowerCase() === 'required'), remove],
          };
        }
    },
  },
];

/** What people write for a value that is called otherwise. */
const slips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  architecture: { arm64: 'aarch64', x64: 'x86_64', 'x86-64': 'x86_64', x86: 'i686' },
  os_secure_boot: {
    true: 'required',
    yes: 'required',
    on: 'required',
    enabled: 'required',
    false: 'disabled',
  },
  img_config_drive: { true: 'mandatory', yes: 'mandatory', required: 'mandatory', false: 'optional' },
  hw_tpm_version: { 1: '1.2', 2: '2.0' },
  hw_firmware_type: { efi: 'uefi', ovmf: 'uefi', seabios: 'bios', legacy: 'bios' },
};

function* refusedValue(
  property: Property,
  stated: StatedProperty,
  set: PropertySet,
  release: Release,
): Generator<Observation> {
  const { name, text, pointer } = stated;
  const judged = judgeProperty(name, text, release);
  if (judged.type !== 'refused') return;
  const known = valuesIn(property, release);
  const value = canonicalValue(property, text);
  const { valuesSince = {} } = property;
  const later = Object.hasOwn(valuesSince, value) ? valuesSince[value] : undefined;
  const meant = meantValue(property, text, known);
  const listed = known.length === 0 || known.length > 14 ? '' : ` It takes ${known.join(', ')}.`;
  const remedy = later
    ? ` ${show(text)} comes with ${later}, and this cloud runs ${release}.`
    : meant
      ? ` Did you mean ${meant.value}?`
      : listed;
  yield {
    pointer,
    message: `Nova refuses each boot: “${judged.text}”.${remedy}`,
    fixes: [
      ...(meant ? setFix(set, name, meant.value, meant.certain) : []),
      ...(property.kind === 'list' ? [removeFix(stated)] : []),
    ],
  };
}

/** The value that a text means; certain where it is only written otherwise. */
function meantValue(
  property: Property,
  text: string,
  known: readonly string[],
): { readonly value: string; readonly certain: boolean } | undefined {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const same = known.find((value) => plain(value) === plain(text) && plain(text) !== '');
  if (same !== undefined) return { value: same, certain: true };
  const own = Object.hasOwn(slips, property.name) ? slips[property.name] : undefined;
  const slip = own && Object.hasOwn(own, text.toLowerCase()) ? own[text.toLowerCase()] : undefined;
  const near = slip ?? nearest(text, known, 2);
  return near === undefined ? undefined : { value: near, certain: false };
}

function* wrongNumber(
  { minimum, maximum, readers }: Property,
  name: string,
  text: string,
  pointer: string,
): Generator<Observation> {
  const number = parseInteger(text);
  const range =
    maximum === undefined
      ? `a number of at least ${minimum ?? 0}`
      : `a number between ${minimum} and ${maximum}`;
  if (number === undefined) {
    const atBoot = readers[0] === 'nova' && name !== 'os_shutdown_timeout';
    const message = atBoot
      ? `Nova refuses each boot, since ${show(text)} is no whole number. Write ${range}.`
      : `${show(text)} is no whole number. Write ${range}.`;
    yield { pointer, message, ...(atBoot ? {} : { severity: 'warning' as const }) };
  } else if (number < (minimum ?? number) || number > (maximum ?? number))
    yield {
      pointer,
      message: `${show(text)} is outside of what counts here. Write ${range}.`,
      severity: name === 'hw_numa_nodes' && number < 1 ? 'error' : 'warning',
    };
}

/** The truth value that a word means to people; undefined where it is no such word. */
function truthOf(text: string): 'true' | 'false' | undefined {
  const word = text.trim().toLowerCase();
  if (/^(?:enable[ds]?|active|activated|required?|allow(?:ed)?|ok|ja|si|oui|tru|ture|yess?|ye)$/.test(word))
    return 'true';
  return /^(?:disable[ds]?|inactive|deactivated|none?|never|deny|denied|nein|fals|flase|)$/.test(word)
    ? 'false'
    : undefined;
}
