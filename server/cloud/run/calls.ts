import type { RefusalId } from '../../rules/ids.ts';
import type { Json, JsonObject } from '../../rules/json.ts';
import type { Caller, Profile } from '../../rules/profile/profile.ts';
import type { PatchForm } from '../../rules/service/patchBody.ts';
import type { Method } from '../../rules/source/source.ts';
import type { Image } from '../services/images.ts';
import type { PublishedBytes } from './source/bytes.ts';

/** One request about an image; what only asks for it or for another's answer is made in a rehearsal, to be refused. */
export type Call =
  | { readonly type: 'create'; readonly image: string; readonly body: JsonObject }
  | { readonly type: 'patch'; readonly image: string; readonly form: PatchForm; readonly body: Json }
  | { readonly type: 'add-tag' | 'remove-tag'; readonly image: string; readonly tag: string }
  | { readonly type: 'add-member'; readonly image: string; readonly member: Json }
  | { readonly type: 'remove-member'; readonly image: string; readonly member: string }
  | { readonly type: 'answer-share'; readonly image: string; readonly member: string; readonly status: Json }
  | { readonly type: 'get'; readonly image: string }
  | { readonly type: 'delete'; readonly image: string }
  | FillCall;

/** Brings bytes into an image, by as many requests as its method takes. */
export interface FillCall {
  readonly type: 'fill';
  readonly image: string;
  readonly method: Method;
  /** None: the cloud's default. */
  readonly stores: readonly string[];
  /** Of a file here or an address. */
  readonly bytes?: PublishedBytes;
  /** An image of another region. */
  readonly remote?: { readonly id: string; readonly region: string };
  /** The run makes the image, and deletes it where its bytes do not come. */
  readonly isNew: boolean;
}

/** A refusal that the cloud would answer, in its words. */
export interface PlanRefusal {
  readonly status: number;
  readonly text: string;
  readonly rule: RefusalId;
  /** Into the manifest. */
  readonly pointer: string;
}

/** An image as it is; `members` where it is shared with anybody and they could be asked for. */
export interface ImageState {
  readonly image: Image;
  readonly members?: readonly string[];
}

export interface PlanContext {
  readonly profile: Profile;
  readonly caller: Caller;
}
