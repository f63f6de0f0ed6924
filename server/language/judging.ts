import { placeOf } from '../manifests/edits.ts';
import { type ManifestDocument, type ManifestFile, type ManifestNode, wordsOf } from '../manifests/nodes.ts';
import { shifted, type Unit } from '../manifests/units.ts';
import type { Facts, Kind } from '../rules/types.ts';
import { findingsOf } from './findings.ts';
import type { PlacedFinding } from './types.ts';

/**
 * What the rules said of units of text, with places and pointers that count from the unit: it holds as long as the unit
 * and the settings are the same, and is only kept where nothing from outside the unit has a part in it.
 */
export type Judged = WeakMap<Unit, { readonly kind: Kind; readonly findings: readonly Placed[] }>;

type Placed = Pick<PlacedFinding, 'finding' | 'start' | 'end'>;

/** The findings of one document, at their places in the text. */
export function judgeDocument(
  document: ManifestDocument,
  file: ManifestFile,
  facts: Facts,
  judged: Judged,
): readonly Placed[] {
  const { kind, root, data, unit, start, items } = document;
  if (!kind || !root) return [];
  if (!unit || !knowsNothing(facts)) return placed(kind, root, data, file, facts);
  if (kind === 'image' && unit.list && items && unit.list.items.length > 1)
    return judgeItems(kind, unit.list.items, items, file, facts, judged);
  const known = judged.get(unit);
  if (known?.kind === kind) return known.findings.map((one) => moved(one, start));
  const findings = placed(kind, root, data, file, facts);
  judged.set(unit, { kind, findings: findings.map((one) => moved(one, -start)) });
  return findings;
}

/** An image of a list is judged by itself: those that are not known yet are judged together, as a list of their own. */
function judgeItems(
  kind: Kind,
  units: readonly Unit[],
  starts: readonly number[],
  file: ManifestFile,
  facts: Facts,
  judged: Judged,
): Placed[] {
  const unknown: { readonly unit: Unit; readonly at: number }[] = [];
  for (const [index, unit] of units.entries())
    if (judged.get(unit)?.kind !== kind) unknown.push({ unit, at: starts[index] ?? 0 });
  if (unknown.length > 0) {
    const members = unknown.map(({ unit, at }, token) => ({ token, node: nodeAt(unit, at) }));
    const root: ManifestNode = { type: 'array', start: 0, end: file.text.length, flow: false, members };
    const own = unknown.map((): Placed[] => []);
    for (const one of placed(
      kind,
      root,
      unknown.map(({ unit }) => unit.data),
      file,
      facts,
    )) {
      const index = Number(/^\/(\d+)/.exec(one.finding.pointer)?.[1]);
      own[index]?.push(moved(inItem(one, index, ''), -(unknown[index]?.at ?? 0)));
    }
    for (const [index, { unit }] of unknown.entries()) judged.set(unit, { kind, findings: own[index] ?? [] });
  }
  const found: Placed[] = [];
  for (const [index, unit] of units.entries())
    for (const one of judged.get(unit)?.findings ?? [])
      found.push(moved(inItem(one, '', index), starts[index] ?? 0));
  return found;
}

function nodeAt({ root, base }: Unit, at: number): ManifestNode {
  return root
    ? shifted(root, at - base)
    : { type: 'scalar', start: at, end: at, flow: false, value: null, members: [] };
}

function placed(
  kind: Kind,
  root: ManifestNode,
  data: ManifestDocument['data'],
  file: ManifestFile,
  facts: Facts,
): Placed[] {
  return findingsOf(kind, data, { ...facts, words: wordsOf(root, file) }).map((finding) => ({
    finding,
    ...placeOf({ root, start: root.start }, finding.pointer, finding.onKey),
  }));
}

/** Nothing but the settings' profile: what is said then rests on the text alone. */
function knowsNothing(facts: Facts): boolean {
  return Object.keys(facts).length === 1;
}

function moved<T extends Placed>(one: T, by: number): T {
  return { ...one, start: one.start + by, end: one.end + by };
}

/** The same finding, and its repairs, with the pointer to one item turned into that to another; '' is the item itself. */
function inItem(one: Placed, from: number | '', to: number | ''): Placed {
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
