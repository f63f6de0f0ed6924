import type { JsonObject } from '../../../rules/json.ts';
import type { Profile } from '../../../rules/profile/profile.ts';
import { taskTypes } from '../tasks/records.ts';

/**
 * The schemas that `/v2/schemas/NAME` answers, from which clients build their options: member for member those of Glance
 * 25.1, of which Rackspace leaves out what it does not have (SOURCES: glance §1, rackspace §1.8).
 */
export function schemas(profile: Profile): ReadonlyMap<string, JsonObject> {
  const image = buildImageSchema(profile);
  const { input: _input, result: _result, message: _message, ...listed } = buildTaskSchema(profile);
  const member: JsonObject = { name: 'member', properties: memberProperties };
  return new Map([
    ['member', member],
    ['members', buildCollection('members', member, [])],
    ['image', image],
    ['images', buildCollection('images', image, ['first', 'next'])],
    ['task', { name: 'task', properties: buildTaskSchema(profile) }],
    ['tasks', buildCollection('tasks', { name: 'task', properties: listed }, [])],
  ]);
}

const text = { type: 'string' };
const maybeText = { type: ['null', 'string'] };
const maybeCount = { type: ['null', 'integer'] };
const readOnly = { readOnly: true };
const uuid = '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$';
const imageId: JsonObject = { ...text, description: 'An identifier for the image', pattern: uuid };
const statuses = ['queued', 'saving', 'active', 'killed', 'deleted'];
const importStatuses = ['uploading', 'importing'];
/** In the order in which Glance names them. */
const visibilities = ['community', 'public', 'private', 'shared'];

function buildImageSchema(profile: Profile): JsonObject {
  const { requiredProperties: required } = profile;
  return {
    name: 'image',
    properties: { ...buildAttributes(profile), ...buildOperatorProperties(profile) },
    additionalProperties: text,
    ...(required ? { required: [...required] } : {}),
    links: [
      { rel: 'self', href: '{self}' },
      { rel: 'enclosure', href: '{file}' },
      { rel: 'describedby', href: '{schema}' },
    ],
  };
}

/** Long, since it is data. */
function buildAttributes({ images, limits, offers }: Profile): JsonObject {
  return {
    id: imageId,
    name: { ...maybeText, description: 'Descriptive name for the image', maxLength: limits.nameLength },
    status: {
      ...text,
      ...readOnly,
      description: 'Status of the image',
      enum: [...statuses, ...(offers.importMethod ? importStatuses : []), 'pending_delete', 'deactivated'],
    },
    visibility: {
      ...text,
      description: 'Scope of image accessibility',
      enum: visibilities.filter((one) => images.visibilities.includes(one)),
    },
    protected: { type: 'boolean', description: 'If true, image will not be deletable.' },
    os_hidden: {
      type: 'boolean',
      description: 'If true, image will not appear in default image list response.',
    },
    checksum: { ...maybeText, ...readOnly, description: 'md5 hash of image contents.', maxLength: 32 },
    ...(images.hasHashes ? hashes : {}),
    owner: { ...maybeText, description: 'Owner of the image', maxLength: 255 },
    size: { ...maybeCount, ...readOnly, description: 'Size of image file in bytes' },
    virtual_size: { ...maybeCount, ...readOnly, description: 'Virtual size of image in bytes' },
    container_format: {
      ...maybeText,
      description: 'Format of the container',
      enum: [null, ...images.containerFormats],
    },
    disk_format: { ...maybeText, description: 'Format of the disk', enum: [null, ...images.diskFormats] },
    created_at: { ...text, ...readOnly, description: 'Date and time of image registration' },
    updated_at: { ...text, ...readOnly, description: 'Date and time of the last image modification' },
    tags: {
      type: 'array',
      description: 'List of strings related to the image',
      items: { ...text, maxLength: limits.tagLength },
    },
    direct_url: {
      ...text,
      ...readOnly,
      description: 'URL to access the image file kept in external store',
    },
    min_ram: { type: 'integer', description: 'Amount of ram (in MB) required to boot image.' },
    min_disk: { type: 'integer', description: 'Amount of disk space (in GB) required to boot image.' },
    self: { ...text, ...readOnly, description: 'An image self url' },
    file: { ...text, ...readOnly, description: 'An image file url' },
    ...(images.hasHashes ? { stores } : {}),
    schema: { ...text, ...readOnly, description: 'An image schema url' },
    locations,
  };
}

const hashes: JsonObject = {
  os_hash_algo: {
    ...maybeText,
    ...readOnly,
    description: 'Algorithm to calculate the os_hash_value',
    maxLength: 64,
  },
  os_hash_value: {
    ...maybeText,
    ...readOnly,
    description: 'Hexdigest of the image contents using the algorithm specified by the os_hash_algo',
    maxLength: 128,
  },
};

