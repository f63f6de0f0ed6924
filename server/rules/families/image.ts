import { articles } from '../articles.ts';
import { type Json, valueAt } from '../json.ts';
import type { Flavor, Profile } from '../profile/profile.ts';
import { remedyFor } from '../restoring.ts';
import { type Fix, type Observation, observe, type Rule } from '../rule.ts';
import { answers } from '../service/answers.ts';
import { choicesOf, explainWide, isWide, notText, refuseValue, show, typeOf } from '../service/attributes.ts';
import type { Refusal } from '../service/changes.ts';
import type { Subject } from '../subject.ts';
import { choiceFixes, typeFixes } from '../valueFixes.ts';
import { targetRules } from './imageTarget.ts';

const kinds = ['image', 'patch'] as const;

const imageSchema = 'Images API v2, image schema';

const diskConfig = 'Cloud Servers guide, disk configuration extension';

export const imageRules: readonly Rule[] = [
  ...targetRules,
  {
    id: 'image/read-only',
    marks: 'key',
    severity: 'error',
    kinds,
    source: 'Cloud Images guide, PATCH image: restricted attributes',
    summary: 'Attributes such as id, status, size, checksum, owner and the dates are set by the service.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /status, value: active }\n',
      good: '- { op: replace, path: /name, value: web }\n',
    },
    *check(subject) {
      yield* observe(subject, 'image/read-only', ({ refusal, whole }) => ({
        message: `Only the service sets '${refusal.name ?? ''}'. ${remedyFor(subject, refusal.pointer, refusal.name ?? '', 'Remove it.')}`,
        fixes: [{ title: `Remove '${refusal.name ?? ''}'`, edits: [{ do: 'remove', pointer: whole }] }],
      }));
    },
  },
  {
    id: 'image/value',
    severity: 'error',
    kinds,
    source: imageSchema,
    summary: 'Attributes of an image take the values of the image schema.',
    example: { kind: 'image', bad: 'name: web\nmin_disk: -1\n', good: 'name: web\nmin_disk: 20\n' },
    *check(subject) {
      for (const { refusal } of subject.refusals())
        if (refusal.rule === 'image/value') yield* explainValue(subject, refusal);
    },
  },
  {
    id: 'image/visibility',
    severity: 'error',
    kinds,
    source: 'Cloud Images guide: only Rackspace publishes public images',
    summary: 'Customers cannot make an image public.',
    example: {
      kind: 'image',
      bad: 'name: web\nvisibility: public\n',
      good: 'name: web\nvisibility: private\n',
    },
    *check(subject) {
      yield* observe(subject, 'image/visibility', ({ refusal }) => ({
        message: `Only the cloud's administrators make images public. Choose ${subject.facts.profile.images.visibilities
          .filter((one) => one !== 'public')
          .join(', ')}; share it with single accounts as members.`,
        fixes: [
          {
            title: "Change to 'private'",
            edits: [{ do: 'set', pointer: refusal.pointer, value: 'private' }],
          },
        ],
      }));
    },
  },
  {
    id: 'image/locked-format',
    restsOnImage: true,
    severity: 'error',
    kinds,
    source: 'Images API v2: formats change only while an image is queued',
    summary: 'disk_format and container_format of an image that has data cannot be changed.',
    example: {
      kind: 'patch',
      bad: '- { op: replace, path: /disk_format, value: raw }\n',
      good: '- { op: replace, path: /min_disk, value: 20 }\n',
      image: { status: 'active', disk_format: 'vhd' },
    },
    *check(subject) {
      yield* observe(subject, 'image/locked-format', ({ refusal, whole }) => ({
        message: `'${refusal.name ?? ''}' cannot change any more: the image has its data. Remove this change.`,
        fixes: [{ title: 'Remove this change', edits: [{ do: 'remove', pointer: whole }] }],
      }));
    },
  },
  {
    id: 'image/auto-disk-config',
    severity: 'error',
    kinds,
    profile: 'rackspace',
    source: diskConfig,
    summary: "Customers set auto_disk_config to True or False; 'disabled' is the service's own.",
    example: {
      kind: 'image',
      bad: 'name: web\nauto_disk_config: disabled\n',
      good: 'name: web\nauto_disk_config: "False"\n',
    },
    *check(subject) {
      yield* observe(subject, 'image/auto-disk-config', ({ refusal: { pointer } }) => ({
        message: "'disabled' is set by the service only. 'False' leaves the partitions as they are, too.",
        fixes: [{ title: "Change to 'False'", edits: [{ do: 'set', pointer, value: 'False' }] }],
      }));
    },
  },
  {
    id: 'image/auto-disk-config-word',
    severity: 'warning',
    kinds: ['image'],
    profile: 'rackspace',
    source: diskConfig,
    summary: 'auto_disk_config is read as True or False; any other word counts as False.',
    example: {
      kind: 'image',
      bad: 'name: web\nauto_disk_config: "on"\n',
      good: 'name: web\nauto_disk_config: "True"\n',
    },
    *check({ images }) {
      for (const { pointer, image } of images()) {
        const value = image['auto_disk_config'];
        if (typeof value !== 'string' || /^(true|false|disabled)$/i.test(value)) continue;
        yield {
          pointer: `${pointer}/auto_disk_config`,
          message: `${show(value)} is neither True nor False. Write which of them you mean.`,
          fixes: ['True', 'False'].map((word) => ({
            title: `Change to '${word}'`,
            edits: [{ do: 'set', pointer: `${pointer}/auto_disk_config`, value: word }],
          })),
        };
      }
    },
  },
  {
    id: 'image/no-flavor',
    severity: 'warning',
    kinds: ['image'],
    profile: 'rackspace',
    source: articles.flavors,
    summary: 'min_disk is in GB and min_ram in MB: some flavor should have both.',
    example: { kind: 'image', bad: 'name: web\nmin_disk: 20480\n', good: 'name: web\nmin_disk: 20\n' },
    *check({ facts, images }) {
      const flavors = facts.flavors ?? facts.profile.flavors ?? [];
      for (const { pointer, image } of images()) {
        const { min_disk: disk = 0, min_ram: ram = 0 } = image;
        if (typeof disk !== 'number' || typeof ram !== 'number') continue;
        // What no image may have no flavor need have.
        if (refuseValue('min_disk', disk, facts.profile) ?? refuseValue('min_ram', ram, facts.profile))
          continue;
        const ofVolumes = disk * 2 ** 30 <= facts.profile.limits.volumeImageBytes;
        const fits = (flavor: Flavor) =>
          flavor.ram >= ram && (flavor.disk >= disk || (flavor.disk === 0 && ofVolumes));
        if (flavors.length === 0 || flavors.some(fits)) continue;
        const enough = flavors.some((flavor) => flavor.ram >= ram);
        yield {
          pointer: `${pointer}/${enough ? 'min_disk' : 'min_ram'}`,
          message: enough
            ? `No flavor has a system disk of ${disk} GB with ${ram} MB of memory. min_disk is in GB.`
            : `No flavor has ${ram} MB of memory. min_ram is in MB.`,
          fixes: enough ? inGigabytes(`${pointer}/min_disk`, disk) : [],
        };
      }
    },
  },
  {
    id: 'image/unprepared',
    severity: 'hint',
    kinds: ['image'],
    profile: 'rackspace',
    source: articles.preparing,
    summary:
      'An imported image needs vm_mode, and with cloud-init a configuration drive, before servers are built.',
    example: {
      kind: 'image',
      bad: 'name: web\n',
      good: 'name: web\nvm_mode: hvm\nimg_config_drive: mandatory\n',
      image: { name: 'web', image_type: 'import' },
    },
    *check({ images }) {
      for (const { pointer, image, facts } of images()) {
        const { image: live } = facts;
        if (live?.get('image_type') !== 'import') continue;
        const has = (name: string) => live.has(name) || Object.hasOwn(image, name);
        const drive = !has('img_config_drive') && !has('xenapi_use_agent');
        const missing = [
          ...(has('vm_mode') ? [] : ["vm_mode: 'hvm'"]),
          ...(drive ? ["with cloud-init, img_config_drive: 'mandatory' and xenapi_use_agent: 'False'"] : []),
        ];
        const set = {
          ...(has('vm_mode') ? {} : { vm_mode: 'hvm' }),
          ...(drive ? { img_config_drive: 'mandatory', xenapi_use_agent: 'False' } : {}),
        };
        if (missing.length > 0)
          yield {
            pointer,
            message: `This image was imported and is not prepared for servers yet. Set ${missing.join('; ')}.`,
            fixes: [setting(pointer, set, drive ? ', for cloud-init' : '')],
          };
      }
    },
  },
];

