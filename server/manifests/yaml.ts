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
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import type { Json } from '../rules/json.ts';
import { readElsewhere } from './ambiguousScalars.ts';
import { refusedSize } from './bounds.ts';
import { nodeAt } from './incremental/units.ts';
import { duplicateKey } from './json.ts';
import {
  emptyNode,
  longInteger,
  type ManifestNode,
  type Member,
  type Place,
  type Reading,
  type TextProblem,
} from './nodes.ts';

/** Values that aliases stand for, in one document: an alias bomb has more, a manifest never does. */
const maximumAliased = 10_000;

export interface YamlReading extends Reading {
  /** Whether it has aliases: they reach out of the part of a document that they stand in. */
  readonly aliased: boolean;
}

/** Reads YAML 1.2, of several documents. A document that breaks off is read up to the break. */
export function readYaml(text: string): YamlReading {
  if (!text.startsWith('\ufeff')) return readMarkless(text);
  // To yaml a byte order mark is a column, by which the first line would stand further in than the others.
  const { roots, problems, aliased } = readMarkless(text.slice(1));
  const moved = <T extends Place>(place: T): T => ({ ...place, start: place.start + 1, end: place.end + 1 });
  return {
    roots: roots.map((one) =>
      one.root ? { ...moved(one), root: nodeAt({ root: one.root, base: 0 }, 1) } : moved(one),
    ),
    problems: problems.map(moved),
    aliased,
  };
}

function readMarkless(text: string): YamlReading {
  const refused = refusedSize(text, 'yaml');
  if (refused) return { roots: [{ start: 0, end: text.length }], problems: [refused], aliased: true };
  // Without another quote anywhere behind it, yaml takes all the rest into an unclosed one; with one, it ends where the
  // indentation does.
  const documents = parse(`${text}${text.endsWith('\n') ? '' : '\n'}#'"\n`);
  // What is said of that comment of ours is not of the text.
  const isOwn = ({ pos, message }: YAMLError) => pos[0] >= text.length && message.startsWith('Comments must');
  const problems = documents.flatMap((document) => [
    ...withTabs(
      withoutEchoes(
        document.errors.filter((error) => !isOwn(error)),
        text,
      ),
      text,
    ).map((error) => problem(error, 'error', text)),
    ...document.warnings.map((warning) => problem(warning, 'warning', text)),
  ]);
  let aliased = false;
  const roots = documents.map((document, at) => {
    const start = document.range[0];
    const end = documents[at + 1]?.range[0] ?? text.length;
    const context = { document, problems, text, aliased: { values: 0, following: 0 } };
    const { contents } = document;
    const root = contents && !isNothing(contents, text) ? convert(contents, context) : undefined;
    aliased ||= context.aliased.values > 0;
    return { ...(root ? { root } : {}), start, end };
  });
  return { roots: roots.length > 0 ? roots : [{ start: 0, end: text.length }], problems, aliased };
}

/** Tells whether a document has nothing but comments: readers make null of it, and people mean no document. */
function isNothing(contents: Node, text: string): boolean {
  if (!isScalar(contents) || contents.value !== null || contents.tag || contents.anchor) return false;
  const [start = 0, end = 0] = contents.range ?? [];
  return text.slice(start, end) === '';
}

/** Behind the end of what it could read of a document, the parser complains of word after word: the first says it. */
function withoutEchoes(errors: readonly YAMLError[], text: string): YAMLError[] {
  const isEcho = ({ message }: YAMLError) => / token in YAML stream/.test(message);
  return errors.filter((error, at) => {
    const before = errors[at - 1];
    if (!before || !isEcho(error) || !(isEcho(before) || / at node end/.test(before.message))) return true;
    return text.slice(before.pos[1], error.pos[0]).trim() !== '';
  });
}

