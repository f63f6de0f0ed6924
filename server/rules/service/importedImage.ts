import type { Json } from '../json.ts';
import type { Caller, Profile } from '../profile/profile.ts';
import { diff } from './differences.ts';
import { inputOf, propertiesOf } from './importBody.ts';
import { nameOf, type Operation } from './patchBody.ts';

/** The value of what an image has and only the service knows beforehand; nobody writes it. */
export const notKnown = '\0';

/** The properties that every imported image has beside its `user_id` (SOURCES: rackspace §2.4 e). */
export const importedProperties = {
  image_type: 'import',
  os_type: 'linux',
  auto_disk_config: 'False',
  'com.rackspace__1__options': '0',
} as const;

/** The formats of an image that an import makes: in plain OpenStack it is an upload of the disk as it is (DECISIONS 21). */
export function importedFormats(profile: Profile): { disk_format: 'vhd'; container_format: 'ovf' | 'bare' } {
  return { disk_format: 'vhd', container_format: profile.offers.importTask ? 'ovf' : 'bare' };
}

/**
 * The smallest patch to what a manifest states of an image. What the image will have and nobody knows yet may be stated:
 * whether it is a change shows when it is there. The operations stand as the manifest does: of several that would be
 * refused, the service names the first.
 */
export function diffStated(image: ReadonlyMap<string, Json>, stated: ReadonlyMap<string, Json>): Operation[] {
  return diff(image, new Map([...stated, ...image, ...stated])).filter(
    (one) => !isUnknown(image, nameOf(one), one.value ?? null),
  );
}

/** Tells whether the image may well have this value, which nobody knows yet. */
export function isUnknown(image: ReadonlyMap<string, Json>, name: string, stated: Json): boolean {
  if (image.get(name) !== notKnown) return false;
  if (sizes.has(name)) return typeof stated === 'number' || (stated === null && name === 'virtual_size');
  return typeof stated === 'string' && forms[name]?.test(stated) !== false;
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const path = (end: string): RegExp => new RegExp(`^/v2/images/[0-9a-f-]{36}${end}$`);
/** What the values look like that only the service knows. */
const forms: Readonly<Record<string, RegExp>> = {
  checksum: /^[0-9a-f]{32}$/,
  created_at: time,
  updated_at: time,
  self: path(''),
  file: path('/file'),
};
const sizes = new Set(['size', 'virtual_size']);

const setByService = ['id', 'checksum', 'size', 'virtual_size', 'created_at', 'updated_at', 'self', 'file'];

/**
 * The image that an import makes, as far as it is known before: what only the service knows is `notKnown`. `data` is the
 * body of the task; without a name the image takes the object's (DECISIONS 5).
 */
export function importedImage(data: Json, profile: Profile, caller: Caller | undefined): Map<string, Json> {
  const from = inputOf(data)['import_from'];
  const object = typeof from === 'string' ? from.slice(from.indexOf('/') + 1) : notKnown;
  const { name = object, ...others } = propertiesOf(data);
  const byTask = profile.offers.importTask;
  return new Map<string, Json>([
    ...setByService.map((attribute): [string, Json] => [attribute, notKnown]),
    ['schema', '/v2/schemas/image'],
    ['name', name],
    ['owner', caller?.account ?? notKnown],
    ['status', 'active'],
    ['visibility', profile.images.defaultVisibility],
    ['protected', false],
    ['os_hidden', false],
    ['min_disk', 0],
    ['min_ram', 0],
    ['tags', []],
    ...Object.entries(importedFormats(profile)),
    ...(byTask ? [['user_id', notKnown] as [string, Json], ...Object.entries(importedProperties)] : []),
    ...(byTask ? [] : Object.entries(others)),
  ]);
}
