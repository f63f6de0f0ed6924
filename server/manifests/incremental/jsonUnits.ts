import type { DocumentUnit, ListUnits, Unit } from '../file.ts';
import { readJson } from '../json.ts';
import type { ManifestNode, Reading, TextProblem } from '../nodes.ts';
import { type Change, changeBetween, detached } from './textChange.ts';
import { startsOf, touchedBy, unitOf } from './units.ts';
import type { Known } from './yamlEdited.ts';

/** Reads a JSON list item by item, taking over from `known` what an edit left alone; undefined where it is no list. */
export function readJsonUnits(
  text: string,
  lenient: boolean,
  known?: Known,
): { units: readonly DocumentUnit[] } | Reading {
  const change = known && changeBetween(known.text, text);
  if (known && !change) return { units: known.units };
  const [unit] = known?.units ?? [];
  const edited = unit?.list && change && editList(unit, unit.list, text, change, lenient);
  if (edited) return { units: [edited] };
  const reading = readJson(text, lenient);
  const root = reading.roots[0]?.root;
  const items = root && itemsOf(root, reading.problems, 0, text.length);
  if (!root || !items) return reading;
  const list = { items, flow: true, from: root.start, rest: text.length - root.end };
  return { units: [documentOf(list, text)] };
}

function documentOf(list: ListUnits, text: string): DocumentUnit {
  const data = list.items.map((item) => item.data);
  return { length: text.length, base: 0, data, problems: [], head: 0, list };
}

/**
 * The items that an edit touches are read between a bracket and an item of our own: where that comes out as what it is,
 * what follows in the text would have too.
 */
function editList(
  unit: DocumentUnit,
  list: ListUnits,
  text: string,
  change: Change,
  lenient: boolean,
): DocumentUnit | undefined {
  const { items } = list;
  const starts = startsOf(items, 0);
  const { first, last } = touchedBy(change, starts);
  const next = starts[last + 1];
  const region = text.slice(
    starts[first],
    next === undefined ? unit.length + change.after - change.before : next + change.after - change.before,
  );
  const opening = first === 0 ? '' : '[';
  const end = opening.length + region.length;
  const source = detached(opening + region + (next === undefined ? '' : '0]'));
  const { roots, problems } = readJson(source, lenient);
  const root = roots[0]?.root;
  if (root?.type !== 'array') return undefined;
  const sentinel = next === undefined ? undefined : root.members.at(-1)?.node;
  if (next !== undefined && (sentinel?.start !== end || sentinel.value !== 0)) return undefined;
  const own = sentinel ? root.members.slice(0, -1) : root.members;
  if (own.length === 0 || (opening && own[0]?.node.start !== 1)) return undefined;
  const read = itemsOf({ ...root, members: own }, problems, opening.length, end);
  const edited = read && [...items.slice(0, first), ...read, ...items.slice(last + 1)];
  if (!edited || edited.length < 2) return undefined;
  const from = first === 0 ? root.start : list.from;
  const rest = next === undefined ? source.length - root.end : list.rest;
  return documentOf({ items: edited, flow: true, from, rest }, text);
}

/** Each item goes on to where the next begins; what stands around the list belongs to the first and the last. */
function itemsOf(
  { type, members }: ManifestNode,
  problems: readonly TextProblem[],
  begin: number,
  end: number,
): Unit[] | undefined {
  if (type !== 'array' || members.length === 0) return undefined;
  const borders = [begin, ...members.slice(1).map(({ node }) => node.start), end];
  const items: Unit[] = [];
  const sorted = [...problems].sort((a, b) => a.start - b.start);
  let placed = 0;
  for (const [at, { node }] of members.entries()) {
    const [from = 0, to = 0] = [borders[at], borders[at + 1]];
    const own: TextProblem[] = [];
    for (let problem = sorted[placed]; problem && problem.start < to; problem = sorted[++placed]) {
      // At its very beginning it is the missing comma of the item before.
      if (problem.end > to || (at > 0 && problem.start === from)) return undefined;
      own.push(problem);
    }
    items.push(unitOf(node, from, to - from, own));
  }
  return placed === sorted.length ? items : undefined;
}
