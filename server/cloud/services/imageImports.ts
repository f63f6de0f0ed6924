import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { findImageEndpoint } from '../cloud.ts';
import { addressPart } from '../session/address.ts';
import { unlessMissing } from '../session/errors.ts';
import type { Session } from '../session/session.ts';
import { asObject } from './images.ts';

/** A store of the cloud. */
export interface ImageStore {
  readonly id: string;
  readonly isDefault: boolean;
}

/** An import of an image, as its task tells; `message` where it failed. */
export interface ImportTask {
  readonly id: string;
  readonly status: string;
  readonly message: string;
}

/** What Glance offers to bring bytes into images (SOURCES: glance §8). Everything throws CloudError. */
export interface ImageImports {
  /** Names of import methods; none where Glance does not tell. */
  methods(): Promise<readonly string[]>;
  stores(): Promise<readonly ImageStore[]>;
  /** Sends data: as the image's own, or to be imported. */
  send(
    id: string,
    to: 'file' | 'stage',
    body: () => ReadableStream<Uint8Array>,
    options?: { readonly store?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<void>;
  import(id: string, body: JsonObject): Promise<void>;
  /** The newest import of an image; undefined where Glance does not tell. */
  task(id: string, signal?: AbortSignal): Promise<ImportTask | undefined>;
}

export function openImageImports(session: Session, region: string): ImageImports {
  const base = findImageEndpoint(session, region);
  const address = (id: string): string => `${base}/images/${addressPart(id)}`;
  const done = async (url: string, request: Parameters<Session['send']>[1]): Promise<void> => {
    await (await session.send(url, request)).body?.cancel();
  };
  return {
    methods: async () => {
      const body = asObject((await unlessMissing(session.json(`${base}/info/import`))) ?? {});
      return texts(asObject(body['import-methods'] ?? {})['value']);
    },
    stores: async () => {
      const body = asObject((await unlessMissing(session.json(`${base}/info/stores`))) ?? {});
      const listed = Array.isArray(body['stores']) ? body['stores'].filter(isObject) : [];
      return listed.flatMap(({ id, default: isDefault, 'read-only': readOnly }) =>
        typeof id === 'string' && String(readOnly) !== 'true'
          ? [{ id, isDefault: String(isDefault).toLowerCase() === 'true' }]
          : [],
      );
    },
    send: (id, to, body, { store, signal } = {}) =>
      done(`${address(id)}/${to}`, {
        method: 'PUT',
        headers: {
          'content-type': 'application/octet-stream',
          ...(store === undefined ? {} : { 'x-image-meta-store': store }),
        },
        body,
        signal,
      }),
    import: (id, body) => done(`${address(id)}/import`, { method: 'POST', json: body }),
    task: async (id, signal) => {
      const body = asObject((await unlessMissing(session.json(`${address(id)}/tasks`, { signal }))) ?? {});
      const tasks = Array.isArray(body['tasks']) ? body['tasks'].filter(isObject) : [];
      const newest = tasks.reduce<JsonObject | undefined>(
        (last, one) => (last && text(last['created_at']) > text(one['created_at']) ? last : one),
        undefined,
      );
      return (
        newest && {
          id: text(newest['id']),
          status: text(newest['status']),
          message: text(newest['message']),
        }
      );
    },
  };
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
