import type { Word } from '../rules/facts.ts';
import { type Json, pointerTo } from '../rules/json.ts';
import type { ProblemId } from '../rules/problems.ts';

/** A manifest's text read into data with positions. Offsets are UTF-16 units of the text; ends are exclusive. */

export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface ManifestNode extends Place {
  readonly type: 'object' | 'array' | 'scalar';
  /** Flow style (`{…}`, `[…]`), which all of JSON is. */
  readonly flow: boolean;
  /** The value of a scalar. */
  readonly value?: Json;
  /** Of a scalar that other YAML readers take differently: what they make of it. */
  readonly elsewhere?: string;
  /** Of an integer that JavaScript rounds, beyond 2⁵³: as it is written. */
  readonly digits?: string;
  /** Nothing could be read here, which a problem of the text says. */
  readonly unread?: true;
  /** As they are written; of a mapping, `<<` too. */
  readonly members: readonly Member[];
  /** Of a mapping: what `<<` brings in that the mapping does not have itself. */
  readonly merged?: readonly Member[] | undefined;
}

/** The digits of an integer, where a number of JavaScript does not hold them. */
export function longInteger(value: unknown, source: string): string | undefined {
  const rounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
  return rounded && /^-?\d+$/.test(source) ? source : undefined;
}

/** Stands where a value is missing; null to the rules. */
export function emptyNode(at: number, flow = false): ManifestNode {
  return { type: 'scalar', start: at, end: at, flow, value: null, members: [] };
}

/** A key and its value, or an item of a list. */
export interface Member {
  readonly token: string | number;
  /** Where the key stands; absent for items of a list. */
  readonly key?: Place;
  /** Of a key that other YAML readers take differently: what they make of it. */
  readonly keyElsewhere?: string;
  /** `<<`: a merge, which is none of the data itself. */
  readonly merges?: true;
  readonly node: ManifestNode;
}

/** What keeps the text from being read as it stands; the rest of it is read all the same. */
export interface TextProblem extends Place {
  readonly rule: ProblemId;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly repairs?: readonly TextRepair[];
}

/** A replacement of text; offsets as in `ManifestNode`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A repair of what is wrong with the text itself, not with its data. */
export interface TextRepair {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** The one to take without asking. */
  readonly safe?: boolean;
}

/** What a reader of one format gives. */
export interface Reading {
  readonly roots: readonly { readonly root?: ManifestNode; readonly start: number; readonly end: number }[];
  readonly problems: readonly TextProblem[];
}

/** The data of a tree. Own keys only, so `__proto__` is a key like any other. `replace`: other data for some scalars. */
export function dataOf(
  node: ManifestNode | undefined,
  replace?: (scalar: ManifestNode) => Json | undefined,
): Json {
  if (!node) return null;
  if (node.type === 'scalar') return replace?.(node) ?? node.value ?? null;
  if (node.type === 'array') return node.members.map((member) => dataOf(member.node, replace));
  return Object.fromEntries(
    membersOf(node).map((member) => [String(member.token), dataOf(member.node, replace)]),
  );
}

/** The members that make up the data of a node: of a mapping those that `<<` brings in, then its own. */
function membersOf({ members, merged }: ManifestNode): readonly Member[] {
  return merged ? [...merged, ...members.filter(({ merges }) => !merges)] : members;
}

/** The scalars that other YAML readers take differently, by pointer. */
export function wordsOf(
  node: ManifestNode | undefined,
  { text, format }: { readonly text: string; readonly format: 'yaml' | 'json' },
): Word[] {
  if (format === 'json') return [];
  // By place in the data: of keys written twice the last one counts.
  const words = new Map<string, Word>();
  const path: (string | number)[] = [];
  const add = ({ start, end }: Place, elsewhere: string | undefined, onKey = false): void => {
    if (elsewhere === undefined) return;
    const spelled = text.slice(start, end);
    const pointer = pointerTo(...path);
    words.set(`${pointer} ${onKey}`, { pointer, spelled, elsewhere, ...(onKey ? { onKey } : {}) });
  };
  const visit = (node: ManifestNode): void => {
    add(node, node.elsewhere);
    for (const member of membersOf(node)) {
      path.push(member.token);
      if (member.key) add(member.key, member.keyElsewhere, true);
      visit(member.node);
      path.pop();
    }
  };
  if (node) visit(node);
  return [...words.values()];
}

/** The member at a pointer's tokens, with its parent; of keys written twice the last, as parsers take it. */
export function findMember(
  root: ManifestNode,
  tokens: readonly string[],
): { member: Member; parent: ManifestNode } | undefined {
  let parent = root;
  let member: Member | undefined;
  for (const token of tokens) {
    if (member) parent = member.node;
    member = memberOf(parent, token);
    if (!member) return undefined;
  }
  return member && { member, parent };
}

function memberOf(node: ManifestNode, token: string): Member | undefined {
  const { type, members } = node;
  if (type === 'array') return /^(?:0|[1-9]\d*)$/.test(token) ? members[Number(token)] : undefined;
  let known = byToken.get(members);
  if (!known) {
    known = new Map(membersOf(node).map((one) => [String(one.token), one])); // of the same token the last one counts
    byToken.set(members, known);
  }
  return known.get(token);
}

/** Members by their token: an object may have any number of them, and each of its findings looks for one. */
const byToken = new WeakMap<readonly Member[], ReadonlyMap<string, Member>>();

export interface PathStep {
  readonly node: ManifestNode;
  readonly member?: Member;
}

/** The nodes from the root down to the innermost that holds `offset`, and whether it is on the last one's key. */
export function pathAt(root: ManifestNode, offset: number): { steps: PathStep[]; onKey: boolean } {
  const steps: PathStep[] = [{ node: root }];
  for (let node = root; ; ) {
    const inside = node.members.find(
      (member) =>
        offset >= (member.key?.start ?? member.node.start) &&
        offset <= Math.max(member.node.end, member.key?.end ?? 0),
    );
    if (!inside) return { steps, onKey: false };
    steps.push({ node: inside.node, member: inside });
    if (inside.key && offset <= inside.key.end) return { steps, onKey: true };
    node = inside.node;
  }
}
