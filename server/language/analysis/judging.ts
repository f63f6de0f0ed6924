import { placeOf } from '../../manifests/edits/applyEdits.ts';
import type { ManifestDocument, ManifestFile, Unit } from '../../manifests/file.ts';
import { nodeAt } from '../../manifests/incremental/units.ts';
import { findMember, type ManifestNode, wordsOf } from '../../manifests/nodes.ts';
import type { Facts, ImageFacts, Kind } from '../../rules/facts.ts';
import { findBadItems, keyOfItem, refuseItem } from '../../rules/imageList.ts';
import { tokensOf } from '../../rules/json.ts';
import type { Finding } from '../../rules/rule.ts';
import { judgeData } from '../../workspace/judge.ts';
import type { PlacedFinding } from './placedFinding.ts';

/**
 * What the rules said of units of text, with places and pointers that count from the unit: it holds as long as the unit,
 * the settings and what was known of it are the same.
 */
export interface Judged {
  readonly byUnit: WeakMap<Unit, JudgedUnit>;
  // Looking 10,000 units up in that map is most of what an edit would cost; comparing with what was there last is not.
  /** The documents in which nothing was found the last time, each at its index. */
  readonly clean: ({ readonly document: ManifestDocument; readonly facts: Facts } | undefined)[];
  /** The last findings in the items of lists, by the index of their document. */
  readonly lists: (JudgedList | undefined)[];
}

interface JudgedUnit {
  readonly kind: Kind;
  readonly facts: Facts;
  readonly findings: readonly Placed[];
}

interface JudgedList {
  readonly kind: Kind;
  readonly facts: Facts;
  readonly units: readonly Unit[];
  readonly findings: readonly (readonly Placed[])[];
  /** The images that the items mean, where no two mean one and all are images; the next judgement goes on with it. */
  readonly distinct?: Set<string> | undefined;
}

export function nothingJudged(): Judged {
  return { byUnit: new WeakMap(), clean: [], lists: [] };
}

export type Placed = Pick<PlacedFinding, 'finding' | 'start' | 'end'>;

/** The findings of one document, at their places in the text. */
export function judgeDocument(
  document: ManifestDocument,
  file: ManifestFile,
  facts: Facts,
  judged: Judged,
): readonly Placed[] {
  const { kind, unit, index } = document;
  if (!kind) return [];
  const clean = judged.clean[index];
  if (unit && clean?.document.unit === unit && clean.document.kind === kind && sameFacts(clean.facts, facts))
    return [];
  const { root, data, start } = document;
  if (!root) return [];
  if (!unit) return placed(kind, root, data, file, facts);
  if (kind === 'image' && unit.list && unit.list.items.length > 1)
    return judgeItems(document, kind, unit.list.items, file, facts, judged);
  const known = judged.byUnit.get(unit);
  const holds = known?.kind === kind && sameFacts(known.facts, facts);
  const findings = holds
    ? known.findings.map((one) => moved(one, start))
    : placed(kind, root, data, file, facts);
  if (!holds) judged.byUnit.set(unit, { kind, facts, findings: findings.map((one) => moved(one, -start)) });
  judged.clean[index] = findings.length === 0 ? { document, facts } : undefined;
  return findings;
}

/**
 * An image of a list is judged by itself: those that are not known yet are judged together, as a list of their own. What
 * is wrong between them is found in the whole list.
 */
function judgeItems(
  { index: document, items: starts = [] }: ManifestDocument,
  kind: Kind,
  units: readonly Unit[],
  file: ManifestFile,
  facts: Facts,
  { byUnit, lists }: Judged,
): Placed[] {
  const last = lists[document];
  const before = last?.kind === kind && sameShared(last.facts, facts) ? last : undefined;
  const shift = (before?.units.length ?? 0) - units.length;
  const unknown: { readonly index: number; readonly unit: Unit; readonly at: number }[] = [];
  const wasJudged = (unit: Unit, at: number, index: number): boolean =>
    before?.units[at] === unit && sameItem(before.facts.images?.[at], facts.images?.[index]);
  const findings = units.map((unit, index): readonly Placed[] => {
    if (before && wasJudged(unit, index, index)) return before.findings[index] ?? [];
    if (before && wasJudged(unit, index + shift, index)) return before.findings[index + shift] ?? [];
    const known = byUnit.get(unit);
    if (known?.kind === kind && sameFacts(known.facts, factsOfItem(facts, index))) return known.findings;
    unknown.push({ index, unit, at: starts[index] ?? 0 });
    return [];
  });
  if (unknown.length > 0) {
    const members = unknown.map(({ unit, at }, token) => ({ token, node: nodeAt(unit, at) }));
    const root: ManifestNode = { type: 'array', start: 0, end: file.text.length, flow: false, members };
    const data = unknown.map(({ unit }) => unit.data);
    const own = unknown.map((): Placed[] => []);
    const { images } = facts;
    const theirs = images ? { ...facts, images: unknown.map(({ index }) => images[index] ?? {}) } : facts;
    for (const one of placed(kind, root, data, file, theirs)) {
      if (one.finding.rule === 'image/item') continue;
      const number = Number(/^\/(\d+)/.exec(one.finding.pointer)?.[1]);
      own[number]?.push(moved(rebase(one, number, ''), -(unknown[number]?.at ?? 0)));
    }
    for (const [number, { unit, index }] of unknown.entries()) {
      findings[index] = own[number] ?? [];
      byUnit.set(unit, { kind, facts: factsOfItem(facts, index), findings: own[number] ?? [] });
    }
  }
  const distinct = followDistinct(last, units);
  lists[document] = { kind, facts, units, findings, distinct };
  const inItems = findings.flatMap((all, index) =>
    all.length === 0 ? [] : all.map((one) => moved(rebase(one, '', index), starts[index] ?? 0)),
  );
  return distinct ? inItems : [...judgeList(units, starts, file), ...inItems];
}

