import type { Image } from '../../server/cloud/services/images.ts';
import { findMember } from '../../server/manifests/nodes.ts';
import { readManifest } from '../../server/manifests/read.ts';
import type { Json } from '../../server/rules/json.ts';
import { classOf } from '../../server/rules/service/attributes.ts';
import type { Operation } from '../../server/rules/service/patchBody.ts';
import { nameOf } from '../../server/rules/service/patchBody.ts';

/** Writes a live image as the API's own JSON: what can be edited first, what only the service sets last. */
export function formatImage(image: Image): string {
  const rank = ([name]: [string, Json]): number => (name === 'name' ? 0 : ranks[classOf(name)]);
  const entries = [...image].sort((a, b) => rank(a) - rank(b));
  // As it is, it would be read as a character that was lost.
  return `${JSON.stringify(Object.fromEntries(entries), null, 2).replaceAll('\ufffd', '\\ufffd')}\n`;
}

const ranks: Readonly<Record<ReturnType<typeof classOf>, number>> = {
  writable: 1,
  custom: 2,
  reserved: 3,
  'read-only': 3,
};

/** Reads an image from its text, or says why the text is none. */
export function parseImage(text: string): Map<string, Json> | { readonly problem: string } {
  const { documents, problems } = readManifest({ text, path: 'live.image.json' });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem) return { problem: problem.message };
  const data = documents[0]?.data;
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    return { problem: 'Write the image as a JSON object.' };
  return new Map(Object.entries(data));
}

/** Returns the offsets of a property's key in a text; nothing where it was removed. */
export function locateProperty(text: string, name: string): { start: number; end: number } | undefined {
  const root = readManifest({ text, path: 'live.image.json' }).documents[0]?.root;
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
