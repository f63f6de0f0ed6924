import type { Facts, Word } from '../facts.ts';
import { isObject, type Json, pointerTo, valueAt } from '../json.ts';
import { nearest } from '../nearest.ts';
import { remedyFor } from '../restoring.ts';
import { type DataEdit, type Fix, type Observation, observe, type Rule } from '../rule.ts';
import {
  codePoints,
  explainWide,
  imageReferences,
  isWide,
  narrowedChoices,
  refuseValue,
  show,
  typeOf,
  writableNames,
} from '../service/attributes.ts';
import { readPath } from '../service/patchBody.ts';
import { patchedNames, type Refused, type Subject } from '../subject.ts';
import { choiceFixes, renameFix, typeFixes } from '../valueFixes.ts';

const faq = 'Cloud Images FAQ, "Image metadata and property protection"';

export const propertyRules: readonly Rule[] = [
  {
    id: 'property/protected',
    marks: 'key',
    severity: 'error',
    kinds: ['image', 'patch'],
    source: faq,
    summary:
      'Properties that begin with com.rackspace, and a few others, are set by the service; customers cannot add, change or remove them.',
    example: {
      kind: 'image',
      bad: 'name: web\ncom.rackspace__1__team: blue\n',
      good: 'name: web\ncom.mycompany.team: blue\n',
    },
    *check(subject) {
      yield* observe(subject, 'property/protected', (refused) => {
        const name = refused.refusal.name ?? '';
        const remedy = isPrefixed(name, subject)
          ? 'Remove it, or rename it to a prefix of your own.'
          : 'Remove it.';
        return {
          message: `${show(name)} is a protected property: only the service sets it. ${remedyFor(subject, refused.refusal.pointer, name, remedy)}`,
          fixes: protectedFixes(refused, subject),
        };
      });
    },
  },
  {
    id: 'property/value',
    severity: 'error',
    kinds: ['image', 'patch'],
    source: 'Images API v2, image schema: additionalProperties are strings',
    summary: 'The value of a property is a string.',
    example: { kind: 'image', bad: 'name: web\nrelease: 7\n', good: 'name: web\nrelease: "7"\n' },
    *check(subject) {
      yield* observe(subject, 'property/value', ({ refusal }) => {
        const value = valueAt(subject.manifest, refusal.pointer);
        const name = refusal.name ?? '';
        const own = typeof value === 'string' || imageReferences.has(name);
        const renames = misspeltFixes(subject, refusal.pointer, name, value);
        const quotes = own
          ? choiceFixes(refusal.pointer, value, narrowedChoices(name) ?? [])
          : typeFixes(refusal.pointer, value, ['string']);
        return {
          message: isWide(value)
            ? explainWide(show(value))
            : own
              ? `${refusal.text.slice(refusal.text.indexOf(': ') + 2)}.`
              : `Property values are strings: ${show(value)} is not.`,
          // Where a name is misspelt, quotes would hide it.
          fixes: renames.length > 0 ? [...renames, ...quotes.map(({ safe: _, ...fix }) => fix)] : quotes,
        };
      });
    },
  },
  {
    id: 'property/name',
    marks: 'key',
    severity: 'error',
    kinds: ['image', 'patch'],
    source: 'Images API v2 as measured: property names have at most 255 characters',
    summary: 'The name of a property has at most 255 characters, and later Glance takes none of four bytes.',
    example: {
      kind: 'image',
      bad: `name: web\n${'k'.repeat(256)}: x\n`,
      good: `name: web\n${'k'.repeat(255)}: x\n`,
    },
    *check(subject) {
      const { nameLength } = subject.facts.profile.limits;
      yield* observe(subject, 'property/name', ({ refusal: { name = '' } }) => ({
        message:
          codePoints(name) > nameLength
            ? `This property name is longer than ${nameLength} characters. Shorten it.`
            : explainWide('This property name'),
      }));
    },
  },
  {
    id: 'property/count',
    restsOnImage: true,
    severity: 'error',
    kinds: ['image', 'patch'],
    source: 'Images API v2: image_property_quota, 413',
    summary: 'An image has at most 128 properties.',
    example: { kind: 'image', bad: properties(129), good: properties(128) },
    *check(subject) {
      yield* observe(subject, 'property/count', () => ({
        message: `The image would have more than ${subject.facts.profile.limits.properties} properties. Remove some.`,
      }));
    },
  },
  {
    id: 'property/discouraged',
    marks: 'key',
    severity: 'warning',
    kinds: ['image', 'patch'],
    profile: 'rackspace',
    source: 'Cloud Images guide, PATCH: use of the org.openstack prefix is discouraged',
    summary:
      'Names that begin with org.openstack are accepted, discouraged, and some of them cannot be edited later.',
    example: {
      kind: 'image',
      bad: 'name: web\norg.openstack__1__team: blue\n',
      good: 'name: web\ncom.mycompany.team: blue\n',
    },
    *check(subject) {
      const { discouragedPrefixes } = subject.facts.profile;
      const isDiscouraged = (name: string): boolean =>
        discouragedPrefixes.some((prefix) => name.startsWith(prefix));
      for (const { name, pointer, image } of namesOf(subject, isDiscouraged)) {
        if (standardNames.has(name) || image?.has(name)) continue;
        yield {
          pointer,
          message: `The org.openstack prefix is discouraged for properties of your own. Use your own, such as ${subject.facts.profile.ownPrefix}.`,
          fixes: renameFixes(name, discouragedPrefixes, pointer, pointer, subject),
        };
      }
    },
  },
  {
    id: 'property/misspelt',
    marks: 'key',
    severity: 'warning',
    kinds: ['image', 'patch'],
    source: 'Images API v2, image schema: any further key is a property',
    summary:
      'A name that is nearly that of an attribute makes a property of its own, and says nothing of the attribute.',
    example: {
      kind: 'image',
      bad: 'name: web\nvisibilty: private\n',
      good: 'name: web\nvisibility: private\n',
    },
    *check(subject) {
      const refused = new Set(subject.refusals().map(({ refusal }) => refusal.pointer));
      for (const { name, pointer, image } of namesOf(subject, isMisspelt)) {
        const meant = meantBy(name);
        if (meant === undefined || image?.has(name) || refused.has(pointer)) continue;
        const base = pointer.slice(0, pointer.lastIndexOf('/'));
        const holder = valueAt(subject.manifest, base);
        if (isObject(holder) && Object.hasOwn(holder, meant)) continue;
        const ofImage = subject.kind === 'image';
        const value = valueAt(subject.manifest, ofImage ? pointer : `${base}/value`);
        const fix: Fix = ofImage
          ? renameFix(pointer, meant)
          : { title: `Change to '/${meant}'`, edits: [{ do: 'set', pointer, value: pointerTo(meant) }] };
        const fits = !refuseValue(meant, value, subject.facts.profile);
        yield {
          pointer,
          message: `${show(name)} is a property of its own. Did you mean '${meant}'?`,
          fixes: fits ? [fix] : [],
        };
      }
    },
  },
  {
    id: 'property/word',
    severity: 'warning',
    kinds: ['image', 'patch', 'import', 'export', 'server-image', 'server'],
    source: 'YAML 1.1 and 1.2, which tools of the same repository may read differently',
    summary:
      'Words such as yes, 012, 1_000, 1:30 and 2026-01-01 mean different things to readers of YAML 1.1 and 1.2.',
    example: {
      kind: 'image',
      bad: 'name: web\ncom.mycompany.canary: yes\n',
      good: 'name: web\ncom.mycompany.canary: "yes"\n',
      words: [{ pointer: '/com.mycompany.canary', spelled: 'yes', elsewhere: 'true' }],
    },
    *check({ facts, manifest }) {
      for (const word of facts.words ?? []) yield explainWord(word, manifest);
    },
  },
];

