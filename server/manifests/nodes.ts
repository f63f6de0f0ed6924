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
  readonly members: readonly Member[];
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

/** The data of a tree. Own keys only, so `__proto__` is a key like any other. */
export function dataOf(node: ManifestNode | undefined): Json {
  if (!node || node.type === 'scalar') return node?.value ?? null;
  if (node.type === 'array') return node.members.map((member) => dataOf(member.node));
  return Object.fromEntries(node.members.map((member) => [String(member.token), dataOf(member.node)]));
}

/** The scalars that other YAML readers take differently, by pointer. */
export function wordsOf(
  node: ManifestNode | undefined,
  { text, format }: { readonly text: string; readonly format: 'yaml' | 'json' },
): Word[] {
  if (format === 'json') return [];
  const words: Word[] = [];
  const path: (string | number)[] = [];
  const visit = ({ elsewhere, start, end, members }: ManifestNode): void => {
    if (elsewhere !== undefined)
      words.push({ pointer: pointerTo(...path), spelled: text.slice(start, end), elsewhere });
    for (const member of members) {
      path.push(member.token);
      visit(member.node);
      path.pop();
    }
  };
  if (node) visit(node);
  return words;
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

function memberOf({ type, members }: ManifestNode, token: string): Member | undefined {
  if (type === 'array') return /^(?:0|[1-9]\d*)$/.test(token) ? members[Number(token)] : undefined;
  let known = byToken.get(members);
  if (!known) {
    known = new Map(members.map((one) => [String(one.token), one])); // of the same token the last one counts
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
