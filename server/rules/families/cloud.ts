import { asText, type Json, pointerTo } from '../json.ts';
import type { CloudVocabulary, DefinedProperty } from '../profile/vocabulary.ts';
import { findProperty } from '../properties/table.ts';
import type { Fix, Observation, Rule } from '../rule.ts';
import { classOf, show } from '../service/attributes.ts';
import { settingsOf } from '../settingsOf.ts';
import { sourceOf } from '../source/source.ts';
import type { Subject } from '../subject.ts';
import { choiceFixes } from '../valueFixes.ts';

const source = 'what the connected cloud tells of itself';
const kinds = ['image', 'patch'] as const;

const told: CloudVocabulary = {
  cloud: 'acme, region one',
  readAt: '2026-11-01T00:00:00Z',
  isCurrent: true,
  required: ['os_purpose'],
  properties: { rack: { type: 'string', values: ['north', 'south'] } },
  stores: ['ceph', 'file'],
  methods: ['glance-direct'],
  volumeTypes: ['ssd'],
};

/** What the connected cloud has of its own: definitions, requirements, stores and methods, volume types. */
export const cloudRules: readonly Rule[] = [
  {
    id: 'cloud/required',
    severity: 'error',
    kinds: ['image'],
    profile: 'openstack',
    source: `${source}: its image schema`,
    summary:
      'A cloud may require properties of new images, in its image schema; it refuses those without with 400.',
    example: {
      kind: 'image',
      bad: 'name: web\n',
      good: 'name: web\nos_purpose: generic\n',
      image: null,
      vocabulary: told,
    },
    *check(subject) {
      const { requiredProperties = [], vocabulary } = subject.facts.profile;
      const required = new Set([...requiredProperties, ...(vocabulary?.required ?? [])]);
      for (const { pointer, image, facts } of subject.images()) {
        if (facts.image || !facts.profile.images.madeByManifests) continue;
        for (const name of required) {
          if (Object.hasOwn(image, name) || isOfService(name)) continue;
          const told = vocabulary?.required.includes(name) ? vocabulary : undefined;
          yield {
            pointer,
            onKey: true,
            message: `${told ? nameOf(told) : "This project's emulator"} requires '${name}' of new images. Add it.`,
            fixes: additions(name, pointer, vocabulary?.properties[name]),
            ...(told?.isCurrent === false ? { severity: 'warning' } : {}),
          };
        }
      }
    },
  },
  {
    id: 'cloud/definition',
    severity: 'information',
    kinds,
    profile: 'openstack',
    source: `${source}: its metadata definitions`,
    summary:
      'A cloud defines properties of its own and their values. Glance takes others too; its tools may not.',
    example: {
      kind: 'image',
      bad: 'name: web\nrack: west\n',
      good: 'name: web\nrack: north\n',
      vocabulary: told,
    },
    *check(subject) {
      const vocabulary = vocabularyOf(subject);
      if (!vocabulary) return;
      for (const { name, pointer, value } of settingsOf(subject)) {
        const defined = Object.hasOwn(vocabulary.properties, name) ? vocabulary.properties[name] : undefined;
        // What OpenStack itself knows, its own rules judge.
        if (!defined || findProperty(name) || typeof value === 'object') continue;
        const wanted = wants(defined, value);
        if (wanted !== undefined)
          yield {
            pointer,
            message: `${nameOf(vocabulary)} defines '${name}' as ${wanted}; ${show(value)} is not.`,
            fixes: choiceFixes(pointer, value, defined.values ?? []),
          };
      }
    },
  },
  {
    id: 'cloud/volume-type',
    severity: 'warning',
    kinds,
    profile: 'openstack',
    source: `${source}: its volume types; cinder/volume/flows/api/create_volume.py`,
    summary:
      'cinder_img_volume_type names a volume type of the cloud; otherwise no volume can be made of the image.',
    example: {
      kind: 'image',
      bad: 'name: web\ncinder_img_volume_type: sdd\n',
      good: 'name: web\ncinder_img_volume_type: ssd\n',
      vocabulary: told,
    },
    *check(subject) {
      const vocabulary = vocabularyOf(subject);
      const types = vocabulary?.volumeTypes;
      if (!vocabulary || !types) return;
      for (const { name, pointer, value } of settingsOf(subject))
        if (name === 'cinder_img_volume_type' && typeof value === 'string' && !types.includes(value))
          yield {
            pointer,
            message: `${nameOf(vocabulary)} has no volume type ${show(value)}: it has ${list(types)}.`,
            fixes: choiceFixes(pointer, value, types),
          };
    },
  },
  {
    id: 'cloud/store',
    severity: 'error',
    kinds: ['image'],
    profile: 'openstack',
    source: `${source}: its stores`,
    summary: 'The stores that a source names are stores of the cloud.',
    example: {
      kind: 'image',
      bad: 'name: web\ndisk_format: raw\ncontainer_format: bare\nsource: { file: web.raw, stores: [cepf] }\n',
      good: 'name: web\ndisk_format: raw\ncontainer_format: bare\nsource: { file: web.raw, stores: [ceph] }\n',
      vocabulary: told,
    },
    *check(subject) {
      yield* ofSource(subject, 'stores', ({ stores }) => stores, 'store');
    },
  },
  {
    id: 'cloud/method',
    severity: 'error',
    kinds: ['image'],
    profile: 'openstack',
    source: `${source}: its import methods`,
    summary: 'The method that a source names is one that the cloud offers; an upload is always possible.',
    example: {
      kind: 'image',
      bad: 'name: web\ndisk_format: raw\ncontainer_format: bare\nsource: { url: "https://images.example.org/a", method: web-download }\n',
      good: 'name: web\ndisk_format: raw\ncontainer_format: bare\nsource: { file: a.raw, method: glance-direct }\n',
      vocabulary: told,
    },
    *check(subject) {
      yield* ofSource(subject, 'method', ({ methods }) => ['upload', ...methods], 'import method');
    },
  },
];

