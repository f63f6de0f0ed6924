import { isObject, type Json } from '../json.ts';
import type { Caller, Flavor, Profile } from '../profile/profile.ts';
import { classOf } from './attributes.ts';
import { notKnown } from './importedImage.ts';

/** Never passed on to images of a server (SOURCES: nova §8, rackspace §2.4). */
const notInherited: ReadonlySet<string> = new Set(
  `cache_in_nova bittorrent cinder_encryption_key_id cinder_encryption_key_deletion_policy img_signature
   img_signature_hash_method img_signature_key_type img_signature_certificate_uuid mappings img_mappings
   block_device_mapping img_block_device_mapping instance_uuid user_id image_type base_image_ref
   com.rackspace__1__release_version com.rackspace__1__release_build_date com.rackspace__1__platform_target
   com.rackspace__1__ui_default_show`.split(/\s+/),
);

/** Tells whether images of a server have a property of the image that it was built from. */
export function isInherited(name: string): boolean {
  return classOf(name) === 'custom' && !notInherited.has(name) && !name.startsWith('os_glance');
}

const setByService = ['id', 'checksum', 'size', 'virtual_size', 'created_at', 'updated_at', 'self', 'file'];
/** The properties that only the service knows beforehand. */
const serviceProperties = ['base_image_ref', 'instance_uuid', 'user_id'];
/** What Cloud Servers told of the server in its images (SOURCES: rackspace §2.3). */
const flavorProperties = `flavorid name memory_mb root_gb ephemeral_gb swap vcpus rxtx_factor`
  .split(' ')
  .map((name) => `instance_type_${name}`);
const novaProperties = ['owner_user_name', 'owner_project_name', 'boot_roles', 'owner_id'];

/** What an image inherits: of the image that its server was built from, where that is known, and of its flavor. */
export interface ImageOrigin {
  readonly base?: ReadonlyMap<string, Json> | undefined;
  readonly flavor?: Flavor | undefined;
}

/** The image that `{ createImage }` makes, as far as it is known before: what only the service knows is `notKnown`. */
export function serverImage(
  data: Json,
  { base, flavor }: ImageOrigin,
  profile: Profile,
  caller: Caller | undefined,
): Map<string, Json> {
  const action = isObject(data) ? data['createImage'] : undefined;
  const { name = null, metadata } = isObject(action) ? action : {};
  const isNova = profile.compute.hasMicroversions;
  const unknown = [...setByService, ...serviceProperties, ...(isNova ? novaProperties : flavorProperties)];
  return new Map<string, Json>([
    ...unknown.map((attribute): [string, Json] => [attribute, notKnown]),
    ['schema', '/v2/schemas/image'],
    ['owner', caller?.account ?? notKnown],
    ['status', 'active'],
    ['visibility', 'private'],
    ['protected', false],
    ['os_hidden', false],
    ['min_disk', Math.max(Number(base?.get('min_disk') ?? 0), flavor?.disk ?? 0)],
    ['min_ram', base?.get('min_ram') ?? 0],
    ['tags', []],
    ['disk_format', isNova ? 'qcow2' : 'vhd'],
    ['container_format', isNova ? 'bare' : 'ovf'],
    ...[...(base ?? [])].filter(([property]) => isInherited(property)),
    ['image_type', 'snapshot'],
    ...(isNova
      ? ([
          ['image_location', 'snapshot'],
          ['image_state', 'available'],
        ] as const)
      : ([
          ['xenapi_image_compression_level', '1'],
          ['network_allocated', 'True'],
        ] as const)),
    ...Object.entries(isObject(metadata) ? metadata : {}),
    ['name', name],
  ]);
}
