import { asText, isObject, type JsonObject } from '../../../server/rules/json.ts';
import { imagesOf } from '../../../server/rules/subject.ts';
import type { ManifestPart } from '../../../server/workspace/parts.ts';
import type { RequestRow } from './requestRow.ts';

/** A document that would be refused by the rule that refused a request, and where in it. */
export interface Candidate {
  /** Of its file, as people call it. */
  readonly path: string;
  readonly part: Pick<ManifestPart, 'index' | 'kind' | 'data' | 'companion'>;
  readonly pointer: string;
}

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;

/** The image that a request is about, where its address names one. */
export function findImageId({ path }: Pick<RequestRow, 'path'>): string | undefined {
  const [, id] = new RegExp(`/images/(${uuid.source})`, 'i').exec(path) ?? [];
  return id?.toLowerCase();
}

/**
 * The one document that a request of others was made for: the only one that the same rule refuses and that is about the same
 * image, by id or name, or that holds what was sent. Else why there is none.
 */
export function chooseCandidate<T extends Candidate>(
  candidates: readonly T[],
  image: { readonly id: string; readonly name: string | undefined } | undefined,
  rule: string,
): T | { readonly none: string } {
  const fitting = image ? candidates.filter((one) => isAbout(one, image)) : candidates;
  const [only, another] = fitting;
  if (!only) {
    const of = image ? ' that is about this image' : '';
    return { none: `No manifest here${of} would be refused by ${rule}.` };
  }
  if (!another || fitting.every(({ path }) => path === only.path)) return only;
  const paths = [...new Set(fitting.map(({ path }) => path))];
  return { none: `Several manifests here would be refused by ${rule}: ${paths.join(', ')}.` };
}

function isAbout(
  { part: { kind, data, companion }, pointer }: Candidate,
  { id, name }: { readonly id: string; readonly name: string | undefined },
): boolean {
  const names = (image: JsonObject | undefined): boolean =>
    image !== undefined &&
    (asText(image['id'] ?? '').toLowerCase() === id ||
      (image['id'] === undefined && image['name'] === name && name !== undefined));
  if (kind === 'image')
    return imagesOf(data).some((one) => pointer.startsWith(one.pointer) && names(one.image));
  if (kind === 'patch') return names(companion);
  const input = isObject(data) ? data['input'] : undefined;
  return isObject(input) && asText(input['image_uuid'] ?? '').toLowerCase() === id;
}