function vocabularyOf({ facts }: Subject): CloudVocabulary | undefined {
  return facts.profile.vocabulary;
}

/** The cloud as the subject of a sentence, with the age of what is known of it where it is not connected. */
function nameOf({ cloud, isCurrent, readAt }: CloudVocabulary): string {
  return isCurrent ? `The cloud (${cloud})` : `The cloud (${cloud}, as of ${readAt.slice(0, 10)})`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.slice(0, 12).join(', ') + (names.length > 12 ? ', …' : '');
}

/** Members that the service writes itself are not asked of a manifest. */
function isOfService(name: string): boolean {
  return !['writable', 'custom'].includes(classOf(name));
}

function additions(name: string, pointer: string, defined: DefinedProperty | undefined): Fix[] {
  return (defined?.values ?? []).slice(0, 8).map((value) => ({
    title: `Add '${name}: ${value}'`,
    edits: [{ do: 'set', pointer: pointer + pointerTo(name), value }],
  }));
}

/** What a definition asks that a value is not; undefined where it is. */
function wants({ type, values, minimum, maximum }: DefinedProperty, value: Json): string | undefined {
  const text = asText(value);
  if (values && !values.includes(text)) return `one of ${list(values)}`;
  if (type === 'boolean' && !/^(true|false)$/i.test(text)) return 'true or false';
  if (type !== 'integer') return undefined;
  const isWhole = /^-?\d+$/.test(text);
  if (!isWhole) return 'a whole number';
  const number = Number(text);
  if (minimum !== undefined && number < minimum) return `a number of at least ${minimum}`;
  return maximum !== undefined && number > maximum ? `a number of at most ${maximum}` : undefined;
}

function* ofSource(
  subject: Subject,
  member: 'stores' | 'method',
  read: (vocabulary: CloudVocabulary) => readonly string[],
  called: string,
): Generator<Observation> {
  const vocabulary = vocabularyOf(subject);
  if (!vocabulary) return;
  const known = read(vocabulary);
  // A cloud that tells of none may have them all the same.
  if (known.length === (member === 'method' ? 1 : 0)) return;
  for (const { pointer, image } of subject.images()) {
    const written = sourceOf(image)?.[member];
    const place = `${pointer}/source/${member}`;
    const items: [Json | undefined, string][] = Array.isArray(written)
      ? written.map((item, at) => [item, `${place}/${at}`])
      : [[written, place]];
    for (const [item, at] of items)
      if (typeof item === 'string' && item !== 'all' && !known.includes(item))
        yield {
          pointer: at,
          message: `${nameOf(vocabulary)} has no ${called} ${show(item)}: it has ${list(known)}.`,
          fixes: choiceFixes(at, item, known),
          ...(vocabulary.isCurrent ? {} : { severity: 'warning' }),
        };
  }
}
