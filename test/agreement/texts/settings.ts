/** Names and values that a person may give an image, by what is right or wrong with them. */
import type { Json } from '../../../server/rules/json.ts';
import type { Random } from '../../fuzz/random.ts';
import type { Images } from './world.ts';

export interface Setting {
  readonly about: string;
  readonly name: string;
  readonly value: Json;
}

type Image = ReadonlyMap<string, Json>;
type Make = (random: Random, live: Image | undefined, images: Images) => readonly [name: string, value: Json];

const own = [
  'team',
  'com.mycompany.team',
  'vm_mode',
  'os_distro',
  'a/b',
  'a~b',
  '__proto__',
  'constructor',
  'toString',
  'Com.Rackspace',
  'org.openstack__1__x',
  '',
  'hw_disk_bus',
  'ключ',
  'os_glanced',
  'release',
];
const guarded = [
  'com.rackspace__1__options',
  'com.rackspace__1__new',
  'com.rackspacex',
  'com.rackspace',
  'os_type',
  'image_type',
  'user_id',
];
const readOnly = [
  'status',
  'size',
  'checksum',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
  'virtual_size',
  'locations',
  'stores',
  'direct_url',
  'os_hash_value',
  'os_hash_algo',
  'deleted',
  'deleted_at',
  'location',
  'os_glance_x',
];
const words = [
  'yes',
  'no',
  'on',
  'y',
  '012',
  '0x1f',
  '1:30',
  '2026-11-28',
  '.inf',
  '1_000',
  '0b11',
  '1e3',
  '~',
  'null',
  'true',
  ' padded ',
  'a: b',
  'a #b',
  '- a',
  '*x',
  '&x',
  '!x',
  '%x',
  '@x',
  '`x',
  "it's",
  'say "so"',
  'back\\slash',
  'two\nlines',
  'tab\there',
  'é',
  '🚀',
  '\u00a0',
  '\u200b',
];

const texts: Make = (random) => [
  random.pick(own),
  random.once(3) ? random.pick(words) : random.pick(['blue', 'red', '1', '']),
];

/** Each class about as often as its weight says. */
const classes: readonly (readonly [weight: number, about: string, make: Make])[] = [
  [10, 'own property', texts],
  [
    2,
    'property that is no text',
    (random) => [random.pick(own), random.pick<Json>([7, 1.5, 1e21, true, null, ['x'], { a: 'b' }, [], {}])],
  ],
  [4, 'tags', (random) => ['tags', someTags(random)]],
  [2, 'many tags', (random) => ['tags', manyTags(random)]],
  [
    2,
    'tags that are no list of texts',
    (random) => ['tags', random.pick<Json>(['production', [7], null, [null], ['a', true], {}, [['a']]])],
  ],
  [3, 'protected property', (random) => [random.pick(guarded), random.pick<Json>(['0', 'linux', 7, null])]],
  [
    3,
    'read-only attribute',
    (random) => [random.pick(readOnly), random.pick<Json>(['x', 7, 'active', null, []])],
  ],
  [2, 'owner', (random, _, { accounts }) => ['owner', random.pick<Json>([...accounts, '', null, 7])]],
  [
    2,
    'live value stated again',
    (random, live) => (live ? random.pick([...live].filter(([name]) => name !== 'id')) : ['name', 'new']),
  ],
  [
    3,
    'name',
    (random) => [
      'name',
      random.pick<Json>([
        'web',
        '',
        null,
        'n'.repeat(254),
        'n'.repeat(255),
        'n'.repeat(256),
        '🚀',
        'é'.repeat(255),
        7,
        ['web'],
        ' ',
        'yes',
      ]),
    ],
  ],
  [
    2,
    'visibility',
    (random) => [
      'visibility',
      random.pick<Json>(['private', 'public', 'shared', 'community', 'Private', 'publik', null, 7]),
    ],
  ],
  [
    2,
    'count',
    (random) => [
      random.pick(['min_disk', 'min_ram']),
      random.pick<Json>([0, 1, 20, -1, 2 ** 31 - 1, 2 ** 31, 1.5, '20', null, true, 1e21]),
    ],
  ],
  [
    2,
    'flag',
    (random) => [
      random.pick(['protected', 'os_hidden']),
      random.pick<Json>([true, false, 'false', 'yes', 0, null]),
    ],
  ],
  [
    2,
    'format',
    (random) => [
      random.pick(['disk_format', 'container_format']),
      random.pick<Json>(['raw', 'bare', 'vhd', 'ovf', 'ploop', 'docker', 'nonsense', null, 7]),
    ],
  ],
  [
    1,
    'image reference',
    (random) => [
      random.pick(['kernel_id', 'ramdisk_id']),
      random.pick<Json>(['c3b6b3e0-0000-4000-8000-000000000001', null, 'x', 7]),
    ],
  ],
  [
    1,
    'length of a property name',
    (random) => [random.pick(['k'.repeat(255), 'k'.repeat(256), '🚀'.repeat(255), '🚀'.repeat(256)]), 'x'],
  ],
  [
    1,
    'auto_disk_config',
    (random) => [
      'auto_disk_config',
      random.pick<Json>(['disabled', 'DISABLED', 'Disabled', 'true', false, null]),
    ],
  ],
];
const weighted = classes.flatMap(([weight, about, make]) =>
  Array.from({ length: weight }, () => ({ about, make })),
);

export function makeSetting(random: Random, live: Image | undefined, images: Images): Setting {
  const { about, make } = random.pick(weighted);
  const [name, value] = make(random, live, images);
  return { about, name, value };
}

function someTags(random: Random): Json[] {
  return Array.from({ length: random.below(5) }, () => makeTag(random));
}

function makeTag(random: Random): string {
  if (random.below(4) > 0) return random.pick(['web', 'production', 'a1', 'b_2', 'agreement', 'old', 'eu']);
  return random.pick([
    'web frontend',
    'prod/eu-1',
    'Café',
    '🚀',
    'a\tb',
    '',
    't'.repeat(255),
    't'.repeat(256),
    '🚀'.repeat(255),
    '🚀'.repeat(256),
    '.',
    '..',
    '?',
    '#',
    '%2F',
    'yes',
    '012',
    ' ',
  ]);
}

/** On both sides of the quota of 128, and over it by duplicates only. */
function manyTags(random: Random): Json[] {
  const count = random.pick([127, 128, 129, 130]);
  const list = Array.from({ length: count }, (_, at) => `t${at}`);
  return random.once(3) ? [...list.slice(0, 128), 't0', 't1'] : list;
}
