import { asText, isObject, type Json, type JsonObject, valueAt } from '../json.ts';
import {
  admitsClass,
  flavorOf,
  idOfReference,
  neverFromVolume,
  readFlavorRef,
  volumeOnly,
} from '../profile/flavors.ts';
import type { Flavor, Limits } from '../profile/profile.ts';
import type { BootFlavor } from '../properties/flavorPairs.ts';
import { type ImageToBoot, refuseBoot } from '../properties/refuseBoot.ts';
import { answers, type HttpAnswer } from './answers.ts';
import { codePoints, uuid } from './attributes.ts';
import { hasDevices, refuseBootOrder, refuseDeviceForms, refuseDeviceNames } from './bootDevices.ts';
import { type ChangeContext, type Refusal, refusal } from './changes.ts';
import { type BootDevice, bootVolumeOf, imagePlaceOf } from './imageReferences.ts';
import { systemDiskOf } from './imageSizes.ts';
import { type ServerQuota, takeOfQuota } from './serverQuota.ts';

export interface BuiltServer extends ChangeContext {
  /** The image as the API shows it; null: there is none; undefined: not known, and it refuses nothing. */
  readonly image: ReadonlyMap<string, Json> | null | undefined;
  /** Where they are not the profile's. */
  readonly flavors?: readonly Flavor[] | undefined;
  /** The ids of the images of devices that are not there, or not for the caller, but for `image`. */
  readonly missingImages?: readonly string[] | undefined;
  /** An earlier document of the file makes the image. */
  readonly imageFollows?: boolean;
  /** The cloud looks at it last. */
  readonly quota?: ServerQuota | undefined;
}

const gib = 2 ** 30;
/** MB; SOURCES: rackspace §7. */
const windowsMemory = 2048;

/**
 * All that refuses `POST /servers` with `{"server": server}`, in Nova's order, so that the first is the cloud's answer:
 * the form of devices, name, references, how it boots, the image itself, memory, disk; Rackspace's own restrictions; what
 * the account may have; which device is booted.
 */
export function serverRefusals(server: JsonObject, asked: BuiltServer): Refusal[] {
  const volume = bootVolumeOf(server);
  const reference = readFlavorRef(server['flavorRef']);
  const flavors = asked.flavors ?? asked.profile.flavors;
  const flavor = reference === undefined ? undefined : flavorOf(reference, flavors);
  const isNova = asked.profile.compute.hasMicroversions;
  const place = imagePlaceOf(server);
  const isDevice = place !== '/server/imageRef';
  const found = [
    ...refuseDeviceForms(server),
    ...(asked.image === null && isDevice
      ? [refusal('server/image', answers.deviceImage(asText(valueAt({ server }, place) ?? '')), place)]
      : []),
    ...(isNova ? [] : ofName(server['name'], asked.profile.limits.nameLength)),
    ...ofReferences(server, asked),
    ...(flavors && reference !== undefined && !flavor
      ? [
          refusal(
            'server/flavor-ref',
            isNova ? answers.flavorMissing(reference) : answers.flavorRefInvalid(),
            '/server/flavorRef',
          ),
        ]
      : []),
    ...(flavor && asked.profile.restrictsFlavorClasses ? ofBoot(flavor, volume) : []),
    ...(asked.image === null
      ? isDevice
        ? []
        : [refusal('server/image', answers.imageNotFound(), place)]
      : ofDiskConfig(server, asked.image)),
    ...refuseDeviceNames(server),
    ...ofExtras(server, isNova ? 128 : 40),
    ...(asked.image ? ofImage(server, asked.image, flavor, volume, asked) : []),
  ];
  if (found.length === 0 && flavor) found.push(...ofQuota(server, flavor, asked));
  // Devices of an image of a server are joined to those that are asked for.
  if (asked.image?.has('block_device_mapping')) return found;
  return [...found, ...refuseBootOrder(server, asked.missingImages)];
}

function ofQuota(server: JsonObject, flavor: Flavor, { quota }: BuiltServer): Refusal[] {
  const taken = quota && takeOfQuota(server, flavor, quota);
  return taken && 'status' in taken ? [refusal('server/quota', taken, '/server')] : [];
}

