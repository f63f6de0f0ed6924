import type { Json } from '../json.ts';
import type { Caller, Profile } from '../profile/profile.ts';
import { inputOf, propertiesOf } from './importBody.ts';

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

const setByService = [
  'id',
  'checksum',
  'size',
  'virtual_size',
  'created_at',
  'updated_at',
  'self',
  'file',
  'schema',
];

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
