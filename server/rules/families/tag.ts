import type { RuleId } from '../ids.ts';
import { type Json, valueAt } from '../json.ts';
import type { Profile } from '../profile/profile.ts';
import { tagsByRoute } from '../profile/roles.ts';
import { type DataEdit, type Fix, type Observation, observe, type Rule } from '../rule.ts';
import { answers, type HttpAnswer } from '../service/answers.ts';
import { codePoints, show } from '../service/attributes.ts';
import { isAdvised, isUrlSafe, refuseTag, truncate, urlSafe } from '../service/tagNames.ts';
import { type Subject, tagListsOf } from '../subject.ts';

const faq = 'Cloud Images FAQ, "What are the restrictions on image tag strings?"';
const kinds = ['image', 'patch'] as const;

export const tagRules: readonly Rule[] = [
  {
    id: 'tag/length',
    severity: 'error',
    kinds,
    source: faq,
    summary: 'A tag has at most 255 characters.',
    example: {
      kind: 'image',
      bad: `name: web\ntags: [${'t'.repeat(256)}]\n`,
      good: `name: web\ntags: [${'t'.repeat(255)}]\n`,
    },
    *check(subject) {
      const maximum = subject.facts.profile.limits.tagLength;
      yield* eachRefused(subject, 'tag/length', (tag, pointer, list) => ({
        message: `This tag has ${codePoints(tag)} characters; at most ${maximum} are allowed. Shorten it.`,
        fixes: [shortening(tag, maximum, pointer, list)].filter((fix) => fix !== undefined),
      }));
    },
  },
  {
    id: 'tag/empty',
    severity: 'error',
    kinds,
    source: 'Cloud Images guide, PUT tag: a tag has at least one character',
    summary: 'A tag is not empty.',
    example: { kind: 'image', bad: 'name: web\ntags: [""]\n', good: 'name: web\ntags: [web]\n' },
    *check(subject) {
      yield* eachRefused(subject, 'tag/empty', (_, pointer) => ({
        message: 'A tag cannot be empty. Remove it.',
        fixes: [{ title: 'Remove the empty tag', edits: [{ do: 'remove', pointer }], safe: true }],
      }));
    },
  },
  {
    id: 'tag/count',
    restsOnImage: true,
    severity: 'error',
    kinds,
    source: 'Images API v2: image_tag_quota, 413',
    summary: 'An image has at most 128 tags.',
    example: {
      kind: 'image',
      bad: `name: web\ntags: [${numbered(129)}]\n`,
      good: `name: web\ntags: [${numbered(128)}]\n`,
    },
    *check(subject) {
      const maximum = subject.facts.profile.limits.tags;
      yield* observe(subject, 'tag/count', ({ refusal }) => {
        const tags = valueAt(subject.manifest, refusal.pointer);
        const sent = Array.isArray(tags) ? tags : [];
        const once = new Set(sent).size;
        // Of an image manifest each tag is sent once; a patch is sent as it is written.
        const count = subject.kind === 'patch' ? sent.length : once;
        const again = count > once ? ', those that stand twice too' : '';
        const answer = tagQuota(subject, refusal.pointer);
        return {
          message: `${count} tags${again}; an image has at most ${maximum}. Remove ${count - maximum}.`,
          ...(answer ? { answer } : {}),
        };
      });
    },
  },
  {
    id: 'tag/url-safe',
    severity: 'warning',
    kinds,
    source: faq,
    summary:
      'Tags stand in URLs: characters that a URL must escape make a tag hard to filter by, and a slash cannot be reached by the tag calls at all.',
    example: {
      kind: 'image',
      bad: 'name: web\ntags: [web frontend]\n',
      good: 'name: web\ntags: [web_frontend]\n',
    },
    *check(subject) {
      for (const { tag, pointer, list } of eachTag(subject)) {
        if (tag === '' || isUrlSafe(tag)) continue;
        const fix = urlSafeFix(tag, pointer, list, subject.facts.profile);
        const slash = tag.includes('/')
          ? ' PUT and DELETE of this tag answer 404, because of its slash.'
          : '';
        const remedy = fix ? ` ${fix.title}.` : ' Use ASCII letters, digits and underscores.';
        yield {
          pointer,
          message: `${show(tag)} has characters that a URL must escape.${slash}${remedy}`,
          ...(fix ? { fixes: [fix] } : {}),
        };
      }
    },
  },
  {
    id: 'tag/duplicate',
    severity: 'warning',
    kinds,
    source: 'Images API v2: tags are a set',
    summary: 'The tags of an image are a set: a second one of the same text is dropped.',
    example: { kind: 'image', bad: 'name: web\ntags: [web, web]\n', good: 'name: web\ntags: [web]\n' },
    *check(subject) {
      for (const { tag, pointer, at, list } of eachTag(subject)) {
        if (list.places(tag)[0] === at) continue;
        yield {
          pointer,
          message: `${show(tag)} is listed twice.`,
          fixes: [{ title: 'Remove the duplicate', edits: [{ do: 'remove', pointer }], safe: true }],
        };
      }
    },
  },
  {
    id: 'tag/characters',
    severity: 'hint',
    kinds,
    source: faq,
    summary:
      'The advice for tags is ASCII letters and digits, with underscores for spaces; hyphen, dot and tilde work too.',
    example: { kind: 'image', bad: 'name: web\ntags: [web-front]\n', good: 'name: web\ntags: [web_front]\n' },
    *check(subject) {
      for (const { tag, pointer } of eachTag(subject)) {
        const safe = urlSafe(tag) ?? tag; // what it would become counts, so that no fix adds a hint
        if (!isUrlSafe(safe) || isAdvised(safe)) continue;
        const works = isUrlSafe(tag)
          ? 'works in URLs; the'
          : 'has more than letters, digits and underscores, which the';
        yield { pointer, message: `${show(tag)} ${works} FAQ advises letters, digits and underscores only.` };
      }
    },
  },
];

