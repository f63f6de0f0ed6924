import type { JsonObject } from '../../../rules/json.ts';
import type { FillCall } from '../calls.ts';

/** The body of `POST /v2/images/ID/import` (SOURCES: glance §8). */
export function importBody({ method, stores, bytes, remote }: FillCall): JsonObject {
  return {
    method: {
      name: method,
      ...(method === 'web-download' && bytes && 'url' in bytes.from ? { uri: bytes.from.url } : {}),
      ...(remote ? { glance_image_id: remote.id, glance_region: remote.region } : {}),
    },
    ...(stores.length > 0 ? { stores: [...stores], all_stores_must_succeed: true } : {}),
  };
}
