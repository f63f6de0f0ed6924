import type { Limits } from '../profile/profile.ts';

/** An answer of the cloud: of HTTP, or the `message` of a task that fails (VHD codes: `CODE: sentence`). */
export type Answer = HttpAnswer | { readonly task: string };
export type HttpAnswer = { readonly status: number; readonly text: string };

/**
 * The words of the cloud, once. «Glance» marks texts of the upstream service (SOURCES: glance §3, rackspace §1.1),
 * «guide» those of Rackspace's developer guide and tests (§1.7), «ours» the sentences for which no source gives a text.
 */
const http = (status: number, text: string): HttpAnswer => ({ status, text });

export const answers = {
  // Glance
  readOnly: (name: string) => http(403, `Attribute '${name}' is read-only.`),
  reserved: (name: string) => http(403, `Attribute '${name}' is reserved.`),
  locationsEmpty: () => http(403, 'Cannot set locations to empty list.'),
  locationsHidden: (op: 'add' | 'remove' | 'replace') =>
    http(403, `It's not allowed to ${op} locations if locations are invisible.`),
  notRemovable: (name: string) => http(403, `Property ${name} may not be removed.`),
  missing: (name: string) => http(409, `Property ${name} does not exist.`),
  present: (name: string) => http(409, `Property ${name} already present.`),
  lockedFormat: (name: string) => http(403, `Attribute ${name} can be only replaced for a queued image.`),
  policy: (action: string) => http(403, `You are not authorized to complete ${action} action.`),
  publicize: () => http(403, 'You are not authorized to complete publicize_image action.'),
  quota: (of: 'tags' | 'properties', attempted: number, maximum: number) =>
    http(
      413,
      `The limit has been exceeded on the number of allowed image ${of}. Attempted: ${attempted}, Maximum: ${maximum}`,
    ),
  streamFormat: (declared: string, found: string) =>
    http(415, `Image disk_format ${declared} does not match stream data ${found}`),
  streamFormats: (found: readonly string[]) => http(415, `Multiple formats detected: ${found.join(',')}`),
  unsafeData: () => http(415, 'Image failed safety checks'),
  noImage: (id: string) => http(404, `No image found with ID ${id}`),
  notOwner: (verb: 'modify' | 'delete') => http(403, `You are not permitted to ${verb} this image.`),
  imageId: (shown: string): HttpAnswer => answers.schema(`${shown} is not an image id (UUID)`), // ours
  negative: (name: string, value: number) =>
    http(400, `Invalid value '${value}' for parameter '${name}': Cannot be a negative value`),
  outOfRange: (name: string, maximum: number) =>
    http(400, `'${name}' value out of range, must not exceed ${maximum}.`),
  wideName: () => http(400, "Property names can't contain 4 byte unicode."),
  wideTag: () => http(400, "Param values can't contain 4 byte unicode."),
  wideValue: (name: string) =>
    http(
      400,
      `${name.charAt(0).toUpperCase()}${name.slice(1).toLowerCase()} can't contain 4 byte unicode characters.`,
    ),
  ownerByCustomer: () => http(403, "Owner can't be updated by non admin."),
  ownerOfNew: (owner: string) => http(403, `You are not permitted to create images owned by '${owner}'.`),
  schema: (problem: string) => http(400, `Provided object does not match schema 'image': ${problem}`), // the problem: ours
  body: () => http(400, 'Unexpected body type. Expected list/dict.'),
  patchBody: () => http(400, 'Request body must be a JSON array of operation objects.'),
  patchObject: () => http(400, 'Operations must be JSON objects.'),
  patchMember: (name: string) => http(400, `Unable to find '${name}' in JSON Schema change`),
  patchOneOperation: (found: 0 | 2) =>
    http(
      400,
      `Operation objects must contain ${found === 0 ? 'exactly' : 'only'} one member named "add", "remove", or "replace".`,
    ),
  patchOperation: (op: string) =>
    http(400, `Invalid operation: \`${op}\`. It must be one of the following: add, remove, replace.`),
  patchValue: (op: string) => http(400, `Operation "${op}" requires a member named "value".`),
  pointerStart: (path: string) => http(400, `Pointer \`${path}\` does not start with "/".`),
  pointerEnd: (path: string) => http(400, `Pointer \`${path}\` end with "/".`),
  pointerAdjacent: (path: string) => http(400, `Pointer \`${path}\` contains adjacent "/".`),
  pointerEscape: (path: string) =>
    http(400, `Pointer \`${path}\` contains "~" not part of a recognized escape sequence.`),
  pointerDepth: (path: string) => http(400, `Invalid JSON pointer for this resource: '${path}'`),
  memberQuota: (image: string, attempted: number, maximum: number) =>
    http(
      413,
      `Image member limit exceeded for image ${image}: The limit has been exceeded on the number of allowed image members for this image. Attempted: ${attempted}, Maximum: ${maximum}:`,
    ),
  memberMissing: () => http(400, 'Member to be added not specified'),
  memberEmpty: () => http(400, "Member can't be empty"),
  memberForm: () => http(400, 'Expected a member in the form: {"member": "image_id"}'),
  memberOwner: () => http(403, 'You are not permitted to create image members for the image.'),
  memberOfPublic: () => http(403, 'Public images do not have members.'),
  memberOfUnshared: () => http(403, 'Only shared images have members.'),
  memberRemoval: (image: string) => http(403, `You cannot delete image member for ${image}`),
  memberUpdate: (member: string) => http(403, `You cannot update image member ${member}`),
  statusMissing: () => http(400, 'Status not specified'),
  statusValue: () => http(400, 'Status must be "pending", "accepted" or "rejected".'),
  exportImage: (): HttpAnswer => answers.taskBody("'image_uuid' is missing in input"), // ours
  taskSchema: (problem: string) => http(400, `Provided object does not match schema 'task': ${problem}`),
  taskSource: (problem: string) => http(400, problem),
  taskMember: (name: string) => http(400, `Task '${name}' is required`),
  // Nova
  imageNameMissing: () => http(400, 'createImage entity requires name attribute'),
  imageMetadataLimit: (status: 403 | 413) => http(status, 'Image metadata limit exceeded'),
  imageMetadataKeyBlank: () => http(400, 'Image metadata key cannot be blank'),
  imageMetadataKeyLong: () => http(400, 'Image metadata key too long'),
  busy: (action: string, state: string) =>
    http(409, `Cannot '${action}' while instance is in task_state ${state}`),
  serverMissing: (id: string) => http(404, `Instance ${id} could not be found.`),
  serverState: (action: string, server: string, attribute: 'vm_state' | 'task_state', state: string) =>
    http(409, `Cannot '${action}' instance ${server} while it is in ${attribute} ${state}`),
  serverQuota: (told: Readonly<Record<'over' | 'requested' | 'used' | 'limits', string>>) =>
    http(
      403,
      `Quota exceeded for ${told.over}: Requested ${told.requested}, but already used ${told.used} of ${told.limits} ${told.over}`,
    ),
  serverNameMissing: () => http(400, 'Server name is not defined'),
  serverNameText: () => http(400, 'Server name is not a string or unicode'),
  serverNameEmpty: () => http(400, 'Server name is an empty string'),
  serverNameLong: (maximum: number) => http(400, `Server name has more than ${maximum} characters.`),
  imageRefMissing: () => http(400, 'Missing imageRef attribute'),
  imageRefInvalid: () => http(400, 'Invalid imageRef provided.'),
  flavorRefMissing: () => http(400, 'Missing flavorRef attribute'),
  flavorRefInvalid: () => http(400, 'Invalid flavorRef provided.'),
  imageNotFound: () => http(400, 'Can not find requested image'),
  deviceUuid: (how: 'Missing' | 'Invalid') =>
    http(400, `Block Device Mapping is Invalid: ${how} device UUID.`),
  imageToLocal: () => http(400, 'Block Device Mapping is Invalid: Mapping image to local is not supported.'),
  rootDeviceName: () =>
    http(400, 'The volume cannot be assigned the same device name as the root device vda'),
  bootSequence: () =>
    http(
      400,
      'Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.',
    ),
  volumeSize: (source: 'image' | 'blank') =>
    http(
      400,
      source === 'image'
        ? "Images with destination_type 'volume' need to have a non-zero size specified"
        : "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size",
    ),
  deviceImage: (image: string) => http(400, `Block Device Mapping is Invalid: failed to get image ${image}.`),
  imageNotActive: (image: string) => http(400, `Image ${image} is not active.`),
  resizeDisabled: (image: string) =>
    http(400, `Requested image ${image} has automatic disk resize disabled.`),
  encryptedImage: (image: string) =>
    http(
      400,
      `Image ${image} is unacceptable: Direct booting of an image uploaded from an encrypted volume is unsupported.`,
    ),
  flavorMemory: () => http(400, "Flavor's memory is too small for requested image."),
  flavorDisk: () => http(400, "Flavor's disk is too small for requested image."),
  flavorDiskOfImage: (disk: number, image: number): HttpAnswer =>
    http(400, `${answers.flavorDisk().text} Flavor disk is ${disk} bytes, image is ${image} bytes.`),
  flavorDiskOfMinimum: (disk: number, minimum: number) =>
    http(
      400,
      `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${disk} bytes, minimum size is ${minimum} bytes.`,
    ),
  flavorMissing: (reference: string) => http(400, `Flavor ${reference} could not be found.`),
  metadataItems: (most: number) => http(403, `Maximum number of metadata items exceeds ${most}`),
  personalityFiles: () => http(403, 'Personality file limit exceeded'),
  personalityForm: () => http(400, 'Bad personality format: missing path'),
  personalityPath: () => http(403, 'Personality file path exceeds maximum 255'),
  personalityContent: () => http(403, 'Personality file content exceeds maximum 10240'),
  computePolicy: (action: string) =>
    http(403, `Policy doesn't allow os_compute_api:${action} to be performed.`),
  // guide's tests
  memberStatusByOwner: () => http(403, "You are not permitted to modify 'status' on this image."),
  // ours
  memberTwice: (member: string, image: string) =>
    http(409, `The target member ${member} is already associated with image ${image}.`),
  volumeServerImage: () => http(400, 'A server that boots from a volume cannot be imaged.'),
  onMetalImage: () => http(400, 'An OnMetal server cannot be imaged.'),
  volumeOnlyFlavor: (flavor: string) =>
    http(400, `Flavor ${flavor} has no system disk: it boots from a volume only.`),
  noVolumeFlavor: (flavor: string) => http(400, `Flavor ${flavor} cannot boot from a volume.`),
  volumeImage: (limits: Limits) =>
    http(
      412,
      `A bootable volume cannot be made from an image larger than ${gigabytes(limits.volumeImageBytes)}.`,
    ),
  flavorClass: (flavor: string, image: string) =>
    http(400, `Flavor ${flavor} cannot be used with image ${image}.`),
  systemVolume: (flavor: string, largest: number) =>
    http(400, `Flavor ${flavor} takes system volumes of at most ${gigabytes(largest)}.`),
  windowsMemory: (flavor: string) => http(400, `Flavor ${flavor} has too little memory for Windows.`),
  resizeReserved: () => http(403, "Attribute 'auto_disk_config' takes True or False; disabled is reserved."),
  badRequest: (problem: string) => http(400, `Malformed request body: ${problem}`),
  taskBody: (problem: string) => http(400, `Invalid task: ${problem}`),
} as const;