/** More metadata or files than one server may have, or too large ones. */
export function ofExtras({ metadata, personality }: JsonObject, most: number): Refusal[] {
  const found: Refusal[] = [];
  if (isObject(metadata) && Object.keys(metadata).length > most)
    found.push(refusal('server/extras', answers.metadataItems(most), '/server/metadata'));
  if (!Array.isArray(personality)) return found;
  const place = '/server/personality';
  if (personality.length > mostFiles) found.push(refusal('server/extras', answers.personalityFiles(), place));
  for (const [at, file] of personality.entries()) {
    const { path, contents } = isObject(file) ? file : {};
    const pointer = `${place}/${at}`;
    if (typeof path !== 'string') found.push(refusal('server/extras', answers.personalityForm(), pointer));
    else if (path.length > 255) found.push(refusal('server/extras', answers.personalityPath(), pointer));
    if (typeof contents === 'string' && countBytes(contents) > mostContent)
      found.push(refusal('server/extras', answers.personalityContent(), pointer));
  }
  return found;
}

const mostFiles = 5;
/** Bytes of a file. */
const mostContent = 10_240;

/** Bytes of what Base64 holds. */
function countBytes(text: string): number {
  return Math.floor((text.replaceAll(/[^A-Za-z0-9+/]/g, '').length * 3) / 4);
}

function ofName(name: Json | undefined, maximum: number): Refusal[] {
  const place = '/server/name';
  if (name === undefined) return [refusal('server/name', answers.serverNameMissing(), '/server')];
  if (typeof name !== 'string') return [refusal('server/name', answers.serverNameText(), place)];
  if (name.trim() === '') return [refusal('server/name', answers.serverNameEmpty(), place)];
  return codePoints(name) > maximum ? [refusal('server/name', answers.serverNameLong(maximum), place)] : [];
}

function ofReferences(server: JsonObject, { imageFollows = false, profile }: BuiltServer): Refusal[] {
  const found: Refusal[] = [];
  const { imageRef: image, flavorRef: flavor } = server;
  const named = image !== undefined && image !== null && image !== '';
  const isMissing = !named && !hasDevices(server) && !imageFollows;
  if (profile.compute.hasMicroversions)
    return isMissing ? [refusal('server/image-ref', answers.imageRefMissing(), '/server')] : [];
  if (isMissing) found.push(refusal('server/image-ref', answers.imageRefMissing(), '/server'));
  if (named && !(typeof image === 'string' && uuid.test(idOfReference(image))))
    found.push(refusal('server/image-ref', answers.imageRefInvalid(), '/server/imageRef'));
  if (flavor === undefined) found.push(refusal('server/flavor-ref', answers.flavorRefMissing(), '/server'));
  else if (readFlavorRef(flavor) === undefined)
    found.push(refusal('server/flavor-ref', answers.flavorRefInvalid(), '/server/flavorRef'));
  return found;
}

function ofBoot(flavor: Flavor, volume: BootDevice | undefined): Refusal[] {
  if (volumeOnly.has(flavor.class) && !volume)
    return [refusal('server/volume-only', answers.volumeOnlyFlavor(flavor.id), '/server/flavorRef')];
  if (neverFromVolume.has(flavor.class) && volume)
    return [refusal('server/no-volume', answers.noVolumeFlavor(flavor.id), volume.pointer)];
  return [];
}

function ofDiskConfig(server: JsonObject, image: ReadonlyMap<string, Json> | undefined): Refusal[] {
  const isDisabled = /^disabled$/i.test(String(image?.get('auto_disk_config') ?? ''));
  if (!isDisabled || server['OS-DCF:diskConfig'] !== 'AUTO') return [];
  return [refusal('server/disk-config', answers.resizeDisabled(idOf(image)), '/server/OS-DCF:diskConfig')];
}

/** An image that is not there yet gets its id from the cloud. */
function idOf(image: ReadonlyMap<string, Json> | undefined): string {
  return String(image?.get('id') ?? '…');
}