/**
 * Follows which images the items of a list mean over an edit of it: to look at 10,000 items would cost more than all else.
 * Undefined where two mean one image, or an item is no image.
 */
function followDistinct(last: JudgedList | undefined, units: readonly Unit[]): JudgedList['distinct'] {
  const known = last?.distinct;
  const before = known ? (last?.units ?? []) : [];
  const keys = known ?? new Set<string>();
  let start = 0;
  while (start < before.length && before[start] === units[start]) start++;
  let tail = 0;
  const most = Math.min(before.length, units.length) - start;
  while (tail < most && before[before.length - 1 - tail] === units[units.length - 1 - tail]) tail++;
  for (const { data } of before.slice(start, before.length - tail)) keys.delete(keyOfItem(data) ?? '');
  let isDistinct = true;
  for (const { data } of units.slice(start, units.length - tail)) {
    const key = keyOfItem(data);
    if (refuseItem(data, 0) !== undefined || (key !== undefined && keys.has(key))) isDistinct = false;
    if (key !== undefined) keys.add(key);
  }
  return isDistinct ? keys : undefined;
}

/** The findings that no item has by itself. */
function judgeList(units: readonly Unit[], starts: readonly number[], file: ManifestFile): Placed[] {
  const items = units.map(({ data }) => data);
  const found = [...findBadItems(items)];
  if (found.length === 0) return [];
  const members = units.map((unit, token) => ({ token, node: nodeAt(unit, starts[token] ?? 0) }));
  const root: ManifestNode = { type: 'array', start: 0, end: file.text.length, flow: false, members };
  return found.map((one) => ({
    finding: { severity: 'error', ...one, rule: 'image/item' },
    ...placeOf({ root, start: 0 }, one.pointer, false),
  }));
}

/** The findings of a tree as a manifest of a kind, at their places in the text. */
export function placed(
  kind: Kind,
  root: ManifestNode,
  data: ManifestDocument['data'],
  file: Pick<ManifestFile, 'text' | 'format'>,
  facts: Facts,
): Placed[] {
  return judgeData(kind, data, { ...facts, words: wordsOf(root, file) }).map((finding) => ({
    finding: withDigits(finding, root),
    ...placeOf({ root, start: root.start }, finding.pointer, finding.onKey),
  }));
}

/** Says an integer beyond 2⁵³ as it is written: the rules know what JavaScript makes of it. */
function withDigits(finding: Finding, root: ManifestNode): Finding {
  const { pointer, message, answer } = finding;
  const { digits, value } = findMember(root, tokensOf(pointer))?.member.node ?? {};
  if (digits === undefined || value === undefined) return finding;
  const restore = (text: string) => text.replaceAll(JSON.stringify(value), digits);
  const restored = answer && 'text' in answer ? { answer: { ...answer, text: restore(answer.text) } } : {};
  return { ...finding, ...restored, message: restore(message) };
}

/** Tells whether the same is known: each fact is the same value or object. */
function sameFacts(one: Facts, other: Facts): boolean {
  if (one === other) return true;
  for (const name in one) if (!isSame(one, other, name)) return false;
  for (const name in other) if (!(name in one)) return false;
  return true;
}

function sameShared(one: Facts, other: Facts): boolean {
  return (
    one.profile === other.profile &&
    isSame(one, other, 'caller') &&
    sameMembers(one.missingSources, other.missingSources) &&
    sameMembers(one.sourceDisks, other.sourceDisks)
  );
}

function isSame(one: object, other: object, name: string): boolean {
  return Reflect.get(one, name) === Reflect.get(other, name);
}

/** Of what is gathered anew at each key: disks are kept until their files change, so that equal ones are the same. */
function sameMembers<Value>(
  one: Readonly<Record<string, Value>> = {},
  other: Readonly<Record<string, Value>> = {},
): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

function sameItem(one: ImageFacts | undefined, other: ImageFacts | undefined): boolean {
  if (one === other) return true;
  if (!one || !other) return false;
  return (
    one.image === other.image &&
    one.disk === other.disk &&
    one.imageFrom === other.imageFrom &&
    one.unmatched === other.unmatched &&
    one.sameName === other.sameName
  );
}

/** What is known of one item, as the facts of a document that is this item alone. */
function factsOfItem(facts: Facts, index: number): Facts {
  const { profile, caller, images, missingSources, sourceDisks } = facts;
  const own = images?.[index];
  const missing = { ...(missingSources ? { missingSources } : {}), ...(sourceDisks ? { sourceDisks } : {}) };
  return own ? { profile, ...(caller ? { caller } : {}), ...missing, ...own } : { profile, ...missing };
}

function moved<T extends Placed>(one: T, by: number): T {
  return { ...one, start: one.start + by, end: one.end + by };
}

/** Turns the pointers of a finding and its repairs from one item to another; '' is the item itself. */
function rebase(one: Placed, from: number | '', to: number | ''): Placed {
  const prefix = from === '' ? '' : `/${from}`;
  const next = to === '' ? '' : `/${to}`;
  const rebased = <T extends { readonly pointer: string }>(thing: T): T => ({
    ...thing,
    pointer: next + thing.pointer.slice(prefix.length),
  });
  const { finding } = one;
  const fixes = finding.fixes?.map((fix) => ({ ...fix, edits: fix.edits.map(rebased) }));
  return { ...one, finding: { ...rebased(finding), ...(fixes ? { fixes } : {}) } };
}
