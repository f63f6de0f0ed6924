import type { Schema } from './schema.ts';
import {
  accessIPv4,
  accessIPv6,
  bodyOf,
  boolean,
  description,
  diskConfig,
  flavorRef,
  fqdn,
  hostname,
  ipAddress,
  metadata,
  name,
  nameWithSpaces,
  objectOf,
  positiveInteger,
  tag,
  text,
  uuid,
} from './types.ts';

const userData: Schema = { type: 'string', format: 'base64', maxLength: 65535 };
const personality: Schema = {
  type: 'array',
  items: objectOf({ path: text, contents: { type: 'string', format: 'base64' } }),
};
const trustedCerts: Schema = {
  type: ['array', 'null'],
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  items: { type: 'string', minLength: 1 },
};
const volumeSize: Schema = {
  type: ['integer', 'string'],
  pattern: '^[0-9]+$',
  minimum: 1,
  maximum: 2 ** 31 - 1,
};

const oldMapping: Readonly<Record<string, Schema>> = {
  virtual_name: { type: 'string', maxLength: 255 },
  volume_id: uuid,
  snapshot_id: uuid,
  volume_size: volumeSize,
  device_name: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9._-r/]*$' },
  delete_on_termination: boolean,
  no_device: {},
  connection_info: { type: 'string', maxLength: 16777215 },
};
const short: Schema = { type: 'string', maxLength: 255 };
const mapping: Readonly<Record<string, Schema>> = {
  ...oldMapping,
  source_type: { type: 'string', enum: ['volume', 'image', 'snapshot', 'blank'] },
  uuid: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9._-]*$' },
  image_id: uuid,
  destination_type: { type: 'string', enum: ['local', 'volume'] },
  guest_format: short,
  device_type: short,
  disk_bus: short,
  boot_index: { type: ['integer', 'string', 'null'], pattern: '^-?[0-9]+$' },
};

const hints: Schema = {
  type: 'object',
  properties: {
    group: uuid,
    different_host: { oneOf: [uuid, { type: 'array', items: uuid }] },
    same_host: { type: ['string', 'array'], items: uuid },
    query: { type: ['string', 'object'] },
    target_cell: name,
    different_cell: { type: ['string', 'array'], items: text },
    build_near_host_ip: ipAddress,
    cidr: { type: 'string', pattern: '^/[0-9a-f.:]+$' },
  },
  additionalProperties: true,
};

function networks(version: number): Schema {
  const port: Schema = { oneOf: [uuid, { type: 'null' }] };
  const tagged = version === 32 || version >= 33;
  const hasTag = tagged && !(version >= 37 && version < 42);
  const item = objectOf({
    fixed_ip: ipAddress,
    port,
    uuid: version >= 37 ? uuid : text,
    ...(hasTag ? { tag } : {}),
  });
  const list: Schema = { type: 'array', items: item };
  return version >= 37 ? { oneOf: [list, { type: 'string', enum: ['none', 'auto'] }] } : list;
}

/** `POST /servers` as a minor version takes it. */
export function createSchema(version: number, isLegacy = false): Schema {
  const named = isLegacy ? nameWithSpaces : name;
  const devices = {
    ...mapping,
    ...(version === 32 || version >= 42 ? { tag } : {}),
    ...(version >= 67 ? { volume_type: { type: ['string', 'null'], minLength: 0, maxLength: 255 } } : {}),
  };
  const server: Schema = {
    type: 'object',
    properties: {
      name: named,
      imageRef: { oneOf: [uuid, { type: 'string', maxLength: 0 }] },
      flavorRef,
      adminPass: text,
      metadata,
      networks: networks(version),
      'OS-DCF:diskConfig': diskConfig,
      accessIPv4,
      accessIPv6,
      ...(version < 57 ? { personality } : {}),
      availability_zone: named,
      block_device_mapping: { type: 'array', items: objectOf(oldMapping) },
      block_device_mapping_v2: { type: 'array', items: objectOf(devices) },
      config_drive: boolean,
      key_name: named,
      min_count: positiveInteger,
      max_count: positiveInteger,
      return_reservation_id: boolean,
      security_groups: { type: 'array', items: objectOf({ name: named }) },
      user_data: isLegacy ? { oneOf: [userData, { type: 'null' }] } : userData,
      ...(version >= 19 ? { description } : {}),
      ...(version >= 52 ? { tags: { type: 'array', items: tag, maxItems: 50 } } : {}),
      ...(version >= 63 ? { trusted_image_certificates: trustedCerts } : {}),
      ...(version >= 74 ? { host: fqdn, hypervisor_hostname: fqdn } : {}),
      ...(version >= 90 ? { hostname } : {}),
    },
    required: ['name', 'flavorRef', ...(version >= 37 ? ['networks'] : [])],
    additionalProperties: false,
  };
  return {
    type: 'object',
    properties: { server, 'os:scheduler_hints': hints, 'OS-SCH-HNT:scheduler_hints': hints },
    required: ['server'],
    additionalProperties: false,
  };
}

/** `PUT /servers/ID` */
export function updateSchema(version: number, isLegacy = false): Schema {
  return bodyOf(
    'server',
    objectOf({
      name: isLegacy ? nameWithSpaces : name,
      'OS-DCF:diskConfig': diskConfig,
      accessIPv4,
      accessIPv6,
      ...(version >= 19 ? { description } : {}),
      ...(version >= 90 ? { hostname } : {}),
    }),
  );
}

export function rebuildSchema(version: number, isLegacy = false): Schema {
  return bodyOf(
    'rebuild',
    objectOf(
      {
        name: isLegacy ? nameWithSpaces : name,
        imageRef: uuid,
        adminPass: text,
        metadata,
        preserve_ephemeral: boolean,
        'OS-DCF:diskConfig': diskConfig,
        accessIPv4,
        accessIPv6,
        ...(version < 57 ? { personality } : {}),
        ...(version >= 19 ? { description } : {}),
        ...(version >= 54
          ? { key_name: { oneOf: [{ type: 'string', minLength: 1, maxLength: 255 }, { type: 'null' }] } }
          : {}),
        ...(version >= 57 ? { user_data: { oneOf: [userData, { type: 'null' }] } } : {}),
        ...(version >= 63 ? { trusted_image_certificates: trustedCerts } : {}),
        ...(version >= 90 ? { hostname } : {}),
      },
      ['imageRef'],
    ),
  );
}

/** `POST /servers/ID/action` with `createImage`. */
export function createImageSchema(isLegacy = false): Schema {
  return bodyOf('createImage', objectOf({ name: isLegacy ? nameWithSpaces : name, metadata }, ['name']));
}
