import type { RuleId } from '../ids.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Profile } from '../profile/profile.ts';
import type { HttpAnswer } from './answers.ts';
import { answers } from './answers.ts';
import { codePoints } from './attributes.ts';

/** Tags: length in code points, characters that a URL must escape, and the URL-safe rewrite (DECISIONS 10). */

const unreserved = /^[A-Za-z0-9\-._~]*$/; // RFC 3986 §2.3
const advised = /^[A-Za-z0-9_]*$/; // FAQ: ASCII letters and digits, underscore for spaces

/** What the cloud answers to a tag that it does not take; undefined where it takes it. */
export function refuseTag(tag: string, profile: Profile): { rule: RuleId; answer: HttpAnswer } | undefined {
  if (tag === '') return { rule: 'tag/empty', answer: answers.schema('a tag is empty') };
  const length = codePoints(tag);
  const maximum = profile.limits.tagLength;
  if (length > maximum)
    return {
      rule: 'tag/length',
      answer: answers.schema(`a tag of ${length} characters is longer than ${maximum} characters`),
    };
  return undefined;
}

/** Tells whether a tag can be put and deleted by its address: there an encoded slash separates (SOURCES: glance §7), and dots are steps. */
export function hasTagRoute(tag: string): boolean {
  return tag !== '' && tag !== '.' && tag !== '..' && !tag.includes('/');
}

/** Tells whether every character may stand in a URL as it is. */
export function isUrlSafe(tag: string): boolean {
  return unreserved.test(tag);
}

/** Tells whether the tag keeps to the FAQ's advice: letters, digits, underscore. */
export function isAdvised(tag: string): boolean {
  return advised.test(tag);
}

/**
 * The tag rewritten to unreserved characters: decomposed (NFKD), combining marks dropped, each run of other characters
 * one `_`, `_` trimmed at both ends. Undefined where nothing meaningful is left.
 */
export function urlSafe(tag: string): string | undefined {
  const rewritten = tag
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9\-._~]+/g, '_');
  if (!/[A-Za-z0-9]/.test(rewritten)) return undefined;
  let [start, end] = [0, rewritten.length]; // `_+$` would walk along each run of them for each of its signs
  while (rewritten[start] === '_') start++;
  while (rewritten[end - 1] === '_') end--;
  return rewritten.slice(start, end);
}

/** The first `maximum` code points. */
export function truncate(tag: string, maximum: number): string {
  return [...tag].slice(0, maximum).join('');
}

/** The texts of a list; of anything else none. */
export function listTexts(tags: Json | undefined): string[] {
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}

/** The value of an attribute with each tag once: the service counts those that are sent twice, and keeps them once. */
export function eachTagOnce(name: string, value: Json): Json {
  return name === 'tags' && Array.isArray(value) ? [...new Set(value)] : value;
}

/** An image with each tag once. */
export function withTagsOnce(image: JsonObject): JsonObject {
  const { tags } = image;
  return tags === undefined ? image : { ...image, tags: eachTagOnce('tags', tags) };
}

/** Tells whether tags are a list of texts; one that is no text has no address. */
export function areTexts(tags: Json | undefined): boolean {
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string');
}
