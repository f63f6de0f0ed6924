import type { ManifestDocument } from '../../manifests/file.ts';
import { findMember, type Place } from '../../manifests/nodes.ts';
import { isObject, type Json, pointerTo, tokensOf } from '../../rules/json.ts';
import { type Drift, listDrift } from '../../rules/service/drift.ts';
import type { ImageState } from './calls.ts';

/** A drift, with the place of its value in the manifest. */
export interface PlacedDrift extends Drift {
  readonly place: Place;
  /** Where its key begins. */
  readonly start: number;
}

/**
 * Compares what a document states of an image with the image as it is. `pointer`: to one image of a list. Whom it is shared
 * with counts where `live` tells.
 */
export function findDrift(
  { root }: Pick<ManifestDocument, 'root'>,
  stated: ReadonlyMap<string, Json>,
  live: ImageState,
  pointer = '',
): PlacedDrift[] {
  const attributes = new Map(stated);
  attributes.delete('members');
  const drift = [...listDrift(live.image, attributes), ...findSharingDrift(stated.get('members'), live)];
  return drift.flatMap((one) => {
    const found = root && findMember(root, tokensOf(pointer + pointerTo(one.name)))?.member;
    return found ? [{ ...one, place: found.node, start: found.key?.start ?? found.node.start }] : [];
  });
}

function findSharingDrift(stated: Json | undefined, { members }: ImageState): Drift[] {
  if (!members || !Array.isArray(stated)) return [];
  const wanted = new Set(stated.map((item) => (isObject(item) ? (item['member_id'] ?? null) : item)));
  const isSame = wanted.size === members.length && members.every((member) => wanted.has(member));
  return isSame ? [] : [{ name: 'members', stated, live: [...members] }];
}
