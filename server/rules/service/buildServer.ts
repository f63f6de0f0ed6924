import type { Json, JsonObject } from '../json.ts';
import {
  admitsClass,
  flavorOf,
  idOfReference,
  neverFromVolume,
  readFlavorRef,
  volumeOnly,
} from '../profile/flavors.ts';
import type { Flavor, Limits } from '../profile/profile.ts';
import { answers } from './answers.ts';
import { codePoints, uuid } from './attributes.ts';
import { type ChangeContext, type Refusal, refusal } from './changes.ts';
import { type BootDevice, bootVolumeOf } from './imageReferences.ts';
import { systemDiskOf } from './imageSizes.ts';

export interface BuiltServer extends ChangeContext {
  /** The image as the API shows it; null: there is none; undefined: not known, and it refuses nothing. */
  readonly image: ReadonlyMap<string, Json> | null | undefined;
  /** Where they are not the profile's. */
  readonly flavors?: readonly Flavor[] | undefined;
  /** An earlier document of the file makes the image. */
  readonly imageFollows?: boolean;
}

const gib = 2 ** 30;
/** MB; SOURCES: rackspace §7. */
const windowsMemory = 2048;

/**
 * All that refuses `POST /servers` with `{"server": server}`, in Nova's order, so that the first is the cloud's answer:
 * name, references, how it boots, the image itself, memory, disk; Rackspace's own restrictions last.
 */
export function serverRefusals(server: JsonObject, asked: BuiltServer): Refusal[] {
  const volume = bootVolumeOf(server);
  const reference = readFlavorRef(server['flavorRef']);
  const flavors = asked.flavors ?? asked.profile.flavors;
  const flavor = reference === undefined ? undefined : flavorOf(reference, flavors);
  return [
    ...ofName(server['name'], asked.profile.limits.nameLength),
    ...ofReferences(server, volume, asked),
    ...(flavors && reference !== undefined && !flavor
      ? [refusal('server/flavor-ref', answers.flavorRefInvalid(), '/server/flavorRef')]
      : []),
    ...(flavor && asked.profile.restrictsFlavorClasses ? ofBoot(flavor, volume) : []),
    ...(asked.image === null
      ? [refusal('server/image', answers.imageNotFound(), imagePlace(volume))]
      : asked.image
        ? ofImage(server, asked.image, flavor, volume, asked)
        : []),
  ];
}

function ofName(name: Json | undefined, maximum: number): Refusal[] {
  const place = '/server/name';
  if (name === undefined) return [refusal('server/name', answers.serverNameMissing(), '/server')];
  if (typeof name !== 'string') return [refusal('server/name', answers.serverNameText(), place)];
  if (name.trim() === '') return [refusal('server/name', answers.serverNameEmpty(), place)];
  return codePoints(name) > maximum ? [refusal('server/name', answers.serverNameLong(maximum), place)] : [];
}

function ofReferences(
  { imageRef: image, flavorRef: flavor }: JsonObject,
  volume: BootDevice | undefined,
  { imageFollows = false }: BuiltServer,
): Refusal[] {
  const found: Refusal[] = [];
  const named = image !== undefined && image !== null && image !== '';
  if (!named && !volume && !imageFollows)
    found.push(refusal('server/image-ref', answers.imageRefMissing(), '/server'));
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

function ofImage(
  server: JsonObject,
  image: ReadonlyMap<string, Json>,
  flavor: Flavor | undefined,
  volume: BootDevice | undefined,
  { profile }: BuiltServer,
): Refusal[] {
  const found: Refusal[] = [];
  const id = String(image.get('id') ?? '');
  const { limits } = profile;
  if (
    server['OS-DCF:diskConfig'] === 'AUTO' &&
    /^disabled$/i.test(String(image.get('auto_disk_config') ?? ''))
  )
    found.push(refusal('server/disk-config', answers.resizeDisabled(id), '/server/OS-DCF:diskConfig'));
  const status = image.get('status');
  if (typeof status === 'string' && status !== 'active')
    found.push(refusal('server/image-status', answers.imageNotActive(id), imagePlace(volume)));
  const needed = neededDisk(image);
  if (volume && profile.restrictsFlavorClasses && needed > limits.volumeImageBytes)
    found.push(refusal('server/volume-image', answers.volumeImage(limits), imagePlace(volume)));
  if (!flavor) return found;
  const place = '/server/flavorRef';
  if (flavor.ram < numberOf(image, 'min_ram'))
    found.push(refusal('server/ram', answers.flavorMemory(), place));
  if (!volume && flavor.disk > 0 && needed > flavor.disk * gib)
    found.push(refusal('server/disk', answers.flavorDisk(), place));
  return profile.restrictsFlavorClasses ? [...found, ...ofFlavorClass(image, flavor, volume, limits)] : found;
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

function imagePlace(volume: BootDevice | undefined): string {
  return volume && volume.image !== null ? `${volume.pointer}/uuid` : '/server/imageRef';
}
