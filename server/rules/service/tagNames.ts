import type { RuleId } from '../ids.ts';
import type { Json } from '../json.ts';
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

/** What the cloud answers where a tag is put or deleted by its address: an encoded slash is not found (SOURCES: glance §7). */
export function refuseTagRoute(tag: string): { rule: RuleId; answer: HttpAnswer } | undefined {
  return tag === '' || tag.includes('/')
    ? { rule: 'tag/route', answer: answers.resourceNotFound() }
    : undefined;
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
