import { asText, type Json, type JsonObject } from '../../rules/json.ts';
import type { Caller, Profile } from '../../rules/profile/profile.ts';
import type { Drift } from '../../rules/service/drift.ts';
import { imagesOf } from '../../rules/subject.ts';
import type { ManifestPart } from '../../workspace/parts.ts';
import type { Cloud } from '../cloud.ts';
import { listNamed } from '../services/images.ts';
import { CloudError } from '../session/errors.ts';
import type { ImageState } from './calls.ts';
import { listDifferences } from './drift.ts';
import { chooseByName } from './imagePlan.ts';
import { readState, unnamed } from './targets.ts';

/** What an image manifest states of one image, compared with the live one. */
export interface Comparison {
  readonly part: ManifestPart;
  /** Of the image in its document. */
  readonly pointer: string;
  readonly name: string;
  /** Undefined: there is no such image. */
  readonly image?: string;
  readonly drift: readonly Drift[];
  /** Why it cannot be compared, or not all of it. */
  readonly problem?: string;
}

/** Compares all image manifests with the live images; only reads, and judges nothing. Throws CloudError. */
export async function compareImages(
  parts: readonly ManifestPart[],
  cloud: Cloud,
  caller: Caller,
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const part of parts) {
    if (part.kind !== 'image') continue;
    for (const { image, pointer } of imagesOf(part.data))
      found.push(await compareImage(part, image, pointer, cloud, caller));
  }
  return found;
}

async function compareImage(
  part: ManifestPart,
  stated: JsonObject,
  pointer: string,
  cloud: Cloud,
  caller: Caller,
): Promise<Comparison> {
  const name = asText(stated['name'] ?? stated['id'] ?? '');
  const base = { part, pointer, name, drift: [] };
  const target = await findId(stated, part.profile, cloud, caller);
  if (typeof target === 'object') return { ...base, problem: target.impossible };
  if (target === undefined) return base;
  const { live, problem } = await readLive(target, 'members' in stated, part.profile, cloud);
  if (!live) return base;
  const told = problem === undefined ? {} : { problem };
  return { ...base, image: target, drift: listDifferences(stated, live), ...told };
}

async function findId(
  stated: JsonObject,
  profile: Profile,
  cloud: Cloud,
  caller: Caller,
): Promise<string | undefined | { readonly impossible: string }> {
  if (stated['id'] !== undefined) return asText(stated['id']);
  const name: Json | undefined = stated['name'];
  if (typeof name !== 'string' || name === '') return unnamed;
  const found = await listNamed(cloud.images, name, caller.account);
  const chosen = chooseByName(name, found, { profile, caller });
  return 'id' in chosen ? chosen.id : 'impossible' in chosen ? chosen : undefined;
}

/** Whom it is shared with is left out where the caller may not see that. */
async function readLive(
  id: string,
  withMembers: boolean,
  profile: Profile,
  cloud: Cloud,
): Promise<{ readonly live: ImageState | undefined; readonly problem?: string }> {
  try {
    return { live: await readState(cloud, profile, id, withMembers) };
  } catch (error) {
    if (!withMembers || !(error instanceof CloudError) || error.status !== 403) throw error;
    const problem = `Whom it is shared with was not compared: ${error.text}`;
    return { live: await readState(cloud, profile, id, false), problem };
  }
}

/** Tells whether a comparison found something otherwise. */
export function differs({ image, drift, problem }: Comparison): boolean {
  return drift.length > 0 || (image === undefined && problem === undefined);
}