/** What the parser complains of in a line that a tab indents is the tab, once a line; bad indentation follows from it. */
function withTabs(errors: readonly YAMLError[], text: string): Complaint[] {
  const lines = new Set<number>();
  return errors.flatMap((error): Complaint[] => {
    const line = text.lastIndexOf('\n', error.pos[0] - 1) + 1;
    const [layout = ''] = /^[ ]*(?:-[ \t]*)*\t/.exec(text.slice(line, error.pos[1])) ?? [];
    const before = text.lastIndexOf('\n', line - 2) + 1;
    if (layout === '') return error.code === 'BAD_INDENT' && lines.has(before) ? [] : [error];
    if (lines.has(line)) return [];
    lines.add(line);
    const start = line + layout.indexOf('\t');
    const message = 'Tabs are not allowed as indentation. Indent with spaces.';
    return [{ pos: [start, line + layout.length], message }];
  });
}

type Complaint = Pick<YAMLError, 'pos' | 'message'>;

function parse(text: string): Document.Parsed[] {
  // yaml's own check for keys written twice is quadratic (SOURCES: node); ours is in `convert`.
  const parsed = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent', prettyErrors: false });
  return Array.isArray(parsed) ? parsed : [];
}

interface Context {
  readonly document: Document;
  readonly problems: TextProblem[];
  readonly text: string;
  /** How many values aliases stand for so far, and how many aliases lead to the one that is read now. */
  readonly aliased: { values: number; following: number; targets?: ReadonlyMap<Alias, Node> };
}

function convert(node: Node, context: Context): ManifestNode {
  const { start, end } = placeIn(node, context);
  if (isAlias(node)) return convertAlias(node, start, end, context);
  const { aliased } = context;
  if (aliased.following > 0 && aliased.values++ > maximumAliased) return emptyNode(start);
  if (isMap(node)) {
    const members = pairs(node.items, context);
    const mapping = collection('object', start, end, node.flow === true, members);
    const merged = readMerges(members, context);
    return merged ? { ...mapping, merged } : mapping;
  }
  if (isSeq(node)) {
    const members = node.items.map(
      (item, at): Member => ({ token: at, node: isNode(item) ? convert(item, context) : emptyNode(end) }),
    );
    return collection('array', start, end, node.flow === true, members);
  }
  const source = context.text.slice(start, end);
  const value = isScalar(node) ? plain(node.value, source) : null;
  const scalar = { type: 'scalar', start, end, flow: false, value, members: [] } as const;
  if (!isScalar(node) || node.type !== 'PLAIN') return scalar;
  const elsewhere = readElsewhere(source);
  const digits = longInteger(node.value, source);
  if (digits !== undefined) return { ...scalar, digits };
  return elsewhere === undefined ? scalar : { ...scalar, elsewhere };
}

/** What is missing at the text's end stands there, not in the comment that is read behind it. */
function placeIn({ range }: Node, { text }: Context): { start: number; end: number } {
  const [start = 0, end = 0] = range ?? [];
  return { start: Math.min(start, text.length), end: Math.min(end, text.length) };
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

function pairs(items: readonly unknown[], context: Context): Member[] {
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const pair of items) {
    if (!isPair(pair) || !isNode(pair.key)) continue;
    const key = placeIn(pair.key, context);
    const source = context.text.slice(key.start, key.end);
    const named = isAlias(pair.key) ? targetOf(pair.key, context) : pair.key;
    if (isAlias(pair.key)) context.aliased.values++; // it reaches out of its part, too
    const token = isScalar(named) ? nameOf(named, source) : source;
    if (seen.has(token)) context.problems.push(duplicateKey(token, key));
    seen.add(token);
    const isPlain = isScalar(pair.key) && pair.key.type === 'PLAIN';
    const elsewhere = isPlain ? readElsewhere(source) : undefined;
    const node = isNode(pair.value) ? convert(pair.value, context) : emptyNode(key.end);
    if (isPlain && source === '<<') members.push({ token, key, merges: true, node });
    else members.push({ token, key, node, ...(elsewhere === undefined ? {} : { keyElsewhere: elsewhere }) });
  }
  return members;
}