/** A size that was written in MB. */
function inGigabytes(pointer: string, size: number): Fix[] {
  const value = size / 1024;
  return Number.isInteger(value) && value > 0
    ? [{ title: `Change to ${value}`, edits: [{ do: 'set', pointer, value }] }]
    : [];
}

/** Sets properties that the image does not have. */
function setting(pointer: string, properties: { readonly [name: string]: string }, what: string): Fix {
  const all = Object.entries(properties);
  return {
    title: `Set ${all.map(([name]) => name).join(', ')}${what}`,
    edits: all.map(([name, value]) => ({ do: 'set', pointer: `${pointer}/${name}`, value })),
  };
}

/** A list is wrong where its items are: each is marked by itself. */
function* explainValue({ manifest, facts }: Subject, refusal: Refusal): Generator<Observation> {
  const { pointer, name = '', status, text } = refusal;
  const value = valueAt(manifest, pointer);
  if (name === 'tags' && Array.isArray(value)) {
    for (const [at, item] of value.entries()) {
      const place = `${pointer}/${at}`;
      if (typeof item !== 'string') {
        const fixes = typeFixes(place, item, ['string']);
        yield { pointer: place, message: `${notText(item)}.`, answer: answers.schema(notText(item)), fixes };
      } else if (text === answers.wideTag().text && isWide(item))
        yield { pointer: place, message: explainWide(`The tag ${show(item)}`), answer: { status, text } };
    }
    return;
  }
  const message = isWide(value)
    ? explainWide(show(value))
    : `${refuseValue(name, value, facts.profile) ?? text.slice(text.indexOf(': ') + 2)}.`;
  yield {
    pointer,
    message,
    answer: { status, text },
    fixes: valueFixes(name, pointer, value, facts.profile),
  };
}

function valueFixes(name: string, pointer: string, value: Json, profile: Profile): Fix[] {
  // What only the cloud's administrators may choose would be refused next.
  const choices = choicesOf(name, profile)?.filter((choice) => choice !== 'public');
  const type = typeOf(name);
  return choices ? choiceFixes(pointer, value, choices) : type ? typeFixes(pointer, value, [type]) : [];
}
