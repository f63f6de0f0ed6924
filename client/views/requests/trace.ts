import { t } from '@vscode/l10n';
import { asText, isObject, type JsonObject } from '../../../server/rules/json.ts';
import type { Finding } from '../../../server/rules/rule.ts';
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

/** Tells whether a finding says of a manifest what refused a request: by its rule, or, of a cloud that names none, in its words. */
export function isSameRefusal(
  { rule, status, exchange }: Pick<RequestRow, 'rule' | 'status' | 'exchange'>,
  finding: Pick<Finding, 'rule' | 'answer'>,
): boolean {
  if (rule !== undefined) return finding.rule === rule;
  const { received } = exchange ?? {};
  const { answer } = finding;
  if (!received || !('text' in received) || !answer || !('text' in answer)) return false;
  return answer.status === status && plain(received.text).includes(plain(answer.text));
}

/** A cloud's words, whether they come as JSON or as a page. */
function plain(text: string): string {
  return text
    .replace(/&#?\w+;|\\u[\da-f]{4}/gi, '')
    .replace(/[^a-z\d]/gi, '')
    .toLowerCase();
}

/**
 * The one document that a request of others was made for: the only one that the same rule refuses and that is about the same
 * image, by id or name, or that holds what was sent. Else why there is none.
 */
export function chooseCandidate<T extends Candidate>(
  candidates: readonly T[],
  image: { readonly id: string; readonly name: string | undefined } | undefined,
  rule: string | undefined,
): T | { readonly none: string } {
  const fitting = image ? candidates.filter((one) => isAbout(one, image)) : candidates;
  const [only, another] = fitting;
  const by = rule === undefined ? t('so') : t`by ${rule}`;
  if (!only)
    return {
      none: image
        ? t`No manifest here that is about this image would be refused ${by}.`
        : t`No manifest here would be refused ${by}.`,
    };
  if (!another || fitting.every(({ path }) => path === only.path)) return only;
  const paths = [...new Set(fitting.map(({ path }) => path))];
  return { none: t`Several manifests here would be refused ${by}: ${paths.join(', ')}.` };
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