function ofImage(
  server: JsonObject,
  image: ReadonlyMap<string, Json>,
  flavor: Flavor | undefined,
  volume: BootDevice | undefined,
  { profile }: BuiltServer,
): Refusal[] {
  const id = idOf(image);
  const { limits } = profile;
  const place = '/server/flavorRef';
  const bootRefusal = profile.compute.hasMicroversions
    ? refuseBoot(describeImage(image), flavor && describeFlavor(flavor), profile.release)
    : undefined;
  const ofProperties = bootRefusal
    ? [refusal('server/image-properties', bootRefusal, imagePlaceOf(server))]
    : [];
  const isEarly = bootRefusal?.early === true;
  const found: Refusal[] = isEarly ? ofProperties : [];
  if (profile.compute.hasMicroversions && !volume && image.get('cinder_encryption_key_id'))
    found.push(refusal('server/image-properties', answers.encryptedImage(id), imagePlaceOf(server)));
  const status = image.get('status');
  if (typeof status === 'string' && status !== 'active')
    found.push(refusal('server/image-status', answers.imageNotActive(id), imagePlaceOf(server)));
  const needed = neededDisk(image);
  if (volume && profile.restrictsFlavorClasses && needed > limits.volumeImageBytes)
    found.push(refusal('server/volume-image', answers.volumeImage(limits), imagePlaceOf(server)));
  if (!flavor) return found;
  if (flavor.ram < numberOf(image, 'min_ram'))
    found.push(refusal('server/ram', answers.flavorMemory(), place));
  if (!volume && flavor.disk > 0) {
    const answer = profile.compute.hasMicroversions
      ? answerSmallDisk(image, flavor.disk * gib)
      : needed > flavor.disk * gib
        ? answers.flavorDisk()
        : undefined;
    if (answer) found.push(refusal('server/disk', answer, place));
  }
  if (!isEarly) found.push(...ofProperties);
  return profile.restrictsFlavorClasses ? [...found, ...ofFlavorClass(image, flavor, volume, limits)] : found;
}

/** An image as Nova reads it: it looks at texts alone. */
function describeImage(image: ReadonlyMap<string, Json>): ImageToBoot {
  const name = image.get('name');
  const properties = Object.fromEntries(
    [...image].filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
  return { id: String(image.get('id') ?? ''), name: typeof name === 'string' ? name : null, properties };
}

function describeFlavor({ id, name = id, ram, vcpus, extra_specs = {} }: Flavor): BootFlavor {
  return { name, ram, vcpus, extra_specs };
}

/** Nova looks at the bytes of the image, then at its minimum, and not at its virtual size. */
function answerSmallDisk(image: ReadonlyMap<string, Json>, disk: number): HttpAnswer | undefined {
  const [size, minimum] = [numberOf(image, 'size'), numberOf(image, 'min_disk') * gib];
  if (size > disk) return answers.flavorDiskOfImage(disk, size);
  return minimum > disk ? answers.flavorDiskOfMinimum(disk, minimum) : undefined;
}

function ofFlavorClass(
  image: ReadonlyMap<string, Json>,
  flavor: Flavor,
  volume: BootDevice | undefined,
  limits: Limits,
): Refusal[] {
  const place = '/server/flavorRef';
  const windows = /^windows$/i.test(String(image.get('os_type') ?? ''));
  const classes = image.get('flavor_classes');
  const found: Refusal[] = [];
  if (typeof classes === 'string' && !admitsClass(classes, flavor.class))
    found.push(
      refusal('server/flavor-class', answers.flavorClass(flavor.id, String(image.get('id') ?? '')), place),
    );
  const largest = largestSystemVolume(flavor, limits);
  if (!windows && !volume && (systemDiskOf(image) ?? 0) > largest)
    found.push(refusal('server/system-volume', answers.systemVolume(flavor.id, largest), place));
  if (windows && flavor.class === 'general1' && flavor.ram < windowsMemory)
    found.push(refusal('server/windows-ram', answers.windowsMemory(flavor.id), place));
  return found;
}

function largestSystemVolume(flavor: Flavor, limits: Limits): number {
  const most = { general1: limits.generalPurposeDiskBytes, io1: limits.ioDiskBytes }[flavor.class];
  return most || Number.POSITIVE_INFINITY;
}

/** Bytes of disk that an image asks for. */
function neededDisk(image: ReadonlyMap<string, Json>): number {
  return Math.max(systemDiskOf(image) ?? numberOf(image, 'size'), numberOf(image, 'min_disk') * gib);
}

function numberOf(image: ReadonlyMap<string, Json>, name: string): number {
  const value = image.get(name);
  return typeof value === 'number' ? value : 0;
}
