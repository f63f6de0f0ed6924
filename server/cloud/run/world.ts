import type { Caller } from '../../rules/profile/profile.ts';
import { withoutTime } from '../../rules/service/imageAfter.ts';
import { addAmounts, noServers, type ServerAmounts } from '../../rules/service/serverQuota.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { Image } from '../services/images.ts';
import type { ImageState } from './calls.ts';
import type { ImagePlan } from './imagePlan.ts';

/** The knowledge of a run beside the live cloud. Planning reads it; whoever runs the plan notes what each step brings. */
export interface World {
  readonly caller: Caller;
  /**
   * An image as planned calls will leave it, by its id or the document that makes it, or that of the server that a document
   * builds; undefined where the live image tells.
   */
  planned(image: string | ManifestPart): ImageState | undefined;
  /** The image that a plan gives this name; one that has it already is found in the cloud. */
  plannedByName(name: string): string | undefined;
  /** The id that an earlier plan chose for a new image. */
  newId(key: string): string | undefined;
  /** What became of a document that makes an image or a server: `id` once that is there. */
  made(part: ManifestPart): MadeState | undefined;
  /** The last document that makes an image of that name. */
  makerByName(name: string): ManifestPart | undefined;
  /** The last document of a file that makes an image: an import, or an image of a server. */
  makerOfFile(path: string): ManifestPart | undefined;
  /** The last server of a file. */
  serverOfFile(path: string): ManifestPart | undefined;
  /** The last document that builds a server of that name. */
  serverByName(name: string): ManifestPart | undefined;
  /** What servers take that are planned and not yet built. */
  readonly reserved: ServerAmounts;
  /** The image that the last document of a file describes or makes. */
  described(path: string): Target | undefined;
}

export interface MadeState {
  readonly id?: string;
  readonly failed?: true;
}

/** The image that a document is about: a live one, one that another document will make, or a new one. */
export type Target =
  | { readonly id: string }
  | { readonly later: ManifestPart }
  | { readonly fresh: true }
  | Impossible;

/** Why a document cannot be run, for a person. */
export interface Impossible {
  readonly impossible: string;
}

/** A change that a step brings to what later documents see. */
export type Effect =
  | { readonly type: 'planned'; readonly plan: ImagePlan; readonly by?: ManifestPart }
  | { readonly type: 'new-id'; readonly key: string; readonly id: string }
  | {
      readonly type: 'made';
      readonly part: ManifestPart;
      readonly name?: string;
      readonly state: MadeState;
      /** The image that it makes, or that its server is built from, as far as it is known. */
      readonly image?: Image;
      /** Of a server: what it takes of the quota. */
      readonly takes?: ServerAmounts;
    }
  | { readonly type: 'described'; readonly path: string; readonly target: Target };

export interface RunWorld extends World {
  note(effects: readonly Effect[]): void;
  /**
   * A document is planned whole before its calls are made: where earlier ones were made already, only its own items count
   * as planned.
   */
  beginDocument(): void;
  /** The world in which a plan is carried out: its calls are made, so live images tell, and new images get the ids it chose. */
  begin(): RunWorld;
}

/** A new image has its first time, and neither sharing nor an empty patch changes it. */
function leavesTime({ calls }: ImagePlan): boolean {
  return !calls.some(
    (call) =>
      call.type === 'add-tag' ||
      call.type === 'remove-tag' ||
      (call.type === 'patch' && Array.isArray(call.body) && call.body.length > 0),
  );
}

/** The world before a run. */
export function openWorld(caller: Caller): RunWorld {
  return createWorld(caller, new Map(), false);
}

function createWorld(caller: Caller, newIds: Map<string, string>, isCarriedOut: boolean): RunWorld {
  const planned = new Map<string | ManifestPart, ImageState>();
  const made = new Map<ManifestPart, MadeState>();
  const makerOfFile = new Map<string, ManifestPart>();
  const makerByName = new Map<string, ManifestPart>();
  const serverOfFile = new Map<string, ManifestPart>();
  const serverByName = new Map<string, ManifestPart>();
  let reserved = noServers;
  const described = new Map<string, Target>();
  const named = new Map<string, string>();
  const note = (effect: Effect): void => {
    if (effect.type === 'planned') {
      const { plan, by } = effect;
      if (plan.refusals.length > 0 && !plan.isNew) return; // the image stays as it is
      planned.set(
        by ?? plan.image,
        leavesTime(plan) ? plan.after : { ...plan.after, image: withoutTime(plan.after.image) },
      );
      const name = plan.after.image.get('name');
      const isNamed = plan.isNew || plan.differences.some((difference) => difference.name === 'name');
      if (!by && isNamed && typeof name === 'string') named.set(name, plan.image);
    } else if (effect.type === 'new-id') newIds.set(effect.key, effect.id);
    else if (effect.type === 'described') described.set(effect.path, effect.target);
    else {
      const { part, name, state, image, takes = noServers } = effect;
      made.set(part, state);
      if (image) planned.set(part, { image, members: [] });
      if (part.kind === 'server') {
        serverOfFile.set(part.path, part);
        if (name !== undefined) serverByName.set(name, part);
        reserved = addAmounts(reserved, takes);
        return;
      }
      makerOfFile.set(part.path, part);
      described.set(part.path, { later: part });
      if (name !== undefined) makerByName.set(name, part);
    }
  };
  return {
    caller,
    planned: (image) => planned.get(image),
    plannedByName: (name) => named.get(name),
    newId: (key) => newIds.get(key),
    made: (part) => made.get(part),
    makerOfFile: (path) => makerOfFile.get(path),
    makerByName: (name) => makerByName.get(name),
    serverOfFile: (path) => serverOfFile.get(path),
    serverByName: (name) => serverByName.get(name),
    get reserved() {
      return reserved;
    },
    described: (path) => described.get(path),
    note: (effects) => effects.forEach(note),
    beginDocument: () => {
      if (!isCarriedOut) return;
      planned.clear();
      named.clear();
      reserved = noServers;
    },
    begin: () => createWorld(caller, newIds, true),
  };
}
