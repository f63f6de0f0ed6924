import type { JsonObject, Limits } from '../rules/types.ts';

/** The messages that LSP does not have, shared by the server and the client (types only). */

/** Server → client: the live image that a manifest applies to. */
export interface LiveImageParams {
  /** The document that asks; of the scheme `cloud-image` for an opened live image. */
  readonly uri: string;
  readonly id?: string;
  readonly name?: string;
}
export type LiveImageResult =
  | { readonly image: JsonObject }
  /** It is known that there is none. */
  | { readonly none: true }
  /** No cloud is connected, or it did not answer: nothing is known. */
  | { readonly unavailable: string };
export const liveImageMethod = 'cloudImages/liveImage';

/** Client → server: what the connected emulator enforces; null when it is disconnected. */
export interface PublishedLimits {
  readonly profile: 'rackspace' | 'openstack';
  readonly limits: Limits;
}
export const limitsMethod = 'cloudImages/limits';

/** Client → server: images changed in the cloud; what was known of them is stale. */
export const imagesChangedMethod = 'cloudImages/imagesChanged';

/** Commands of lenses and fixes; a client that has them says `commands: true` in its initialization options. */

/** Command of the lens that says a manifest's kind: arguments `[uri]`. */
export const chooseKindCommand = 'cloudImages.chooseKind';

/** Command of the lens on an import: arguments `[uri, index of the document in the file]`. */
export const importCommand = 'cloudImages.import';
