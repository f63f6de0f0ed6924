import fc from 'fast-check';
import type { Json, JsonObject } from '../../server/rules/json.ts';
import { type DiskKind, diskKinds, type VhdSpec } from '../tools/disks.ts';
import { diskCase } from './diskCases.ts';
import type { ProfileName, Whose } from './lives.ts';

/** Requests of every fault class, about as many accepted as refused. `about` names the class, for the distribution. */
export type Case =
  | { readonly kind: 'patch'; readonly about: string; readonly body: Json; readonly of?: Whose }
  | { readonly kind: 'image'; readonly about: string; readonly manifest: JsonObject; readonly of?: Whose }
  | { readonly kind: 'create'; readonly about: string; readonly manifest: JsonObject }
  | {
      readonly kind: 'disk';
      readonly about: string;
      readonly spec: VhdSpec | Uint8Array;
      readonly properties?: JsonObject;
    }
  | {
      readonly kind: 'import-from';
      readonly about: string;
      readonly address: string;
      readonly properties: JsonObject;
    }
  | {
      readonly kind: 'import';
      readonly about: string;
      readonly disk: DiskKind | 'none';
      readonly properties: JsonObject | undefined;
    }
  | { readonly kind: 'members'; readonly about: string; readonly items: readonly Json[]; readonly of: Whose }
  | {
      readonly kind: 'export';
      readonly about: string;
      readonly container: string;
      readonly of: Whose | 'unknown';
      readonly again: boolean;
      readonly licences?: string;
    };

const names = {
  own: [
    'team',
    'com.mycompany.team',
    'vm_mode',
    'os_distro',
    'a/b',
    'a~b',
    '__proto__',
    'constructor',
    'Com.Rackspace',
    'org.openstack__1__x',
    '',
  ],
  protected: [
    'com.rackspace__1__options',
    'com.rackspace__1__new',
    'com.rackspacex',
    'os_type',
    'image_type',
    'user_id',
  ],
  readOnly: ['id', 'status', 'size', 'checksum', 'created_at', 'owner', 'schema', 'deleted', 'os_glance_x'],
};

