import type { JsonObject } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { taskTypes } from '../tasks/records.ts';

/** The schemas that `/v2/schemas/NAME` answers, from which clients build their options (SOURCES: rackspace §1.8). */
export function schemas(profile: Profile): ReadonlyMap<string, JsonObject> {
  const image = buildImageSchema(profile);
  const task = buildTaskSchema(profile);
  const { input: _input, result: _result, message: _message, ...listed } = task;
  const member = buildMemberSchema();
  return new Map([
    ['member', entity('member', member)],
    ['members', collection('members', entity('member', member), false)],
    ['image', entity('image', image, { additionalProperties: { type: 'string' } })],
    ['images', collection('images', entity('image', image, { additionalProperties: { type: 'string' } }))],
    ['task', entity('task', task)],
    ['tasks', collection('tasks', entity('task', listed))],
  ]);
}

/** Builds the schema of an image. Long, since it is data. */
function buildImageSchema(profile: Profile): JsonObject {
  const { limits } = profile;
  const readOnly = (schema: JsonObject): JsonObject => ({ ...schema, readOnly: true });
  const text = { type: ['null', 'string'] };
  const time = readOnly({ type: 'string' });
  const count = { type: 'integer', minimum: 0, maximum: 2147483647 };
  const uuid = '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$';
  return {
    id: { type: 'string', pattern: uuid, description: 'An identifier for the image' },
    name: { ...text, maxLength: limits.nameLength, description: 'Descriptive name for the image' },
    status: readOnly({
      type: 'string',
      enum: [
        ...['queued', 'saving', 'active', 'killed', 'deleted', 'pending_delete', 'deactivated'],
        ...(profile.offers.importMethod ? ['uploading', 'importing'] : []),
      ],
      description: 'Status of the image',
    }),
    visibility: {
      type: 'string',
      enum: [...profile.images.visibilities],
      description: 'Scope of image accessibility',
    },
    protected: { type: 'boolean', description: 'If true, image will not be deletable.' },
    checksum: readOnly({ ...text, maxLength: 32, description: 'md5 hash of image contents.' }),
    owner: { ...text, maxLength: 255, description: 'Owner of the image' },
    size: readOnly({ type: ['null', 'integer'], description: 'Size of image file in bytes' }),
    virtual_size: readOnly({ type: ['null', 'integer'], description: 'Virtual size of image in bytes' }),
    container_format: {
      ...text,
      enum: [null, ...profile.images.containerFormats],
      description: 'Format of the container',
    },
    disk_format: { ...text, enum: [null, ...profile.images.diskFormats], description: 'Format of the disk' },
    created_at: { ...time, description: 'Date and time of image registration' },
    updated_at: { ...time, description: 'Date and time of the last image modification' },
    tags: {
      type: 'array',
      items: { type: 'string', maxLength: limits.tagLength },
      description: 'List of strings related to the image',
    },
    min_ram: { ...count, description: 'Amount of ram (in MB) required to boot image.' },
    min_disk: { ...count, description: 'Amount of disk space (in GB) required to boot image.' },
    os_hidden: {
      type: 'boolean',
      description: 'If true, image will not appear in default image list response.',
    },
    ...(profile.images.hasHashes ? plainAttributes() : {}),
    self: time,
    file: time,
    schema: time,
    architecture: { type: 'string', description: 'Operating system architecture', is_base: false },
    os_distro: {
      type: 'string',
      description: 'Common name of operating system distribution',
      is_base: false,
    },
    os_version: { type: 'string', description: 'Operating system version', is_base: false },
    kernel_id: { ...text, pattern: uuid, description: 'ID of the image used as the kernel', is_base: false },
    ramdisk_id: {
      ...text,
      pattern: uuid,
      description: 'ID of the image used as the ramdisk',
      is_base: false,
    },
    instance_uuid: { type: 'string', description: 'ID of the server this image is of', is_base: false },
  };
}

/** Attributes that only plain Glance shows. */
function plainAttributes(): JsonObject {
  const readOnly = { type: ['null', 'string'], readOnly: true };
  return {
    os_hash_algo: { ...readOnly, maxLength: 64, description: 'Algorithm to calculate os_hash_value' },
    os_hash_value: {
      ...readOnly,
      maxLength: 128,
      description: 'Hexdigest of the image contents using the algorithm specified by os_hash_algo',
    },
    stores: {
      type: 'string',
      readOnly: true,
      description:
        'Stores in which image data resides. Only present when the operator has enabled multiple stores.',
    },
  };
}

function buildMemberSchema(): JsonObject {
  const text = (description: string) => ({ type: 'string', description });
  return {
    member_id: text('The account that the image is shared with'),
    image_id: text('The image'),
    created_at: text('Date and time of image member creation'),
    updated_at: text('Date and time of last modification of image member'),
    status: { ...text('The answer of the account'), enum: ['pending', 'accepted', 'rejected'] },
    schema: { type: 'string' },
  };
}

function buildTaskSchema(profile: Profile): JsonObject {
  const time = { type: 'string', description: 'UTC time' };
  return {
    id: { type: 'string', description: 'An identifier for the task' },
    type: { type: 'string', enum: [...taskTypes(profile)], description: 'The type of task' },
    status: {
      type: 'string',
      enum: ['pending', 'processing', 'success', 'failure'],
      description: 'The current status of this task',
    },
    input: { type: ['null', 'object'], description: 'The parameters required by task' },
    result: { type: ['null', 'object'], description: 'The result of current task' },
    message: { type: 'string', description: 'Human-readable informative message' },
    owner: { type: 'string', description: 'An identifier for the owner of this task' },
    expires_at: time,
    created_at: time,
    updated_at: time,
    self: { type: 'string' },
    schema: { type: 'string' },
  };
}

function entity(name: string, properties: JsonObject, more: JsonObject = {}): JsonObject {
  const links =
    name === 'image'
      ? {
          links: [
            { rel: 'self', href: '{self}' },
            { rel: 'enclosure', href: '{file}' },
            { rel: 'describedby', href: '{schema}' },
          ],
        }
      : {};
  return { name, properties, ...links, ...more };
}

function collection(name: string, item: JsonObject, paged = true): JsonObject {
  const link = { type: 'string' };
  const pages = ['first', 'next'].filter(() => paged);
  return {
    name,
    properties: {
      [name]: { type: 'array', items: item },
      ...Object.fromEntries(pages.map((page) => [page, link])),
      schema: link,
    },
    links: [
      ...pages.map((page) => ({ rel: page, href: `{${page}}` })),
      { rel: 'describedby', href: '{schema}' },
    ],
  };
}
