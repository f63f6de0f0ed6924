import type { Kind } from '../../rules/facts.ts';
import type { Json } from '../../rules/json.ts';
import type { DocumentUnit, ListUnits, ManifestDocument, Unit } from '../file.ts';
import type { KindOf } from '../kinds.ts';
import { dataOf, emptyNode, type ManifestNode, type Member, type TextProblem } from '../nodes.ts';
import type { Change } from './textChange.ts';

/**
 * A document of units at its place. A class, since of 10,000 of them each edit makes new ones; its nodes are made when
 * someone asks for them.
 */
class PlacedDocument implements ManifestDocument {
  readonly index: number;
  readonly kind: Kind | undefined;
  readonly why: string;
  readonly unit: DocumentUnit;
  readonly end: number;
  readonly #at: number;
  #root: ManifestNode | undefined;
  #items: readonly number[] | undefined;

  /** `at`: where the text of the unit begins. */
  constructor(index: number, { kind, why }: KindOf, unit: DocumentUnit, at: number) {
    this.index = index;
    this.kind = kind;
    this.why = why;
    this.unit = unit;
    this.#at = at;
    this.end = at + unit.length;
  }

  get data(): Json {
    return this.unit.data;
  }

  get start(): number {
    return this.#at + this.unit.head;
  }

  /** Where each item's text begins. */
  get items(): readonly number[] | undefined {
    this.#items ??= this.unit.list && startsOf(this.unit.list.items, this.#at);
    return this.#items;
  }

  get root(): ManifestNode | undefined {
    const { list, root, base } = this.unit;
    this.#root ??= list ? listOf(list, this.items ?? [], this.end) : root && shifted(root, this.#at - base);
    return this.#root;
  }
}

export function unitOf(
  node: ManifestNode | undefined,
  base: number,
  length: number,
  problems: readonly TextProblem[],
): Unit {
  return { length, base, root: node, data: dataOf(node), problems };
}

/**
 * The documents of a text. `before`: those of an earlier reading by the same `tell`; one that is where it was stays the
 * same object.
 */
export function placeUnits(
  units: readonly DocumentUnit[],
  tell: (data: Json) => KindOf,
  before: readonly ManifestDocument[] = [],
): ManifestDocument[] {
  const documents: ManifestDocument[] = [];
  let at = 0;
  for (const [index, unit] of units.entries()) {
    const known = before[index];
    const same = known?.unit === unit;
    documents.push(
      same && known.start === at + unit.head
        ? known
        : new PlacedDocument(index, same ? known : tell(unit.data), unit, at),
    );
    at += unit.length;
  }
  return documents;
}

/** What is wrong in a text, in no order. */
export function problemsOf(units: readonly DocumentUnit[]): TextProblem[] {
  const problems: TextProblem[] = [];
  let at = 0;
  for (const unit of units) {
    addProblems(unit, at, problems);
    let item = at;
    for (const one of unit.list?.items ?? []) {
      addProblems(one, item, problems);
      item += one.length;
    }
    at += unit.length;
  }
  return problems;
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
  if (problems.length === 0) return;
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

/** The tree of a unit whose text begins at `at`. */
export function nodeAt({ root, base }: Pick<Unit, 'root' | 'base'>, at: number): ManifestNode {
  return root ? shifted(root, at - base) : emptyNode(at);
}

/** The same tree further on in the text, its members made when someone asks for them. */
function shifted(node: ManifestNode, by: number): ManifestNode {
  if (by === 0) return node;
  const { type, start, end, flow } = node;
  if (type === 'scalar') return { ...node, start: start + by, end: end + by };
  const moved = (member: Member): Member => {
    const { token, key, keyElsewhere, merges } = member;
    const own = shifted(member.node, by);
    if (!key) return { token, node: own };
    const place = { start: key.start + by, end: key.end + by };
    // Copying what nearly no member has would double the time.
    return keyElsewhere === undefined && !merges
      ? { token, key: place, node: own }
      : { ...member, key: place, node: own };
  };
  return new Collection(
    { type, start: start + by, end: end + by, flow },
    () => node.members.map(moved),
    () => node.merged?.map(moved),
  );
}

/** A class, since of 10,000 of them each edit makes new ones. */
class Collection implements ManifestNode {
  readonly type: 'object' | 'array';
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
  readonly #merge: (() => readonly Member[] | undefined) | undefined;
  #make: (() => readonly Member[]) | undefined;
  #members: readonly Member[] = [];

  constructor(
    { type, start, end, flow }: Pick<Collection, 'type' | 'start' | 'end' | 'flow'>,
    make: () => readonly Member[],
    merge?: () => readonly Member[] | undefined,
  ) {
    this.#merge = merge;
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

  get merged(): readonly Member[] | undefined {
    return this.#merge?.();
  }
}