function explainWord({ pointer, spelled, elsewhere, onKey = false }: Word, manifest: Json): Observation {
  const value = valueAt(manifest, pointer);
  const reading = `YAML 1.1 readers take ${onKey ? 'the key ' : ''}${spelled} for ${elsewhere}.`;
  if (onKey || typeof value !== 'number') {
    const edit: DataEdit = { do: 'quote', pointer, ...(onKey ? { onKey } : {}) };
    const fixes: Fix[] = [{ title: `Put '${spelled}' in quotes`, edits: [edit], safe: true }];
    return { pointer, onKey, message: `${reading} Put it in quotes.`, fixes };
  }
  // Where a number is meant, quotes would be wrong.
  const other = Number(elsewhere);
  const meant = Number.isNaN(other) ? [value] : [value, other];
  return {
    pointer,
    message: `${reading} Write ${meant.join(' or ')}.`,
    fixes: meant.map((number) => ({
      title: `Write ${number}`,
      edits: [{ do: 'set', pointer, value: number }],
    })),
  };
}

/** `min_dsik: 20` means an attribute: a property of that name would be a text. */
function misspeltFixes({ kind, manifest }: Subject, pointer: string, name: string, value: Json): Fix[] {
  if (kind !== 'image') return [];
  const image = valueAt(manifest, pointer.slice(0, pointer.lastIndexOf('/')));
  const free = writableNames().filter((attribute) => isObject(image) && !Object.hasOwn(image, attribute));
  const meant = nearest(name, free);
  const fits = { number: 'integer', boolean: 'boolean', object: 'array' }[String(typeof value)];
  return meant !== undefined && typeOf(meant) === fits ? [renameFix(pointer, meant)] : [];
}

