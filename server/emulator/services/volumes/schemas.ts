import type { Schema } from '../../../rules/nova/schema.ts';
import { bodyOf } from '../../../rules/nova/types.ts';

/** The bodies that Cinder takes (SOURCES: cinder §2), in the order of its own keywords. */

const uuidFormat: Schema = { type: 'string', format: 'uuid' };
const uuidOrNull: Schema = { oneOf: [{ type: 'null' }, uuidFormat] };
const nullOrUuid: Schema = { oneOf: [uuidFormat, { type: 'null' }] };
const shortText: Schema = { type: ['string', 'null'], minLength: 0, maxLength: 255 };
const description: Schema = { ...shortText, pattern: String.raw`^[\P{C}]*$` };
const label: Schema = { type: ['string', 'null'] };
const boolean: Schema = {
  type: ['boolean', 'string'],
  // biome-ignore format: a table
  enum: [true, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes', 'y', 't',
    false, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no', 'n', 'f'],
};
const size: Schema = {
  type: ['integer', 'string'],
  pattern: '^[0-9]+$',
  minimum: 1,
  maximum: 0x7fffffff,
};
const texts: Schema = {
  type: 'object',
  patternProperties: { '^[a-zA-Z0-9-_:. /]{1,255}$': { type: 'string', maxLength: 255 } },
  additionalProperties: false,
};

const newVolume: Schema = {
  type: 'object',
  properties: {
    name: label,
    description: label,
    display_name: label,
    display_description: label,
    volume_type: shortText,
    metadata: { ...texts, type: ['object', 'null'] },
    snapshot_id: uuidOrNull,
    source_volid: uuidOrNull,
    consistencygroup_id: uuidOrNull,
    size: { ...size, type: ['integer', 'string', 'null'] },
    availability_zone: { type: ['string', 'null'], minLength: 1, maxLength: 255 },
    multiattach: { oneOf: [{ type: 'null' }, boolean] },
    image_id: shortText,
    imageRef: shortText,
  },
};

/** Groups came with microversion 3.13, backups with 3.47; since 3.53 other members are refused. */
export function createVolumeSchema(minor: number): Schema {
  const properties = {
    ...newVolume.properties,
    ...(minor >= 13 ? { group_id: shortText } : {}),
    ...(minor >= 47 ? { backup_id: uuidOrNull } : {}),
  };
  return {
    type: 'object',
    properties: {
      volume: { ...newVolume, properties, additionalProperties: minor < 53 },
      'OS-SCH-HNT:scheduler_hints': { type: ['object', 'null'] },
    },
    required: ['volume'],
    additionalProperties: false,
  };
}

const names = ['name', 'description', 'display_name', 'display_description'];

/** `isStrict`: since microversion 3.53, a change says something. */
export function updateVolumeSchema(isStrict: boolean): Schema {
  return bodyOf('volume', {
    type: 'object',
    properties: {
      name: label,
      description: label,
      display_name: label,
      display_description: label,
      metadata: texts,
    },
    additionalProperties: false,
    ...(isStrict ? { anyOf: [...names, 'metadata'].map((name) => ({ required: [name] })) } : {}),
  });
}

export const createSnapshotSchema = bodyOf('snapshot', {
  type: 'object',
  properties: {
    name: shortText,
    display_name: shortText,
    description,
    volume_id: nullOrUuid,
    force: boolean,
    metadata: { ...texts, type: ['object', 'null'] },
  },
  required: ['volume_id'],
  additionalProperties: false,
});

export const updateSnapshotSchema = bodyOf('snapshot', {
  type: 'object',
  properties: {
    name: shortText,
    description,
    display_name: shortText,
    display_description: description,
  },
  additionalProperties: false,
  anyOf: names.map((name) => ({ required: [name] })),
});

export const metadataSchema = bodyOf('metadata', texts);
export const metaSchema = bodyOf('meta', { ...texts, minProperties: 1, maxProperties: 1 });

const connector: Schema = { type: ['object', 'null'] };

/** `hasMode`: since microversion 3.54. */
export function createAttachmentSchema(hasMode: boolean): Schema {
  return bodyOf('attachment', {
    type: 'object',
    properties: {
      instance_uuid: uuidFormat,
      connector,
      volume_uuid: uuidFormat,
      ...(hasMode ? { mode: { type: 'string', enum: ['rw', 'ro'] } } : {}),
    },
    required: ['volume_uuid'],
    additionalProperties: false,
  });
}

export const updateAttachmentSchema = bodyOf('attachment', {
  type: 'object',
  properties: { connector: { type: 'object', minProperties: 1 } },
  required: ['connector'],
  additionalProperties: false,
});

/** A volume's actions, by name; those without a body's schema are not here. */
export const actionSchemas = {
  'os-attach': {
    type: 'object',
    properties: {
      instance_uuid: uuidFormat,
      mountpoint: { type: 'string', minLength: 1, maxLength: 255 },
      host_name: { type: 'string', maxLength: 255 },
      mode: { type: 'string', enum: ['rw', 'ro'] },
    },
    required: ['mountpoint'],
    anyOf: [{ required: ['instance_uuid'] }, { required: ['host_name'] }],
    additionalProperties: false,
  },
  'os-detach': {
    type: ['object', 'null'],
    properties: { attachment_id: nullOrUuid },
    additionalProperties: false,
  },
  'os-extend': {
    type: 'object',
    properties: { new_size: size },
    required: ['new_size'],
    additionalProperties: false,
  },
  'os-set_bootable': {
    type: 'object',
    properties: { bootable: boolean },
    required: ['bootable'],
    additionalProperties: false,
  },
  'os-update_readonly_flag': {
    type: 'object',
    properties: { readonly: boolean },
    required: ['readonly'],
    additionalProperties: false,
  },
  'os-volume_upload_image': {
    type: 'object',
    properties: {
      image_name: { type: 'string', minLength: 1, maxLength: 255 },
      force: boolean,
      disk_format: { type: 'string', enum: ['raw', 'vmdk', 'vdi', 'qcow2', 'vhd', 'vhdx', 'ploop'] },
      container_format: description,
      visibility: { type: 'string', enum: ['community', 'public', 'private', 'shared'] },
      protected: boolean,
    },
    required: ['image_name'],
    additionalProperties: false,
  },
  'os-set_image_metadata': {
    type: 'object',
    properties: { metadata: texts },
    required: ['metadata'],
    additionalProperties: false,
  },
  'os-unset_image_metadata': {
    type: 'object',
    properties: { key: { type: 'string', minLength: 1, maxLength: 255 } },
    required: ['key'],
    additionalProperties: false,
  },
  'os-reset_status': {
    type: 'object',
    properties: {
      status: { type: ['string', 'null'] },
      attach_status: { type: ['string', 'null'] },
      migration_status: { type: ['string', 'null'] },
    },
    additionalProperties: false,
  },
} as const satisfies Readonly<Record<string, Schema>>;

export function actionSchema(name: keyof typeof actionSchemas, minor: number): Schema {
  if (name !== 'os-volume_upload_image' || minor >= 1) return bodyOf(name, actionSchemas[name]);
  const { visibility: _v, protected: _p, ...properties } = actionSchemas[name].properties;
  return bodyOf(name, { ...actionSchemas[name], properties });
}

export const snapshotResetSchema = bodyOf('os-reset_status', {
  type: 'object',
  properties: { status: { type: 'string' } },
  required: ['status'],
  additionalProperties: false,
});
