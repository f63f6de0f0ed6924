import type { JsonObject } from '../rules/json.ts';
import type { Flavor } from '../rules/profile/profile.ts';
import type { ServerQuota } from '../rules/service/serverQuota.ts';

/** The messages that LSP does not have, shared by the server and the client (types only). */

/** Server → client: the live image that a manifest applies to. */
export interface LiveImageParams {
  /** The document that asks; of the scheme `cloud-image` for an opened live image. */
  readonly uri: string;
  readonly id?: string;
  readonly name?: string;
}
export type LiveImageResult =
  | {
      readonly image: JsonObject;
      /** Opens it in the client, for links. */
      readonly address?: string;
    }
  /** It is known that there is none. */
  | { readonly none: true }
  /** Several of the account's images have the name: their ids. */
  | { readonly sameName: readonly string[] }
  /** No cloud is connected, or it did not answer: nothing is known. */
  | { readonly unavailable: string };
export const liveImageMethod = 'cloudImages/liveImage';

/** Server → client: a live server of the account, by its id or else its name, with its flavor. */
export interface LiveServerParams {
  readonly id?: string;
  readonly name?: string;
}
export type LiveServerResult =
  /** In the shape of `server` in schemas/server-image.json. */
  | { readonly server: JsonObject; readonly flavors?: readonly Flavor[] }
  | { readonly none: true }
  | { readonly unavailable: string };
export const liveServerMethod = 'cloudImages/liveServer';

/** Server → client: the flavor that a reference means, or none; and what the account may have of servers. */
export interface FlavorParams {
  readonly reference: string;
}
export type FlavorResult =
  | { readonly flavors: readonly Flavor[]; readonly quota?: ServerQuota }
  | { readonly unavailable: string };
export const flavorMethod = 'cloudImages/flavor';

/** Server → client: names in the connected cloud, for completion and for exports. The first thousand are enough. */
export type ListParams =
  | { readonly what: 'images' | 'containers' }
  | { readonly what: 'objects'; readonly container: string; readonly prefix: string };
export type ListResult =
  | { readonly items: readonly ListedItem[] }
  /** It is known that there is no such container. */
  | { readonly none: true }
  | { readonly unavailable: string };
export interface ListedItem {
  readonly name: string;
  /** The id of an image. */
  readonly id?: string;
  /** Tells it from others for a person. */
  readonly detail?: string;
}
export const listMethod = 'cloudImages/list';

/** Server → client: an object of the connected cloud, and of its bytes those from `start` to before `end`. */
export interface ObjectParams {
  readonly container: string;
  readonly name: string;
  readonly range?: { readonly start: number; readonly end: number };
}
export type ObjectResult =
  | {
      readonly size: number;
      /** Another one where the content is another. */
      readonly etag: string;
      /** Base64; where a range was asked for. */
      readonly bytes?: string;
    }
  | { readonly none: true }
  | { readonly unavailable: string };
export const objectMethod = 'cloudImages/object';

/** The requests and commands that a client supports, in its initialization options. */
export interface ClientAbilities {
  /** False where the person does not trust the workspace; true by default. */
  readonly trusted?: boolean;
  readonly liveImages?: boolean;
  /** `liveServerMethod` and `flavorMethod`. */
  readonly servers?: boolean;
  /** `listMethod` and `objectMethod`. */
  readonly cloudFiles?: boolean;
  readonly commands?: boolean;
}

/** Client → server: `PublishedLimits` of the connected cloud; null when it is disconnected. */
export const limitsMethod = 'cloudImages/limits';

/**
 * Client → server: the `CloudVocabulary` of the connected cloud, or of the last one that was; null where none is known.
 */
export const vocabularyMethod = 'cloudImages/vocabulary';

/** Client → server: images, servers or objects changed in the cloud; what was known of it is stale. */
export const imagesChangedMethod = 'cloudImages/imagesChanged';

/** Commands of lenses and fixes, run by the client. */

/** Command of the lens that says a manifest's kind: arguments `[uri]`. */
export const chooseKindCommand = 'cloudImages.chooseKind';

/** Command of the lens on a file of another tool: argument `[uri]`. */
export const convertImagesCommand = 'cloudImages.convertImages';

/** Command of the fix for a disk that was not found: arguments `[uri, container]`. */
export const chooseFolderCommand = 'cloudImages.chooseFolder';

/** Commands of the lenses on images, patches and exports: arguments `[uri, index of the document in the file]`. */
export const planCommand = 'cloudImages.plan';
export const applyCommand = 'cloudImages.apply';
export const exportCommand = 'cloudImages.export';

/** Command of the lens on a file of several documents: arguments `[uri]`. */
export const runFileCommand = 'cloudImages.runFile';

/** Command of the lens on an import: arguments `[uri, index of the document in the file]`. */
export const importCommand = 'cloudImages.import';

/** Command of the fix for a disk that a repair may cure: arguments `[uri, index of the document in the file]`. */
export const repairDiskCommand = 'cloudImages.repairDisk';

/** Command of the fix for an export of an image of others: arguments `[id of the image]`. */
export const copyImageCommand = 'cloudImages.images.copyOwn';

/** Command of the action that opens the page of a rule: arguments `[address]`. */
export const openRuleCommand = 'cloudImages.openRule';

/** Server → client, where the server has no files of its own: what is at an address. */
export interface FileParams {
  readonly uri: string;
}
export type FileResult =
  | { readonly size: number; readonly mtime: number; readonly kind: FileKind; readonly isLink: boolean }
  /** Nothing, or it cannot be looked at. */
  | { readonly none: true };
export type FileKind = 'file' | 'directory' | 'other';
export const fileMethod = 'cloudImages/file';

/** Server → client: the entries of a folder, of which there are none where it cannot be read. */
export type FolderResult = readonly { readonly name: string; readonly kind: FileKind }[];
export const folderMethod = 'cloudImages/folder';

/** Server → client: bytes of a file from `start` to before `end`. */
export interface BytesParams extends FileParams {
  readonly start: number;
  readonly end: number;
}
export type BytesResult = { readonly bytes: Uint8Array } | { readonly unavailable: string };
export const bytesMethod = 'cloudImages/bytes';

/** Client → worker, before any message of the protocol: what it cannot find out for itself. */
export interface WorkerOptions {
  /** Address of the page of rules. */
  readonly rulesPage: string;
  /** Address of a workspace folder: files are those of its scheme and authority. */
  readonly folder?: string;
}
