import { idOfReference } from './flavors.ts';
import { inputOf } from './importBodies.ts';
import { isObject } from './subjects.ts';
import type { Json } from './types.ts';

/** The image that an export or a server names, by UUID; undefined where it names none. */
export function imageIdOf(kind: 'export' | 'server', data: Json): string | undefined {
  const server = isObject(data) && isObject(data['server']) ? data['server'] : {};
  const reference = kind === 'export' ? inputOf(data)['image_uuid'] : server['imageRef'];
  return typeof reference === 'string' && reference !== '' ? idOfReference(reference) : undefined;
}
