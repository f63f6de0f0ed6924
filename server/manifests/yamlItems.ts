import type { ManifestNode, Member } from './nodes.ts';
import type { Reading } from './read.ts';
import { readYaml } from './yaml.ts';

/**
 * Reads a list of items item by item: what stood in the previous reading is taken from there, so an edit costs the
 * reading of the one item it is in. yaml's parser takes 7 µs a line, which is the whole bill of an edit
 * (facts/language-servers.md §1.6).
 */

/** Item text → its node, with offsets from the item's start. */
export type Items = ReadonlyMap<string, ManifestNode>;

/** Undefined where the text is not a plain list, or an item has a problem: then only reading it whole is right. */
export function readYamlItems(text: string, known: Items): (Reading & { readonly items: Items }) | undefined {
  const starts = itemStarts(text);
  const [first] = starts;
  if (first === undefined || starts.length < 2) return undefined;
  const items = new Map<string, ManifestNode>();
  const members: Member[] = [];
  for (const [at, start] of starts.entries()) {
    const source = text.slice(start, starts[at + 1] ?? text.length);
    const node = items.get(source) ?? known.get(source) ?? readItem(source);
    if (!node) return undefined;
    items.set(source, node);
    members.push({ token: at, node: shifted(node, start) });
  }
  const end = members.at(-1)?.node.end ?? first;
  const root: ManifestNode = { type: 'array', start: first, end, flow: false, members };
  return { roots: [{ root, start: 0, end: text.length }], problems: [], items };
}

/**
 * Where the items of a top-level list begin. None where anything else stands at the left margin (markers, keys, ends of
 * quoted text), or where something may reach from one item into another (anchors, tags, directives, a lone CR).
 */
function itemStarts(text: string): number[] {
  if (/(^|[\s[{,:-])[&*!]|\t|\r(?!\n)|[\u0085\u2028\u2029\ufeff]/.test(text)) return [];
  const starts: number[] = [];
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at);
    const after = text[at + 1];
    if (text[at] === '-' && (after === ' ' || after === '\n' || after === '\r')) starts.push(at);
    else if (!/[ \n\r#]/.test(text[at] ?? '')) return [];
    else if (
      starts.length === 0 &&
      text[at] === ' ' &&
      !/^ *(#|\r?$)/.test(text.slice(at, next === -1 ? undefined : next))
    )
      return [];
    if (next === -1) break;
    at = next + 1;
  }
  return starts;
}

function readItem(source: string): ManifestNode | undefined {
  const { roots, problems } = readYaml(source);
  const root = roots[0]?.root;
  if (problems.length > 0 || roots.length !== 1 || root?.type !== 'array' || root.members.length !== 1)
    return undefined;
  return root.members[0]?.node;
}

function shifted(node: ManifestNode, by: number): ManifestNode {
  const members = node.members.map((member): Member => {
    const { token, key } = member;
    const moved = shifted(member.node, by);
    return key
      ? { token, key: { start: key.start + by, end: key.end + by }, node: moved }
      : { token, node: moved };
  });
  return { ...node, start: node.start + by, end: node.end + by, members };
}
