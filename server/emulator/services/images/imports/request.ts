import { isIPv4 } from 'node:net';
import { asText, isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import type { Caller } from '../../../../rules/profile/profile.ts';
import { uuid } from '../../../../rules/service/attributes.ts';
import { ApiError, toApiError } from '../../../kernel/apiError.ts';
import type { ImportMethod } from '../../../kernel/settings.ts';
import type { EmulatorContext } from '../../context.ts';
import { isCloudAdmin } from '../../identity/permissions.ts';
import type { ImageRow } from '../view.ts';
import { chooseDefaultStore, requireStores } from './stores.ts';

/** The request of `POST /v2/images/{id}/import`. */
export interface ImportRequest {
  readonly method: ImportMethod;
  /** The source of `web-download`. */
  readonly uri: string | undefined;
  /** The source of `glance-download`, as it is written; the image's state is looked at before it. */
  readonly remote: { readonly region: Json | undefined; readonly image: Json | undefined };
  readonly stores: readonly string[];
  /** The body, as its task shows it. */
  readonly asked: JsonObject;
}

/** The status an image must have for each method. */
const needed: Readonly<Record<ImportMethod, string>> = {
  'glance-direct': 'uploading',
  'web-download': 'queued',
  'copy-image': 'active',
  'glance-download': 'queued',
};

const wrongState: Readonly<Record<ImportMethod, string>> = {
  'glance-direct': "Image needs to be staged before 'glance-direct' method can be used",
  'web-download': "Image needs to be in 'queued' state to use 'web-download' method",
  'copy-image': 'Only images with status active can be targeted for copying',
  'glance-download': "Image needs to be in 'queued' state to use 'glance-download' method",
};

/** Reads the body, in Glance's order of checks (SOURCES: glance §8). Throws 400, and 409 for a store there is not. */
export function readImport(context: EmulatorContext, body: Json): ImportRequest {
  if (!isObject(body)) throw new ApiError('image/import-request', 'Import request must be a JSON object.');
  const method = body['method'];
  if (!isObject(method))
    throw new ApiError('image/import-request', "Specify import method in 'method', an object with a 'name'.");
  const name = method['name'];
  if (typeof name !== 'string')
    throw new ApiError('image/import-request', "Import method must have a 'name'.");
  const known = context.settings.importMethods.find((one) => one === name);
  if (!known) throw new ApiError('image/import-request', `Unknown import method name '${name}'.`);
  for (const flag of ['all_stores', 'all_stores_must_succeed'])
    if (body[flag] !== undefined && typeof body[flag] !== 'boolean')
      throw new ApiError('image/import-request', `'${flag}' must be boolean value only`);
  const uri = known === 'web-download' ? method['uri'] : undefined; // gophercloud sends an empty one with the others
  if (known === 'web-download') {
    if (typeof uri !== 'string')
      throw new ApiError('image/import-request', "Import method 'web-download' needs a 'uri'.");
    refuseUri(context, uri);
  }
  return {
    method: known,
    uri: typeof uri === 'string' ? uri : undefined,
    remote: { region: method['glance_region'], image: method['glance_image_id'] },
    stores: chooseStores(context, body),
    asked: body,
  };
}

/** Throws 409 where the image is not in the state the method needs, 403 where the caller may not. */
export function refuseState(
  context: EmulatorContext,
  caller: Caller,
  row: ImageRow,
  { method, stores, remote }: ImportRequest,
): void {
  if (row.status !== needed[method])
    throw new ApiError(
      'image/transition',
      row.status === 'active' ? 'Image with status active cannot be target for import' : wrongState[method],
    );
  if (method === 'copy-image') {
    if (!isCloudAdmin(context.profile, caller))
      throw toApiError({
        rule: 'role/images',
        status: 403,
        text: 'You are not authorized to complete copy_image action.',
      });
    const held = row.stores?.split(',') ?? [];
    if (stores.every((store) => held.includes(store)))
      throw new ApiError('image/import-state', `Image is already present at store '${stores.join(',')}'`);
    return;
  }
  for (const name of ['container_format', 'disk_format'] as const)
    if (row[name] === null)
      throw new ApiError('image/import-state', `'${name}' needs to be set before import`);
  if (method === 'glance-download') refuseRemote(remote);
}

/** What `glance-download` needs (Glance 25.1: `api/v2/images.py`). Throws 400. */
function refuseRemote({ region, image }: ImportRequest['remote']): void {
  const refused = (text: string): ApiError => new ApiError('image/import-request', text);
  if (region === undefined)
    throw refused(`'glance_region' needs to be set for glance-download import method`);
  if (image === undefined)
    throw refused(`'glance_image_id' needs to be set for glance-download import method`);
  if (typeof image !== 'string' || !uuid.test(image))
    throw refused(`Remote image id does not look like a UUID: ${asText(image)}`);
}

function chooseStores(context: EmulatorContext, body: JsonObject): readonly string[] {
  const { stores, all_stores: all } = body;
  if (stores === undefined) {
    if (all === true) return context.settings.stores;
    const store = chooseDefaultStore(context);
    return store === null ? [] : [store];
  }
  if (all === true)
    throw new ApiError('image/import-request', "All_stores parameter can't be used with 'stores' parameter.");
  if (!Array.isArray(stores) || stores.length === 0 || !stores.every((one) => typeof one === 'string'))
    throw new ApiError('image/import-request', "'stores' must be a list of store names.");
  requireStores(context, stores);
  return [...new Set(stores)];
}

/** Scheme and port; the host is looked up when it is fetched. Throws 400. */
export function refuseUri(context: Pick<EmulatorContext, 'settings'>, uri: string): URL {
  if (!isAllowedUri(context, uri))
    throw new ApiError('image/uri', `URI for web-download does not pass filtering: ${uri}`);
  return new URL(uri);
}

/** Tells whether scheme and port of an address are those that the operator allows. */
export function isAllowedUri({ settings }: Pick<EmulatorContext, 'settings'>, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const url = new URL(uri);
  const usual = url.protocol === 'https:' ? 443 : 80;
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  const port = url.port === '' ? usual : Number(url.port);
  // An address in another spelling, such as 0x7f000001 or 127.1, is compared with no list (measured, Glance 25.1).
  const written = /^[^:]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/.exec(uri)?.[1]?.toLowerCase();
  if (isIPv4(url.hostname) && written !== url.hostname) return false;
  return isWeb && settings.webDownload.ports.includes(port);
}
