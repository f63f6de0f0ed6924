import { applyEdits } from '../../manifests/edits/applyEdits.ts';
import { textEdits } from '../../manifests/edits/textEdits.ts';
import type { ManifestDocument, ManifestFile } from '../../manifests/file.ts';
import { findMember, type Place } from '../../manifests/nodes.ts';
import { isObject, type Json, type JsonObject, pointerTo, tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import { type Drift, listDrift } from '../../rules/service/drift.ts';
import { withoutSource } from '../../rules/source/source.ts';
import { imagesOf } from '../../rules/subject.ts';
import type { ImageState } from './calls.ts';

/** A drift, with the place of its value in the manifest. */
export interface PlacedDrift extends Drift {
  readonly pointer: string;
  readonly place: Place;
  /** Where its key begins. */
  readonly start: number;
}

/** What a document of a file states of a live image, compared with it. */
export interface ImageDrift {
  /** Index of the document in its file. */
  readonly document: number;
  readonly live: ImageState;
  readonly drift: readonly PlacedDrift[];
}

/** Compares each image that a file describes with the live one, where `find` knows it. */
export async function findFileDrift(
  { documents }: ManifestFile,
  find: (stated: JsonObject) => Promise<ImageState | undefined>,
): Promise<ImageDrift[]> {
  const found: ImageDrift[] = [];
  for (const document of documents) {
    if (document.kind !== 'image') continue;
    for (const { image, pointer } of imagesOf(document.data)) {
      const live = await find(image);
      if (live)
        found.push({ document: document.index, live, drift: findDrift(document, image, live, pointer) });
    }
  }
  return found;
}

/**
 * Compares what a document states of an image with the image as it is. `base`: the pointer to one image of a list. Whom it is
 * shared with counts where `live` tells.
 */
export function findDrift(
  { root }: Pick<ManifestDocument, 'root'>,
  stated: JsonObject,
  live: ImageState,
  base = '',
): PlacedDrift[] {
  return listDifferences(stated, live).flatMap((one) => {
    const pointer = base + pointerTo(one.name);
    const found = root && findMember(root, tokensOf(pointer))?.member;
    if (!found) return [];
    return [{ ...one, pointer, place: found.node, start: found.key?.start ?? found.node.start }];
  });
}

/** Lists what a manifest states of an image otherwise than the image is. Whom it is shared with counts where `live` tells. */
export function listDifferences(stated: JsonObject, live: ImageState): Drift[] {
  const attributes = new Map(Object.entries(withoutSource(stated)));
  attributes.delete('members');
  return [...listDrift(live.image, attributes), ...findSharingDrift(stated['members'], live)];
}

/** Rewrites a manifest as if it stated what is live: to be shown beside it. Its layout and comments stay. */
export function writeLive(file: ManifestFile, drifts: readonly ImageDrift[]): string {
  const edits = drifts.flatMap(({ document: at, drift }) => {
    const document = file.documents[at];
    const wanted = drift.map(toEdit);
    if (!document || wanted.length === 0) return [];
    // What cannot be written without changing more than it should stays as the manifest has it.
    return (
      textEdits(file, document, wanted) ?? wanted.flatMap((edit) => textEdits(file, document, [edit]) ?? [])
    );
  });
  return applyEdits(file.text, edits);
}

function toEdit({ pointer, live }: PlacedDrift): DataEdit {
  return live === undefined ? { do: 'remove', pointer } : { do: 'set', pointer, value: live };
}

function findSharingDrift(stated: Json | undefined, { members }: ImageState): Drift[] {
  if (!members || !Array.isArray(stated)) return [];
  const wanted = new Set(stated.map((item) => (isObject(item) ? (item['member_id'] ?? null) : item)));
  const isSame = wanted.size === members.length && members.every((member) => wanted.has(member));
  return isSame ? [] : [{ name: 'members', stated, live: [...members] }];
}
