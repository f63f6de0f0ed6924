import { placeOf } from '../../manifests/edits/applyEdits.ts';
import type { ManifestDocument, ManifestFile, Unit } from '../../manifests/file.ts';
import { nodeAt } from '../../manifests/incremental/units.ts';
import { type ManifestNode, wordsOf } from '../../manifests/nodes.ts';
import type { Facts, Kind } from '../../rules/facts.ts';
import { judgeData } from '../../workspace/judge.ts';
import type { PlacedFinding } from './placedFinding.ts';

/**
 * What the rules said of units of text, with places and pointers that count from the unit: it holds as long as the unit
 * and the settings are the same, and is only kept where nothing from outside the unit has a part in it.
 */
export interface Judged {
  readonly byUnit: WeakMap<Unit, { readonly kind: Kind; readonly findings: readonly Placed[] }>;
  // Looking 10,000 units up in that map is most of what an edit would cost; comparing with what was there last is not.
  /** The documents in which nothing was found the last time, each at its index. */
  readonly clean: (ManifestDocument | undefined)[];
  /** The last findings in the items of lists, by the index of their document. */
  readonly lists: (JudgedList | undefined)[];
}

interface JudgedList {
  readonly kind: Kind;
  readonly units: readonly Unit[];
  readonly findings: readonly (readonly Placed[])[];
}

export function nothingJudged(): Judged {
  return { byUnit: new WeakMap(), clean: [], lists: [] };
}

type Placed = Pick<PlacedFinding, 'finding' | 'start' | 'end'>;

/** The findings of one document, at their places in the text. */
export function judgeDocument(
  document: ManifestDocument,
  file: ManifestFile,
  facts: Facts,
  judged: Judged,
): readonly Placed[] {
  const { kind, unit, index } = document;
  if (!kind) return [];
  const byItself = unit !== undefined && knowsNothing(facts);
  const clean = judged.clean[index];
  if (byItself && clean?.unit === unit && clean.kind === kind) return [];
  const { root, data, start } = document;
  if (!root) return [];
  if (!byItself) return placed(kind, root, data, file, facts);
  if (kind === 'image' && unit.list && unit.list.items.length > 1)
    return judgeItems(document, kind, unit.list.items, file, facts, judged);
  const known = judged.byUnit.get(unit);
  const findings =
    known?.kind === kind
      ? known.findings.map((one) => moved(one, start))
      : placed(kind, root, data, file, facts);
  if (known?.kind !== kind)
    judged.byUnit.set(unit, { kind, findings: findings.map((one) => moved(one, -start)) });
  judged.clean[index] = findings.length === 0 ? document : undefined;
  return findings;
}

/** An image of a list is judged by itself: those that are not known yet are judged together, as a list of their own. */
function judgeItems(
  { index: document, items: starts = [] }: ManifestDocument,
  kind: Kind,
  units: readonly Unit[],
  file: ManifestFile,
  facts: Facts,
  { byUnit, lists }: Judged,
): Placed[] {
  const before = lists[document]?.kind === kind ? lists[document] : undefined;
  const shift = (before?.units.length ?? 0) - units.length;
  const unknown: { readonly index: number; readonly unit: Unit; readonly at: number }[] = [];
  const findings = units.map((unit, index): readonly Placed[] => {
    if (before && before.units[index] === unit) return before.findings[index] ?? [];
    if (before && before.units[index + shift] === unit) return before.findings[index + shift] ?? [];
    const known = byUnit.get(unit);
    if (known?.kind === kind) return known.findings;
    unknown.push({ index, unit, at: starts[index] ?? 0 });
    return [];
  });
  if (unknown.length > 0) {
    const members = unknown.map(({ unit, at }, token) => ({ token, node: nodeAt(unit, at) }));
    const root: ManifestNode = { type: 'array', start: 0, end: file.text.length, flow: false, members };
    const data = unknown.map(({ unit }) => unit.data);
    const own = unknown.map((): Placed[] => []);
    for (const one of placed(kind, root, data, file, facts)) {
      const number = Number(/^\/(\d+)/.exec(one.finding.pointer)?.[1]);
      own[number]?.push(moved(rebase(one, number, ''), -(unknown[number]?.at ?? 0)));
    }
    for (const [number, { unit, index }] of unknown.entries()) {
      findings[index] = own[number] ?? [];
      byUnit.set(unit, { kind, findings: own[number] ?? [] });
    }
  }
  lists[document] = { kind, units, findings };
  return findings.flatMap((all, index) =>
    all.length === 0 ? [] : all.map((one) => moved(rebase(one, '', index), starts[index] ?? 0)),
  );
}

function placed(
  kind: Kind,
  root: ManifestNode,
  data: ManifestDocument['data'],
  file: ManifestFile,
  facts: Facts,
): Placed[] {
  return judgeData(kind, data, { ...facts, words: wordsOf(root, file) }).map((finding) => ({
    finding,
    ...placeOf({ root, start: root.start }, finding.pointer, finding.onKey),
  }));
}

/** Nothing but the settings' profile: what is said then rests on the text alone. */
function knowsNothing(facts: Facts): boolean {
  for (const name in facts) if (name !== 'profile') return false;
  return true;
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
