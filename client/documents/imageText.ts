import { t } from '@vscode/l10n';
import type { Image } from '../../server/cloud/services/images.ts';
import { findMember } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import { writeManifest } from '../../server/manifests/writing.ts';
import { isObject, type Json } from '../../server/rules/json.ts';
import { classOf } from '../../server/rules/service/attributes.ts';
import type { Operation } from '../../server/rules/service/patchBody.ts';
import { nameOf } from '../../server/rules/service/patchBody.ts';

/** How an image is written as a document. */
export type ImageFormat = 'json' | 'yaml';

/** Returns the format of an image's document by its name; nothing for what is none. */
export function formatOf(path: string): ImageFormat | undefined {
  const [, format] = /\.image\.(json|yaml)$/.exec(path) ?? [];
  return format === 'json' || format === 'yaml' ? format : undefined;
}

/** Writes a live image as a manifest: what can be edited first, what only the service sets last. */
export function formatImage(image: Image, format: ImageFormat = 'json'): string {
  const rank = ([name]: [string, Json]): number => (name === 'name' ? 0 : ranks[classOf(name)]);
  return writeManifest(
    [...image].sort((a, b) => rank(a) - rank(b) || (rank(a) === ranks.custom ? compareNames(a, b) : 0)),
    format,
  );
}

/** Properties of one's own have no order in the cloud, and two texts of an image are to line up. */
function compareNames([a]: [string, Json], [b]: [string, Json]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ranks: Readonly<Record<ReturnType<typeof classOf>, number>> = {
  writable: 1,
  custom: 2,
  reserved: 3,
  'read-only': 3,
};

/** Reads an image from its text, or says why the text is none. */
export function parseImage(
  text: string,
  format: ImageFormat = 'json',
): Map<string, Json> | { readonly problem: string } {
  const { documents, problems } = readManifest({ text, path: `live.image.${format}` });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) return { problem: problem.message };
  const [document, more] = documents.filter(({ root }) => root);
  if (!document || more || !isObject(document.data))
    return { problem: t('Write the image as one object of names and values.') };
  const { data } = document;
  return new Map(Object.entries(data));
}

/** Returns the offsets of a property's key in a text; nothing where it was removed. */
export function locateProperty(
  text: string,
  name: string,
  format: ImageFormat = 'json',
): { start: number; end: number } | undefined {
  const root = readManifest({ text, path: `live.image.${format}` }).documents[0]?.root;
  return root && findMember(root, [name])?.member.key;
}

/**
 * Finds the properties that a refusal is about. The cloud answers a patch as a whole, but its words name the property; where they
 * do not, any of those that were changed may be meant.
 */
export function findRefusedNames(operations: readonly Operation[], words: string): string[] {
  const names = operations.map(nameOf);
  const named = names
    .filter((name) => name !== '' && words.includes(name))
    .sort((a, b) => b.length - a.length);
  const [longest] = named;
  return longest === undefined ? names : [longest];
}