/** Attributes, and properties that the cloud reads: what is nearly one of them is a slip. */
const wellKnown: ReadonlySet<string> = new Set([
  ...writableNames(),
  'auto_disk_config',
  'hypervisor_type',
  'img_config_drive',
  'os_distro',
  'os_version',
  'vm_mode',
  'xenapi_use_agent',
]);

/** By the length of a word, those that one edit can make of it: all others need not be compared. */
const wellKnownAround: ReadonlyMap<number, readonly string[]> = new Map(
  Array.from({ length: 32 }, (_, length) => [
    length,
    [...wellKnown].filter((known) => Math.abs(known.length - length) <= 1),
  ]),
);

/** Keys that the service itself puts on images and that owners of imported images are told to set (SOURCES: rackspace §2.2). */
const standardNames = new Set([
  'org.openstack__1__os_distro',
  'org.openstack__1__os_version',
  'org.openstack__1__architecture',
  'org.openstack__1__created_by',
]);

interface PlacedName {
  readonly name: string;
  readonly pointer: string;
  /** The live image. */
  readonly image: Facts['image'];
}

export function isMisspelt(name: string): boolean {
  return meantBy(name) !== undefined;
}

/** The well-known name that a name is a slip of. */
function meantBy(name: string): string | undefined {
  if (name.length < 5 || wellKnown.has(name)) return undefined;
  return nearest(name, wellKnownAround.get(name.length) ?? [], 1);
}

/** The keys of images, and the paths that a patch adds, as far as they are wanted: few are, of many. */
function namesOf(subject: Subject, isWanted: (name: string) => boolean): PlacedName[] {
  if (subject.kind === 'image')
    return subject.images().flatMap(({ pointer, image, facts }) =>
      Object.keys(image)
        .filter(isWanted)
        .map((name) => ({ name, pointer: pointer + pointerTo(name), image: facts.image })),
    );
  if (!Array.isArray(subject.manifest)) return [];
  const { image } = subject.facts;
  const found: PlacedName[] = [];
  for (const [at, item] of subject.manifest.entries()) {
    const path = isObject(item) && item['op'] === 'add' ? item['path'] : undefined;
    if (typeof path !== 'string' || !path.startsWith('/')) continue;
    const name = readPath(path);
    if (isWanted(name)) found.push({ name, pointer: pointerTo(at, 'path'), image });
  }
  return found;
}

function isPrefixed(name: string, { facts }: Subject): boolean {
  return facts.profile.protectedPrefixes.some((prefix) => name.startsWith(prefix));
}

function protectedFixes({ refusal, whole }: Refused, subject: Subject): Fix[] {
  const name = refusal.name ?? '';
  const removal: Fix = { title: `Remove '${name}'`, edits: [{ do: 'remove', pointer: whole }] };
  return [
    ...renameFixes(name, subject.facts.profile.protectedPrefixes, whole, refusal.pointer, subject),
    removal,
  ];
}

/** Renames to a prefix of one's own: the key at `whole`, or the path of a patch at `path`. */
function renameFixes(
  name: string,
  prefixes: readonly string[],
  whole: string,
  path: string,
  subject: Subject,
): Fix[] {
  const own = ownName(name, prefixes, whole, subject);
  if (!own) return [];
  const edit: DataEdit =
    subject.kind === 'image'
      ? { do: 'rename', pointer: whole, name: own }
      : { do: 'set', pointer: path, value: pointerTo(own) };
  return [{ title: `Rename to '${own}'`, edits: [edit] }];
}

/** `com.rackspace__1__team` → `com.mycompany.team`; undefined where nothing is left, or the name is taken or refused too. */
function ownName(
  name: string,
  prefixes: readonly string[],
  whole: string,
  subject: Subject,
): string | undefined {
  const prefix = prefixes.find((start) => name.startsWith(start));
  const rest = prefix === undefined ? '' : name.slice(prefix.length).replace(/^[_.\-:]*(\d+__)?/, '');
  const own = `${subject.facts.profile.ownPrefix}.${rest}`;
  const image = subject.kind === 'image' && valueAt(subject.manifest, whole.slice(0, whole.lastIndexOf('/')));
  const taken = image ? !isObject(image) || Object.hasOwn(image, own) : patchedNames(subject).has(own);
  return rest === '' || taken || subject.facts.image?.has(own) ? undefined : own;
}

function properties(count: number): string {
  return `name: web\n${Array.from({ length: count }, (_, at) => `p${at}: x\n`).join('')}`;
}