const tag = fc.oneof(
  { weight: 16, arbitrary: fc.stringMatching(/^[a-z0-9_]{1,12}$/) },
  { weight: 2, arbitrary: fc.constantFrom('web frontend', 'prod/eu-1', 'Café', '🚀', 'a\tb') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 't'.repeat(255), 't'.repeat(256), '🚀'.repeat(255), '🚀'.repeat(256)),
  },
);
const tags = fc.oneof(
  { weight: 8, arbitrary: fc.array(tag, { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(127, 128, 129)
      .map((count) => Array.from({ length: count }, (_, at) => `t${at}`)),
  },
);
const wrongValue = fc.constantFrom<Json>(7, true, null, ['x'], { a: 'b' });

interface Setting {
  readonly about: string;
  readonly name: string;
  readonly value: Json;
}

/** A name with a value for it: most of them fine. */
const setting: fc.Arbitrary<Setting> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      about: fc.constant('own property'),
      name: fc.constantFrom(...names.own),
      value: fc.string({ maxLength: 20 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('property that is no text'),
      name: fc.constantFrom(...names.own),
      value: wrongValue,
    }),
  },
  { weight: 7, arbitrary: fc.record({ about: fc.constant('tags'), name: fc.constant('tags'), value: tags }) },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('tags that are no list'),
      name: fc.constant('tags'),
      value: fc.constantFrom<Json>('a', [7], null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      about: fc.constant('protected property'),
      name: fc.constantFrom(...names.protected),
      value: fc.constantFrom<Json>('0', 'linux', 7),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('read-only attribute'),
      name: fc.constantFrom(...names.readOnly),
      value: fc.constantFrom<Json>('x', 7),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      about: fc.constant('name'),
      name: fc.constant('name'),
      value: fc.constantFrom<Json>('web', null, 'n'.repeat(255), 'n'.repeat(256), 7),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('visibility'),
      name: fc.constant('visibility'),
      value: fc.constantFrom<Json>('private', 'public', 'shared', 7),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('count'),
      name: fc.constantFrom('min_disk', 'min_ram'),
      value: fc.constantFrom<Json>(0, 20, -1, 2 ** 31, 1.5, '20'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('protected flag'),
      name: fc.constant('protected'),
      value: fc.constantFrom<Json>(false, 'false'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('format'),
      name: fc.constantFrom('disk_format', 'container_format'),
      value: fc.constantFrom<Json>('raw', 'bare', 'nonsense'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('image reference'),
      name: fc.constantFrom('kernel_id', 'ramdisk_id'),
      value: fc.constantFrom<Json>('c3b6b3e0-0000-4000-8000-000000000001', null, 'x'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      about: fc.constant('long property name'),
      name: fc.constantFrom('k'.repeat(255), 'k'.repeat(256)),
      value: fc.constant('x'),
    }),
  },
);

const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

const operation: fc.Arbitrary<{ about: string; operation: Json }> = fc.oneof(
  {
    weight: 10,
    arbitrary: setting.map(({ about, name, value }) => ({
      about,
      operation: { op: 'add', path: pointer(name), value },
    })),
  },
  {
    weight: 2,
    arbitrary: setting.map(({ about, name, value }) => ({
      about: `replace: ${about}`,
      operation: { op: 'replace', path: pointer(name), value },
    })),
  },
  {
    weight: 1,
    arbitrary: setting.map(({ about, name }) => ({
      about: `remove: ${about}`,
      operation: { op: 'remove', path: pointer(name) },
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<Json>(
        { op: 'move', path: '/a', from: '/b' },
        { path: '/a', value: 'x' },
        { op: 'add', value: 'x' },
        { op: 'add', path: '/a' },
        'add',
        null,
        { op: 'add', path: 'a', value: 'x' },
        { op: 'add', path: '/a/b', value: 'x' },
        { op: 'add', path: '/a/', value: 'x' },
        { op: 'add', path: '//a', value: 'x' },
        { op: 'add', path: '/a~2', value: 'x' },
        { op: 'add', path: 7, value: 'x' },
        { op: 7, path: '/a', value: 'x' },
      )
      .map((malformed) => ({ about: 'malformed operation', operation: malformed })),
  },
);

const patchCase: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.array(operation, { minLength: 1, maxLength: 2 }).map(
      (chosen): Case => ({
        kind: 'patch',
        about: chosen.map(({ about }) => about).join(' + '),
        body: chosen.map((one) => one.operation),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<Json>([], { op: 'add' }, 'x', 7)
      .map((body): Case => ({ kind: 'patch', about: 'body', body })),
  },
);

const settings = fc.array(setting, { minLength: 1, maxLength: 2 }).map((chosen) => ({
  about: chosen.map(({ about }) => about).join(' + '),
  chosen,
}));

const imageCase: fc.Arbitrary<Case> = settings.map(({ about, chosen }) => ({
  kind: 'image',
  about,
  // `id` says which image the manifest means, so it is none of its changes.
  manifest: manifestOf(chosen, ['id']),
}));

/** What only the service sets is part of what an image manifest shows, and not of what it asks for: it is not sent. */
const createCase: fc.Arbitrary<Case> = settings.map(({ about, chosen }) => ({
  kind: 'create',
  about,
  manifest: manifestOf(chosen, names.readOnly),
}));

function manifestOf(chosen: readonly Setting[], without: readonly string[]): JsonObject {
  return Object.fromEntries(
    chosen.filter(({ name }) => !without.includes(name)).map(({ name, value }) => [name, value]),
  );
}

const properties: fc.Arbitrary<JsonObject | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.stringMatching(/^[a-z]{1,10}$/) }) },
  { weight: 1, arbitrary: fc.constantFrom<JsonObject | undefined>({}, undefined, { name: 'windows-2012' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonObject>(
      { name: 'w', vm_mode: 'hvm' },
      { name: 'w', tags: ['a'] },
      { name: 'n'.repeat(256) },
      { name: 7 },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonObject>(
      { os_type: 'windows' },
      { name: 'w', os_distro: 'windows' },
      { name: 'w', 'org.openstack__1__os_distro': 'com.microsoft.server' },
    ),
  },
);

const importCase: fc.Arbitrary<Case> = fc
  .record({
    disk: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom<DiskKind>('dynamic', 'fixed', 'linux') },
      { weight: 1, arbitrary: fc.constantFrom<DiskKind | 'none'>(...diskKinds, 'none') },
    ),
    properties,
  })
  .map(({ disk, properties: set }) => ({ kind: 'import', about: disk, disk, properties: set }));

const whose = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Whose>('own') },
  { weight: 1, arbitrary: fc.constant<Whose>('public') },
);
const account = fc.integer({ min: 100_002, max: 100_012 }).map(String);
const member: fc.Arbitrary<Json> = fc.oneof(
  { weight: 12, arbitrary: account },
  { weight: 2, arbitrary: account.map((member_id) => ({ member_id })) },
  { weight: 1, arbitrary: account.map((member_id) => ({ member_id, status: 'accepted' })) },
  { weight: 1, arbitrary: fc.constantFrom<Json>('', '  ', 100_002, null, true, 'né', '🚀', 'a b') },
);
const membersCase: fc.Arbitrary<Case> = fc
  .record({
    items: fc.oneof(
      { weight: 12, arbitrary: fc.array(member, { minLength: 1, maxLength: 4 }) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(127, 128, 129)
          .map((count) => Array.from({ length: count }, (_, at) => `${100_100 + at}`)),
      },
    ),
    of: whose,
  })
  .map((one) => ({ kind: 'members', about: one.items.length > 4 ? 'many' : one.of, ...one }));

const exportCase: fc.Arbitrary<Case> = fc
  .record({
    container: fc.oneof(
      { weight: 3, arbitrary: fc.constant('exports') },
      { weight: 2, arbitrary: fc.constantFrom('nowhere', 'exp.orts', 'a/b', 'exports?', 'c'.repeat(257)) },
    ),
    of: whose,
    again: fc.boolean(),
  })
  .map((one) => ({ kind: 'export', about: one.again ? 'again' : one.of, ...one }));

/** The same, of an image in any state. */
function inAnyState(cases: fc.Arbitrary<Case>): fc.Arbitrary<Case> {
  const of = fc.constantFrom<Whose>('own', 'queued', 'deactivated', 'private');
  return fc.tuple(cases, of).map(([one, state]) => ({ ...one, of: state }) as Case);
}

/** Imports and exports are Rackspace's; new images, and states that a customer brings them to, plain OpenStack's. */
export const anyCase: Readonly<Record<ProfileName, fc.Arbitrary<Case>>> = {
  rackspace: fc.oneof(
    { weight: 4, arbitrary: patchCase },
    { weight: 2, arbitrary: imageCase },
    { weight: 2, arbitrary: importCase },
    { weight: 2, arbitrary: diskCase },
    { weight: 1, arbitrary: membersCase },
    { weight: 1, arbitrary: exportCase },
  ),
  openstack: fc.oneof(
    { weight: 4, arbitrary: inAnyState(patchCase) },
    { weight: 2, arbitrary: inAnyState(imageCase) },
    { weight: 4, arbitrary: createCase },
    { weight: 1, arbitrary: membersCase },
    { weight: 1, arbitrary: inAnyState(membersCase) },
  ),
};
