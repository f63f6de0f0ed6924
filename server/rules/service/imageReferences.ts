import { isObject, type Json, type JsonObject } from '../json.ts';
import { idOfReference } from '../profile/flavors.ts';
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
  const devices = server['block_device_mapping_v2'];
  if (!Array.isArray(devices)) return undefined;
  for (const [at, device] of devices.entries()) {
    if (!isObject(device) || String(device['boot_index'] ?? '') !== '0') continue;
    const source = device['source_type'] ?? null;
    if (
      device['destination_type'] === 'local' ||
      (source === 'image' && device['destination_type'] !== 'volume')
    )
      return undefined;
    const image = source === 'image' ? (device['uuid'] ?? null) : null;
    return { pointer: `/server/block_device_mapping_v2/${at}`, source, image };
  }
  return undefined;
}

function serverReference(server: JsonObject): Json | undefined {
  return server['imageRef'] || bootVolumeOf(server)?.image;
}
