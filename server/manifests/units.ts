import type { Json } from '../rules/types.ts';
import type { Change } from './changes.ts';
import { dataOf, type ManifestNode, type Member, type TextProblem } from './nodes.ts';

/**
 * The parts of a text that are read by themselves, so that an edit costs the reading of those it touches: yaml's parser
 * takes 7 µs a line, which is the whole bill of an edit (facts/language-servers.md §1.6). A text is a sequence of
 * documents, and a document that is a list a sequence of items; each part goes on to where the next begins.
 */
export interface Unit {
  /** Of its text. */
  readonly length: number;
  /** What to take off the positions in it, so that they count from its beginning. */
  readonly base: number;
  readonly root?: ManifestNode | undefined;
  readonly data: Json;
  readonly problems: readonly TextProblem[];
}

/** Of the text of one document. `list` instead of `root` where its items are units. */
export interface DocumentUnit extends Unit {
  readonly list?: ListUnits | undefined;
  /** How far from its beginning the document begins: below comments. */
  readonly head: number;
}

export interface ListUnits {
  readonly items: readonly Unit[];
  readonly flow: boolean;
  /** Where the list begins, from the beginning of the first item's text. */
  readonly from: number;
  /** How far before the document's end it ends; undefined: with its last item. */
  readonly rest?: number | undefined;
}

/** A document of units at its place. */
export interface PlacedDocument {
  readonly unit: DocumentUnit;
  readonly root?: ManifestNode;
  readonly start: number;
  readonly end: number;
  /** Where each item's text begins. */
  readonly items?: readonly number[];
}

export function unitOf(
  node: ManifestNode | undefined,
  base: number,
  length: number,
  problems: readonly TextProblem[],
): Unit {
  return { length, base, root: node, data: dataOf(node), problems };
}

/** `before`: of the units of an earlier reading; those that are where they were stay the same objects. */
export function placeUnits(
  units: readonly DocumentUnit[],
  before: readonly Partial<PlacedDocument>[] = [],
): {
  documents: PlacedDocument[];
  problems: TextProblem[];
} {
  const problems: TextProblem[] = [];
  const documents: PlacedDocument[] = [];
  let at = 0;
  for (const [index, unit] of units.entries()) {
    const start = at + unit.head;
    const end = at + unit.length;
    addProblems(unit, at, problems);
    if (unit.list) {
      const items = startsOf(unit.list.items, at);
      for (const [index, item] of unit.list.items.entries()) addProblems(item, items[index] ?? at, problems);
      documents.push(
        known(before[index], unit, start) ?? { unit, root: listOf(unit.list, items, end), start, end, items },
      );
    } else
      documents.push(
        known(before[index], unit, start) ?? {
          unit,
          ...(unit.root ? { root: shifted(unit.root, at - unit.base) } : {}),
          start,
          end,
        },
      );
    at += unit.length;
  }
  return { documents, problems };
}

function known(
  before: Partial<PlacedDocument> | undefined,
  unit: DocumentUnit,
  start: number,
): PlacedDocument | undefined {
  return before?.unit === unit && before.start === start ? (before as PlacedDocument) : undefined;
}

export function startsOf(units: readonly Unit[], first: number): number[] {
  const starts: number[] = [];
  let at = first;
  for (const { length } of units) {
    starts.push(at);
    at += length;
  }
  return starts;
}

/** The units that a change touches, or borders on. `starts` as of `startsOf(units, 0)`. */
export function touchedBy(change: Change, starts: readonly number[]): { first: number; last: number } {
  const before = (offset: number) => {
    let low = 0;
    for (let high = starts.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low; // how many begin before it
  };
  return { first: Math.max(before(change.start) - 1, 0), last: Math.max(before(change.before + 1) - 1, 0) };
}

function addProblems({ problems, base }: Unit, at: number, all: TextProblem[]): void {
  const moved = <T extends { start: number; end: number }>(place: T): T => ({
    ...place,
    start: place.start + at - base,
    end: place.end + at - base,
  });
  for (const problem of problems) {
    const repairs = problem.repairs?.map((repair) => ({ ...repair, edits: repair.edits.map(moved) }));
    all.push({ ...moved(problem), ...(repairs ? { repairs } : {}) });
  }
}

/** The nodes of the items are made when someone asks for them: an edit shifts all that follow it. */
function listOf(
  { items, flow, from, rest }: ListUnits,
  starts: readonly number[],
  end: number,
): ManifestNode {
  const last = items.at(-1);
  const own =
    rest === undefined ? (last?.root?.end ?? 0) + (starts.at(-1) ?? 0) - (last?.base ?? 0) : end - rest;
  return new Collection({ type: 'array', start: (starts[0] ?? 0) + from, end: own, flow }, () =>
    items.flatMap(({ root, base }, at) =>
      root ? { token: at, node: shifted(root, (starts[at] ?? 0) - base) } : [],
    ),
  );
}

/** The same tree further on in the text, its members made when someone asks for them. */
export function shifted(node: ManifestNode, by: number): ManifestNode {
  if (by === 0) return node;
  const { type, start, end, flow } = node;
  if (type === 'scalar') return { ...node, start: start + by, end: end + by };
  return new Collection({ type, start: start + by, end: end + by, flow }, () =>
    node.members.map((member): Member => {
      const moved = shifted(member.node, by);
      const { token, key } = member;
      return key
        ? { token, key: { start: key.start + by, end: key.end + by }, node: moved }
        : { token, node: moved };
    }),
  );
}

/** A class, since of 10,000 of them each edit makes new ones. */
class Collection implements ManifestNode {
  readonly type: 'object' | 'array';
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  #make: (() => readonly Member[]) | undefined;
  #members: readonly Member[] = [];

  constructor(
    { type, start, end, flow }: Pick<Collection, 'type' | 'start' | 'end' | 'flow'>,
    make: () => readonly Member[],
  ) {
    this.type = type;
    this.start = start;
    this.end = end;
    this.flow = flow;
    this.#make = make;
  }

  get members(): readonly Member[] {
    if (this.#make) {
      this.#members = this.#make();
      this.#make = undefined;
    }
    return this.#members;
  }
}
