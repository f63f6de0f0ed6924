import { isObject, type Json, type JsonObject, valueAt } from '../json.ts';
import { idOfReference } from '../profile/flavors.ts';
import { bootDeviceOf } from './bootDevices.ts';
import { inputOf } from './importBody.ts';

/** The image that an export or a server names, by UUID; undefined where it names none. */
export function imageIdOf(kind: 'export' | 'server', data: Json): string | undefined {
  const reference = kind === 'export' ? inputOf(data)['image_uuid'] : serverReference(serverOf(data));
  return typeof reference === 'string' && reference !== '' ? idOfReference(reference) : undefined;
}

export function serverOf(body: Json): JsonObject {
  return isObject(body) && isObject(body['server']) ? body['server'] : {};
}

/** What a server boots from where that is a volume: an existing one, or one made from an image or a snapshot. */
export interface BootDevice {
  readonly pointer: string;
  readonly source: Json;
  readonly image: Json;
}

export function bootVolumeOf(server: JsonObject): BootDevice | undefined {
  const first = bootDeviceOf(server);
  if (!first) return undefined;
  const { pointer, device } = first;
  const { source_type: source = null, destination_type: target } = device;
  if (target === 'local' || (source === 'image' && target !== 'volume')) return undefined;
  return { pointer, source, image: source === 'image' ? (device['uuid'] ?? null) : null };
}

/** Where a server names the image that it is built of, as a JSON Pointer into its body. */
export function imagePlaceOf(server: JsonObject): string {
  const first = bootDeviceOf(server);
  return !server['imageRef'] && first?.device['source_type'] === 'image'
    ? `${first.pointer}/uuid`
    : '/server/imageRef';
}

function serverReference(server: JsonObject): Json | undefined {
  return valueAt({ server }, imagePlaceOf(server));
}
