import { nearest } from '../../nearest.ts';
import { hasReached } from '../../profile/releases.ts';
import { legacyNames } from '../../properties/novaFields.ts';
import { guideSource, readingSource, releasedSource } from '../../properties/property.ts';
import { fieldOf, findProperty, properties } from '../../properties/table.ts';
import type { Rule } from '../../rule.ts';
import { show } from '../../service/attributes.ts';
import { isMisspelt } from '../property.ts';
import { kinds, removeFix, renameFixes } from './fixes.ts';

const common = { kinds, profile: 'openstack', marks: 'key' } as const;

/** Names of properties: unknown ones, those of before, those that a service writes, and those of a later release. */
export const propertyNameRules: readonly Rule[] = [
  {
    ...common,
    id: 'hw/unknown',
    severity: 'warning',
    source: readingSource,
    summary:
      'Nova drops a name that it does not know, without a word; one that is nearly a known one is a slip.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_diskbus: virtio\n',
      good: 'name: web\nhw_disk_bus: virtio\n',
    },
    *check({ properties: sets }) {
      for (const set of sets())
        for (const stated of set.stated) {
          const meant = nameMeant(stated.name);
          if (meant === undefined) continue;
          const retired = findProperty(meant)?.retired;
          yield {
            pointer: stated.namePointer,
            message: retired
              ? `No service reads ${show(stated.name)}, nor '${meant}'. ${retired}`
              : `No service reads ${show(stated.name)}, and Nova ignores it without telling. Did you mean '${meant}'?`,
            fixes: retired ? [removeFix(stated)] : renameFixes(set, stated, meant),
          };
        }
    },
  },
  {
    ...common,
    id: 'hw/legacy',
    severity: 'information',
    source: readingSource,
    summary:
      'Nova still reads names of before; the current name is the one to write, and wins where both are set.',
    example: {
      kind: 'image',
      bad: 'name: web\nipxe_boot: "true"\n',
      good: 'name: web\nhw_ipxe_boot: "true"\n',
    },
    *check({ properties: sets }) {
      for (const set of sets())
        for (const stated of set.stated) {
          const current = legacyNames.get(stated.name);
          if (current === undefined) continue;
          const isBoth = Object.hasOwn(set.all, current);
          const property = findProperty(stated.name);
          // To rename what a service writes, or nobody reads, is no help: that it is so has rules of its own.
          const isUseless = property?.setBy !== undefined || property?.retired !== undefined;
          const isDocumented = documented.has(stated.name) || stated.name.startsWith('vmware_');
          if (!isBoth && (isUseless || isDocumented)) continue;
          yield {
            pointer: stated.namePointer,
            message: isBoth
              ? `The image has '${current}' too, which wins: this one has no effect. Remove one of them.`
              : `The current name of '${stated.name}' is '${current}'.`,
            ...(isBoth ? { severity: 'warning' as const } : {}),
            fixes: isBoth ? [removeFix(stated)] : renameFixes(set, stated, current),
          };
        }
    },
  },
  {
    ...common,
    id: 'property/by-hand',
    severity: 'warning',
    source: releasedSource,
    summary: 'Some properties are written by a service or a tool, which relies on them.',
    example: {
      kind: 'image',
      bad: 'name: web\nimg_bdm_v2: "true"\n',
      good: 'name: web\ncom.mycompany.team: blue\n',
    },
    *check({ properties: sets }) {
      for (const set of sets())
        for (const stated of set.stated) {
          const { setBy, readers } = findProperty(stated.name) ?? {};
          // What a tool keeps for itself alone may stand in a manifest that was written of its image.
          if (
            setBy === undefined ||
            readers?.every((reader) => reader === 'people') ||
            set.live?.get(stated.name) === stated.text
          )
            continue;
          yield {
            pointer: stated.namePointer,
            message: `'${stated.name}' is written by ${setBy}. Remove it here.`,
            fixes: [removeFix(stated)],
          };
        }
    },
  },
  {
    ...common,
    id: 'hw/newer',
    severity: 'warning',
    source: releasedSource,
    summary: 'A property that came with a later release of OpenStack than the cloud runs has no effect.',
    example: {
      kind: 'image',
      bad: 'name: web\nhw_sound_model: ich9\n',
      good: 'name: web\nhw_rng_model: virtio\n',
    },
    *check({ properties: sets, facts: { profile } }) {
      for (const set of sets())
        for (const stated of set.stated) {
          const since = findProperty(stated.name)?.since;
          if (since === undefined || hasReached(profile.release, since)) continue;
          yield {
            pointer: stated.namePointer,
            message: `'${stated.name}' came with OpenStack ${since}; this cloud runs ${profile.release}, where Nova ignores it. Say in .cloud-images.json if its release is another.`,
            fixes: [removeFix(stated)],
          };
        }
    },
  },
  {
    ...common,
    id: 'trait/name',
    severity: 'warning',
    source: guideSource,
    summary: 'Names of traits are capitals, digits and underscores, and no host has one that is not.',
    example: {
      kind: 'image',
      bad: 'name: web\ntrait:custom-gpu: required\n',
      good: 'name: web\ntrait:CUSTOM_GPU: required\n',
    },
    *check({ properties: sets }) {
      for (const set of sets())
        for (const stated of set.stated) {
          const trait = stated.name.startsWith('trait:') ? stated.name.slice('trait:'.length) : undefined;
          if (trait === undefined || /^[A-Z0-9_]+$/.test(trait)) continue;
          const proper = trait.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_');
          yield {
            pointer: stated.namePointer,
            message:
              'Names of traits have capitals, digits and underscores alone; those of one’s own begin with CUSTOM_. No host has this one.',
            fixes: trait === '' ? [] : renameFixes(set, stated, `trait:${proper}`),
          };
        }
    },
  },
];

/** Names of before under which the guide still describes the property. */
const documented: ReadonlySet<string> = new Set(
  properties.flatMap(({ name }) => (fieldOf(name) === name ? [] : [name])),
);

const prefixes = ['hw_', 'img_', 'os_'];
const names: readonly string[] = [
  ...properties
    .map(({ name }) => name)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !/\.N$|NAME$/.test(name)),
];
/** By the length of a name, those that two edits can make of it. */
const namesAround: ReadonlyMap<number, readonly string[]> = new Map(
  Array.from({ length: 40 }, (_, length) => [
    length,
    names.filter((name) => Math.abs(name.length - length) <= 2),
  ]),
);

/** The known name that an unknown one is a slip of. What is a slip of an attribute is `property/misspelt`. */
function nameMeant(name: string): string | undefined {
  if (name.length < 7 || findProperty(name) || isMisspelt(name)) return undefined;
  const lower = name.toLowerCase().replaceAll('-', '_');
  if (lower !== name && findProperty(lower)) return lower;
  if (!prefixes.some((prefix) => lower.startsWith(prefix))) return undefined;
  return nearest(name, namesAround.get(name.length) ?? [], 2);
}