function* eachRefused(
  subject: Subject,
  rule: RuleId,
  explain: (tag: string, pointer: string, list: TagList) => Pick<Observation, 'message' | 'fixes'>,
): Generator<Observation> {
  for (const { tag, pointer, list } of eachTag(subject)) {
    const refused = refuseTag(tag, subject.facts.profile);
    if (refused?.rule === rule) yield { pointer, answer: refused.answer, ...explain(tag, pointer, list) };
  }
}

function* eachTag(subject: Subject): Generator<{ tag: string; pointer: string; at: number; list: TagList }> {
  for (const { pointer: base, tags } of tagListsOf(subject)) {
    const list = indexed(tags);
    for (const [at, tag] of tags.entries()) {
      if (typeof tag === 'string') yield { tag, pointer: `${base}/${at}`, at, list };
    }
  }
}

/** A list of tags of any length, looked into without walking along it for each of them. */
interface TagList {
  /** Where a text stands. */
  places(tag: string): readonly number[];
  /** Where something stands that the text is the rewrite of. */
  rewrites(tag: string): readonly number[];
}

function indexed(tags: readonly Json[]): TagList {
  const by = (keyOf: (tag: string) => string | undefined) => {
    let known: Map<string | undefined, number[]> | undefined;
    return (key: string): readonly number[] => {
      if (!known) {
        known = new Map();
        for (const [at, tag] of tags.entries()) {
          if (typeof tag !== 'string') continue;
          const own = keyOf(tag);
          const places = known.get(own);
          if (places) places.push(at);
          else known.set(own, [at]);
        }
      }
      return known.get(key) ?? [];
    };
  };
  return { places: by((tag) => tag), rewrites: by(urlSafe) };
}

/** Twins that a fix drops at most; an image has fewer tags, and each of them would bring a fix as long as this. */
const mostTwins = 256;

/** Where the rewrite equals another tag, or what another would become, only a person can say whether they are one. */
function urlSafeFix(tag: string, pointer: string, list: TagList, profile: Profile): Fix | undefined {
  const rewritten = urlSafe(tag);
  if (rewritten === undefined || refuseTag(rewritten, profile)) return undefined;
  const own = list.places(tag);
  const same = list.places(rewritten);
  const twins = list.rewrites(rewritten);
  if (same.length === 0 && twins.length === own.length)
    return {
      title: `Change to '${rewritten}'`,
      edits: [{ do: 'set', pointer, value: rewritten }],
      safe: own.length === 1,
    };
  if (same.length + twins.length > mostTwins) return undefined;
  return {
    title: `Rewrite to '${rewritten}' and drop the duplicate`,
    edits: withoutTwins(pointer, rewritten, same, twins),
  };
}

function shortening(tag: string, maximum: number, pointer: string, list: TagList): Fix | undefined {
  const value = truncate(tag, maximum);
  const title = `Shorten to ${maximum} characters`;
  const same = list.places(value);
  if (same.length === 0) return { title, edits: [{ do: 'set', pointer, value }] };
  if (same.length > mostTwins) return undefined;
  return { title: `${title} and drop the duplicate`, edits: withoutTwins(pointer, value, same, []) };
}

/** The tag gets its new text unless another has it already; of those that would be the same, one stays. */
function withoutTwins(
  pointer: string,
  value: string,
  same: readonly number[],
  twins: readonly number[],
): DataEdit[] {
  const list = pointer.slice(0, pointer.lastIndexOf('/'));
  const own = Number(pointer.slice(list.length + 1));
  const kept = same[0] ?? own;
  const dropped = [...new Set([...same, ...twins, own])].filter((at) => at !== kept).sort((a, b) => a - b);
  return [
    ...(kept === own ? [{ do: 'set', pointer, value } as const] : []),
    ...dropped.map((at) => ({ do: 'remove', pointer: `${list}/${at}` }) as const),
  ];
}

/** By their addresses tags are added one by one, and the first too many is refused in words of its own (SOURCES: glance §7). */
function tagQuota({ facts, kind, images }: Subject, pointer: string): HttpAnswer | undefined {
  const own = kind === 'image' ? images().find((one) => `${one.pointer}/tags` === pointer)?.facts : undefined;
  if (!own?.caller || !own.image || !tagsByRoute(own.profile, own.caller)) return undefined;
  const maximum = facts.profile.limits.tags;
  const { status, text } = answers.quota('tags', maximum + 1, maximum);
  return { status, text: `Image tag limit exceeded for image ${String(own.image.get('id'))}: ${text}` };
}

function numbered(count: number): string {
  return Array.from({ length: count }, (_, at) => `t${at}`).join(', ');
}
