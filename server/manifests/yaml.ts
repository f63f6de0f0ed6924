import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Json } from '../rules/types.ts';
import { duplicateKey } from './json.ts';
import type { ManifestNode, Member, TextProblem } from './nodes.ts';
import type { Reading } from './read.ts';
import { readElsewhere } from './words.ts';

/** An alias bomb expands to more than this; a manifest never does. */
const maximumAliases = 1000;

/** Reads YAML 1.2, of several documents. A document that breaks off is read up to the break. */
export function readYaml(text: string): Reading {
  // yaml's own check for keys written twice is quadratic (facts/node.md); ours is in `convert`.
  const parsed = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent', prettyErrors: false });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const problems = documents.flatMap((document) => [
    ...document.errors.map((error) => problem(error, 'error', text)),
    ...document.warnings.map((warning) => problem(warning, 'warning', text)),
  ]);
  const roots = documents.map((document) => {
    const [start = 0, , end = text.length] = document.range ?? [];
    const root = document.contents
      ? convert(document.contents, { document, problems, aliases: { left: maximumAliases }, text })
      : undefined;
    return { ...(root ? { root } : {}), start, end };
  });
  return { roots: roots.length > 0 ? roots : [{ start: 0, end: text.length }], problems };
}

interface Context {
  readonly document: Document;
  readonly problems: TextProblem[];
  readonly aliases: { left: number };
  readonly text: string;
}

function convert(node: Node, context: Context): ManifestNode {
  const [start = 0, end = 0] = node.range ?? [];
  if (isAlias(node)) return convertAlias(node, start, end, context);
  if (isMap(node)) {
    return collection('object', start, end, node.flow === true, pairs(node.items, end, context));
  }
  if (isSeq(node)) {
    const members = node.items.map(
      (item, at): Member => ({ token: at, node: isNode(item) ? convert(item, context) : empty(end) }),
    );
    return collection('array', start, end, node.flow === true, members);
  }
  const source = context.text.slice(start, end);
  const value = isScalar(node) ? plain(node.value, source) : null;
  const scalar = { type: 'scalar', start, end, flow: false, value, members: [] } as const;
  const elsewhere = isScalar(node) && node.type === 'PLAIN' ? readElsewhere(source) : undefined;
  return elsewhere === undefined ? scalar : { ...scalar, elsewhere };
}

/** A block collection ends with its last member; yaml's range goes on over the blank lines and comments behind it. */
function collection(
  type: 'object' | 'array',
  start: number,
  end: number,
  flow: boolean,
  members: readonly Member[],
): ManifestNode {
  const last = members.at(-1);
  const own = !flow && last ? Math.max(last.node.end, last.key?.end ?? 0) : end;
  return { type, start, end: own, flow, members };
}

function pairs(items: readonly unknown[], end: number, context: Context): Member[] {
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const pair of items) {
    if (!isPair(pair) || !isNode(pair.key)) continue;
    const [keyStart = end, keyEnd = end] = pair.key.range ?? [];
    const token = isScalar(pair.key) ? String(pair.key.value ?? '') : context.text.slice(keyStart, keyEnd);
    const key = { start: keyStart, end: keyEnd };
    if (seen.has(token)) context.problems.push(duplicateKey(token, key));
    seen.add(token);
    members.push({ token, key, node: isNode(pair.value) ? convert(pair.value, context) : empty(keyEnd) });
  }
  return members;
}

/** An alias stands where it is written and has the value of its anchor. */
function convertAlias(alias: Alias, start: number, end: number, context: Context): ManifestNode {
  const target = context.aliases.left > 0 ? alias.resolve(context.document) : undefined;
  if (context.aliases.left-- === 0) {
    context.problems.push({
      rule: 'yaml/aliases',
      severity: 'error',
      start,
      end,
      message: `More than ${maximumAliases} aliases are used; the rest is not read.`,
    });
  }
  if (!target && context.aliases.left >= 0) {
    const message = `No anchor '&${alias.source}' stands before this alias.`;
    context.problems.push({ rule: 'yaml/aliases', severity: 'error', start, end, message });
  }
  if (!target || !isNode(target)) return { type: 'scalar', start, end, flow: true, value: null, members: [] };
  return moved(convert(target, context), start, end);
}

function moved(node: ManifestNode, start: number, end: number): ManifestNode {
  const members = node.members.map(
    (member): Member => ({
      token: member.token,
      ...(member.key ? { key: { start, end } } : {}),
      node: moved(member.node, start, end),
    }),
  );
  return { ...node, start, end, flow: true, members };
}

function plain(value: unknown, source: string): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : source;
  return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : source;
}

function empty(at: number): ManifestNode {
  return { type: 'scalar', start: at, end: at, flow: false, value: null, members: [] };
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function problem(error: YAMLError, severity: TextProblem['severity'], text: string): TextProblem {
  const [from, to] = error.pos;
  const start = Math.min(from, Math.max(text.length - 1, 0));
  return {
    rule: 'yaml/syntax',
    severity,
    start,
    end: Math.max(Math.min(to, text.length), start),
    message: error.message,
  };
}