const stores: JsonObject = {
  ...text,
  ...readOnly,
  description:
    'Store in which image data resides.  Only present when the operator has enabled multiple stores.  May be a comma-separated list of store identifiers.',
};

const locations: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      url: { ...text, maxLength: 255 },
      metadata: { type: 'object' },
      validation_data: {
        description:
          "Values to be used to populate the corresponding image properties. If the image status is not 'queued', values must exactly match those already contained in the image properties.",
        type: 'object',
        writeOnly: true,
        additionalProperties: false,
        properties: {
          checksum: { ...text, minLength: 32, maxLength: 32 },
          os_hash_algo: { ...text, maxLength: 64 },
          os_hash_value: { ...text, maxLength: 128 },
        },
        required: ['os_hash_algo', 'os_hash_value'],
      },
    },
    required: ['url', 'metadata'],
  },
  description: 'A set of URLs to access the image file kept in external store',
};

/** What the file `schema-image.json` of the operator adds, as Glance ships it. */
function buildOperatorProperties({ images }: Profile): JsonObject {
  const added = { is_base: false };
  const keys = 'https://docs.openstack.org/python-glanceclient/latest/cli/property-keys.html';
  const amiPart = (part: string): JsonObject => ({
    ...maybeText,
    pattern: uuid,
    description: `ID of image stored in Glance that should be used as the ${part} when booting an AMI-style image.`,
    ...added,
  });
  const described = (description: string): JsonObject => ({ description, ...text, ...added });
  return {
    kernel_id: amiPart('kernel'),
    ramdisk_id: amiPart('ramdisk'),
    instance_uuid: {
      ...text,
      description:
        'Metadata which can be used to record which instance this image is associated with. (Informational only, does not create an instance snapshot.)',
      ...added,
    },
    architecture: described(`Operating system architecture as specified in ${keys}`),
    os_distro: described(`Common name of operating system distribution as specified in ${keys}`),
    os_version: described('Operating system version as specified by the distributor.'),
    ...(images.hasHashes
      ? {
          description: described('A human-readable string describing this image.'),
          cinder_encryption_key_id: described(
            'Identifier in the OpenStack Key Management Service for the encryption key for the Block Storage Service to use when mounting a volume created from this image',
          ),
          cinder_encryption_key_deletion_policy: {
            description:
              "States the condition under which the Image Service will delete the object associated with the 'cinder_encryption_key_id' image property.  If this property is missing, the Image Service will take no action",
            ...text,
            enum: ['on_image_deletion', 'do_not_delete'],
            ...added,
          },
        }
      : {}),
  };
}

const memberProperties: JsonObject = {
  member_id: { ...text, description: 'An identifier for the image member (tenantId)' },
  image_id: imageId,
  created_at: { ...text, description: 'Date and time of image member creation' },
  updated_at: { ...text, description: 'Date and time of last modification of image member' },
  status: {
    ...text,
    description: 'The status of this image member',
    enum: ['pending', 'accepted', 'rejected'],
  },
  schema: { ...readOnly, ...text },
};

function buildTaskSchema(profile: Profile): JsonObject {
  const described = (description: string, type: JsonObject = text): JsonObject => ({ description, ...type });
  const object = { type: ['null', 'object'] };
  return {
    id: { description: 'An identifier for the task', pattern: uuid, ...text },
    type: {
      description: 'The type of task represented by this content',
      enum: [...taskTypes(profile)],
      ...text,
    },
    status: {
      description: 'The current status of this task',
      enum: ['pending', 'processing', 'success', 'failure'],
      ...text,
    },
    input: described('The parameters required by task, JSON blob', object),
    result: described('The result of current task, JSON blob', object),
    owner: described('An identifier for the owner of this task'),
    message: described(
      'Human-readable informative message only included when appropriate (usually on failure)',
    ),
    ...(profile.offers.importMethod
      ? {
          image_id: described('Image associated with the task'),
          request_id: described('Human-readable informative request-id'),
          user_id: described('User associated with the task'),
        }
      : {}),
    expires_at: described('Datetime when this resource would be subject to removal', maybeText),
    created_at: described('Datetime when this resource was created'),
    updated_at: described('Datetime when this resource was updated'),
    self: { ...readOnly, ...text },
    schema: { ...readOnly, ...text },
  };
}

function buildCollection(name: string, item: JsonObject, pages: readonly string[]): JsonObject {
  const links = [
    ...pages.map((page) => ({ rel: page, href: `{${page}}` })),
    { rel: 'describedby', href: '{schema}' },
  ];
  return {
    name,
    properties: {
      [name]: { type: 'array', items: item },
      ...Object.fromEntries([...pages, 'schema'].map((page) => [page, text])),
    },
    links,
  };
}