/** A key as text; a number that JavaScript would round has the digits that are written. */
function nameOf({ value }: Scalar, source: string): string {
  const rounded = typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER);
  return rounded ? source : String(value ?? '');
}

/**
 * What `<<` brings into a mapping, as PyYAML and Go read it: the members of one mapping, or of several, of which the
 * first has precedence, where the mapping has none of the name. They stand where the merge is written.
 */
function readMerges(members: readonly Member[], { problems }: Context): Member[] | undefined {
  const merges = members.findLast((member) => member.merges);
  if (!merges?.key) return undefined;
  const { key, node } = merges;
  const sources = node.type === 'array' ? node.members.map((member) => member.node) : [node];
  // An alias that leads nowhere was complained of before.
  if (sources.some(({ type, unread }) => type !== 'object' && !unread))
    problems.push({
      rule: 'yaml/syntax',
      severity: 'error',
      ...key,
      message: "'<<' takes the alias of a mapping, or a list of such. Put it in quotes if it is a name.",
    });
  const own = new Set(members.map(({ token }) => token));
  const merged = new Map<string | number, Member>();
  for (const source of sources)
    for (const { token, node: value, merges: nested } of [...source.members, ...(source.merged ?? [])])
      if (!nested && !own.has(token) && !merged.has(token)) merged.set(token, { token, key, node: value });
  return [...merged.values()];
}

/** An alias stands where it is written and has the value of its anchor. */
function convertAlias(alias: Alias, start: number, end: number, context: Context): ManifestNode {
  const { aliased, problems } = context;
  const target = targetOf(alias, context);
  const message = refusedAlias(alias, target, aliased.values++);
  if (message) problems.push({ rule: 'yaml/aliases', severity: 'error', start, end, message });
  if (!target || message !== undefined) return { ...emptyNode(start), end, flow: true, unread: true };
  aliased.following++;
  const converted = moved(convert(target, context), start, end);
  aliased.following--;
  return converted;
}

/** Says why an alias is not read; empty where that was said before. */
function refusedAlias(
  { source, range }: Alias,
  target: Node | undefined,
  values: number,
): string | undefined {
  if (values > maximumAliased) return '';
  if (values === maximumAliased)
    return `The aliases stand for more than ${maximumAliased} values; the rest is not read.`;
  if (!target) return `No anchor '&${source}' stands before this alias.`;
  const [from = 0, to = 0] = target.range ?? [];
  const [at = 0] = range ?? [];
  return from <= at && at < to
    ? `This alias stands within what its anchor '&${source}' marks. Remove it.`
    : undefined;
}

function targetOf(alias: Alias, { document, aliased }: Context): Node | undefined {
  aliased.targets ??= targetsOf(document);
  return aliased.targets.get(alias);
}

/** What each alias stands for: what bears its name nearest before it. */
function targetsOf(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, (_, node) => {
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
    } else if (isNode(node) && 'anchor' in node && node.anchor) anchors.set(node.anchor, node);
  });
  return targets;
}

/** What other readers make of its words is said where the anchor stands. */
function moved(node: ManifestNode, start: number, end: number): ManifestNode {
  const { elsewhere: _, merged, ...rest } = node;
  const move = ({ token, key, merges, node: value }: Member): Member => ({
    token,
    ...(key ? { key: { start, end } } : {}),
    ...(merges ? { merges } : {}),
    node: moved(value, start, end),
  });
  const members = node.members.map(move);
  return { ...rest, start, end, flow: true, members, ...(merged ? { merged: merged.map(move) } : {}) };
}

function plain(value: unknown, source: string): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : source;
  return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : source;
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function problem(error: Complaint, severity: TextProblem['severity'], text: string): TextProblem {
  const [from, to] = error.pos;
  const start = Math.min(from, Math.max(text.length - 1, 0));
  return {
    rule: 'yaml/syntax',
    severity,
    start,
    end: Math.max(Math.min(to, text.length), start),
    message: error.message.length > 300 ? `${error.message.slice(0, 299)}…` : error.message,
  };
}