/** What a failed import says. The sentences of the codes are ours; the guide prints code and meaning, not the layout. */
export const importFailures = {
  objectMissing: () => 'Image not found for import. Possible invalid location', // guide (2015)
  extraProperties: () => 'Unsupported element in image_properties, please consult the documentation.', // guide's tests
  damaged: () => '111: The VHD did not pass validation and cannot be imported.',
  notVhd: () => '396: The file is not a valid VHD.',
  virtualSize: (limits: Limits) =>
    `413: The virtual size of the disk is larger than the limit of ${gigabytes(limits.importVirtualBytes)}.`,
  diskType: () => '523: Only fixed and dynamic VHDs can be imported.',
  physicalSize: (limits: Limits) =>
    `609: The physical size of the file is larger than the limit of ${gigabytes(limits.importPhysicalBytes)}.`,
  zeroUuid: () => "614: The VHD's unique identifier is all zeros.",
  parent: () => '721: The VHD has a parent disk; only a stand-alone VHD can be imported.',
  windows: () =>
    'Windows images cannot be imported: Microsoft product use rights give Windows no license mobility.', // FAQ
} as const;

/** What a failed export says, in the words of the guide's tests of 2015; `name` is ours. */
export const exportFailures = {
  image: () => 'Unknown error occurred during image export',
  owner: () => 'An image may only be exported by the image owner.',
  licence: (options: string) =>
    `Image cannot be exported due to licensing or billing restrictions (com.rackspace__1__options: '${options}')`,
  container: (container: string) => `Container not found. Container: ${container}`,
  object: (container: string, object: string) =>
    `Object already exists in user's container. Container/Object: ${container}/${object}`,
  nameLength: (container: string) =>
    `The name of a receiving container has 1 to 256 bytes in a URL. Container: ${container}`,
  name: (container: string) =>
    `The name of a receiving container has no '/', '?' or '.'. Container: ${container}`,
} as const;

/** The way to export an image of others. */
export function adviseCopy(image: string): string {
  return `Make a copy of your own and export that, if its licences allow: cloud-images copy ${image}`;
}

/** 42,949,672,960 → `40 GB`: the articles' GB is 2^30 bytes (DECISIONS 1). */
export function gigabytes(bytes: number): string {
  const value = bytes / 2 ** 30;
  return `${Number.isInteger(value) ? value : value.toFixed(2)} GB`;
}

/** 42949672960 → `42,949,672,960 bytes`. */
export function exactBytes(bytes: number): string {
  return `${bytes.toLocaleString('en-US')} bytes`;
}

/** What an image that is not active waits for, as a sentence with its remedy. */
export function describeInactive(status: string): string {
  const remedy =
    status === 'deactivated'
      ? 'Only its operator reactivates it.'
      : status === 'queued'
        ? 'It has no bytes yet: give it those first.'
        : 'Wait until it is active.';
  return `The image is ${status}. ${remedy}`;
}
