/**
 * What refuses the devices of `POST /servers`, as a real Nova 26 answered (SOURCES: nova §4). With
 * `block_device_mapping_v2` the image of `imageRef` is no device by itself: it stands in the list too.
 */
import { asText, isObject, type JsonObject } from '../json.ts';
import { answers, type HttpAnswer } from './answers.ts';
import { type Refusal, refusal } from './changes.ts';

const list = '/server/block_device_mapping_v2';

interface Device {
  readonly pointer: string;
  readonly device: JsonObject;
}

/** The devices in today's form; none where there is no list. */
export function devicesOf(server: JsonObject): Device[] {
  const devices = server['block_device_mapping_v2'];
  if (!Array.isArray(devices)) return [];
  return devices.flatMap((device, at) => (isObject(device) ? [{ pointer: `${list}/${at}`, device }] : []));
}

/** Whether the server asks for devices, in either form. */
export function hasDevices(server: JsonObject): boolean {
  const { block_device_mapping: old } = server;
  return devicesOf(server).length > 0 || (Array.isArray(old) && old.length > 0);
}

/** The ids of the images that devices are made of. */
export function imagesOfDevices(server: JsonObject): string[] {
  return devicesOf(server).flatMap(({ device: { source_type: source, uuid } }) =>
    source === 'image' && typeof uuid === 'string' ? [uuid] : [],
  );
}

/** What is refused as soon as a device is read, whatever else stands in the request. */
export function refuseDeviceForms(server: JsonObject): Refusal[] {
  const refused = (answer: HttpAnswer, pointer: string) => refusal('server/devices', answer, pointer);
  return devicesOf(server).flatMap(({ pointer, device }) => {
    const { source_type: source, destination_type: target, uuid = null } = device;
    if (source === 'blank')
      return uuid === null ? [] : [refused(answers.deviceUuid('Invalid'), `${pointer}/uuid`)];
    if (uuid === null) return [refused(answers.deviceUuid('Missing'), pointer)];
    // An empty imageRef is enough for it.
    const isImage = server['imageRef'] !== undefined && isFirst(device);
    if (source !== 'image' || target !== 'local' || isImage) return [];
    return [refused(answers.imageToLocal(), `${pointer}/destination_type`)];
  });
}

/** A volume that would have the name of the disk that the image becomes. */
export function refuseDeviceNames(server: JsonObject): Refusal[] {
  if (!server['imageRef']) return [];
  return devicesOf(server).flatMap(({ pointer, device: { destination_type: target, device_name: name } }) =>
    target === 'volume' && asText(name ?? '').replace(/^\/dev\//, '') === 'vda'
      ? [refusal('server/devices', answers.rootDeviceName(), `${pointer}/device_name`)]
      : [],
  );
}

/** `missing`: the ids of images that are not there, or not for this account. */
export function refuseBootOrder(server: JsonObject, missing: readonly string[] = []): Refusal[] {
  const devices = devicesOf(server);
  if (devices.length === 0) return [];
  const places = devices
    .map(({ device: { boot_index: index = null } }) => (index === null ? -1 : Number(index)))
    .filter((index) => index >= 0)
    .sort((one, other) => one - other);
  if (places.length === 0 || places.some((index, at) => index !== at))
    return [refusal('server/devices', answers.bootSequence(), list)];
  return devices.flatMap(({ pointer, device }) => {
    const { source_type: source, destination_type: target, uuid, volume_size: size = null } = device;
    if (source === 'image' && missing.includes(asText(uuid ?? '')))
      return [refusal('server/image', answers.deviceImage(asText(uuid ?? '')), `${pointer}/uuid`)];
    if (target !== 'volume' || size !== null || (source !== 'image' && source !== 'blank')) return [];
    return [refusal('server/devices', answers.volumeSize(source), pointer)];
  });
}

/** The device that is booted, where there is a list with one. */
export function bootDeviceOf(server: JsonObject): Device | undefined {
  return devicesOf(server).find(({ device }) => isFirst(device));
}

/** Whether a server boots from it before all others. */
export function isFirst({ boot_index: index }: JsonObject): boolean {
  return asText(index ?? '') === '0';
}
