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
  visit,
  type YAMLError,
  YAMLParseError,
} from 'yaml';
import { readElsewhere, readKeyElsewhere } from './ambiguousScalars.ts';
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
import { explainCharacters, explainComplaints, notOfJson } from './yaml/complaints.ts';
import { readName, readScalar } from './yaml/scalars.ts';

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
  const unclosed = findUnclosed(documents.at(-1), text);
  const errors = documents
    .flatMap((document) => document.errors)
    .filter((error) => !isOwn(error) && !(unclosed && error.pos[0] >= text.length));
  if (unclosed) errors.push(unclosed);
  const warnings = documents.flatMap((document) => document.warnings);
  const problems = explainComplaints(errors, warnings, text);
  problems.push(...explainCharacters(text));
  let aliased = false;
  const roots = documents.map((document, at) => {
    const start = document.range[0];
    const end = documents[at + 1]?.range[0] ?? text.length;
    const broken = new Set(document.errors.map(({ pos: [at] }) => at));
    const context = { document, problems, text, broken, aliased: { values: 0, following: 0 } };
    const { contents } = document;
    const root = contents && !isNothing(contents, text) ? convert(contents, context) : undefined;
    aliased ||= context.aliased.values > 0;
    return { ...(root ? { root } : {}), start, end };
  });
  return { roots: roots.length > 0 ? roots : [{ start: 0, end: text.length }], problems, aliased };
}

/** The quote of a text that is a whole document, which only the comment of ours has closed: no indentation ends it. */
function findUnclosed(last: Document.Parsed | undefined, text: string): YAMLParseError | undefined {
  const [start = 0, end = 0] = last?.contents?.range ?? [];
  if (!isScalar(last?.contents) || end <= text.length || !/^QUOTE_/.test(last.contents.type ?? ''))
    return undefined;
  return new YAMLParseError([start, start + 1], 'MISSING_CHAR', 'Missing closing "quote');
}

/** Tells whether a document has nothing but comments: readers make null of it, and people mean no document. */
function isNothing(contents: Node, text: string): boolean {
  if (!isScalar(contents) || contents.value !== null || contents.tag || contents.anchor) return false;
  const [start = 0, end = 0] = contents.range ?? [];
  return text.slice(start, end) === '';
}

function parse(text: string): Document.Parsed[] {
  // yaml's own check for keys written twice is quadratic (SOURCES: node); ours is in `convert`.
  const options = {
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
    resolveKnownTags: false,
  } as const;
  // A line may end with CR alone: by as many characters, so that places stay.
  const read = text.replace(/\r(?!\n)/g, '\n');
  const parsed = parseAllDocuments(read, options);
  return Array.isArray(parsed) ? parsed : [];
}

interface Context {
  readonly document: Document;
  readonly problems: TextProblem[];
  readonly text: string;
  /** Where the parser complains. */
  readonly broken: ReadonlySet<number>;
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
    if (node.items.some(isPair)) complain(context, complaint({ start, end }, notOfJson));
    const members = node.items.map(
      (item, at): Member => ({ token: at, node: isNode(item) ? convert(item, context) : emptyNode(end) }),
    );
    return collection('array', start, end, node.flow === true, members);
  }
  const source = placedText(node, context);
  const value = isScalar(node) ? readScalar(node, source) : null;
  if (value === undefined)
    complain(
      context,
      complaint({ start, end }, 'This is no value of its tag. Correct it, or remove the tag.'),
    );
  const scalar = {
    type: 'scalar',
    start,
    end,
    flow: false,
    value: value === undefined ? source : value,
    members: [],
  } as const;
  if (!isScalar(node) || node.type !== 'PLAIN') return scalar;
  const elsewhere = isOld(context) ? undefined : readElsewhere(source);
  const digits = longInteger(node.value, source);
  if (digits !== undefined) return { ...scalar, digits };
  return elsewhere === undefined ? scalar : { ...scalar, elsewhere };
}

function placedText(node: Node, context: Context): string {
  const { start, end } = placeIn(node, context);
  return context.text.slice(start, end);
}

/** Tells whether the document says that it is YAML 1.1, as which it is read then. */
function isOld({ document }: Context): boolean {
  return document.directives?.yaml.version === '1.1';
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
    const token = isScalar(named)
      ? readName(named, isAlias(pair.key) ? placedText(named, context) : source)
      : source;
    const isPlain = isScalar(pair.key) && pair.key.type === 'PLAIN';
    const merges = isPlain && source === '<<' && !/:str$/.test(pair.key.tag ?? '');
    const problem = seen.has(token)
      ? merges
        ? complaint(key, "'<<' is written twice. Write one, with a list of the aliases.")
        : duplicateKey(token, key)
      : wrongKey(named, key, context);
    if (problem) complain(context, problem);
    seen.add(token);
    const elsewhere = isPlain && !pair.key.tag ? readKeyElsewhere(source) : undefined;
    const node = isNode(pair.value) ? convert(pair.value, context) : emptyNode(key.end);
    if (merges) members.push({ token, key, merges: true, node });
    else members.push({ token, key, node, ...(elsewhere === undefined ? {} : { keyElsewhere: elsewhere }) });
  }
  return members;
}

/** What is no name of a member: a list or a mapping, as `{{ name }}` is, and nothing at all. */
function wrongKey(named: Node | undefined, key: Place, { broken }: Context): TextProblem | undefined {
  if (broken.has(key.start)) return undefined; // it was read so since something else is wrong

  if (named && !isScalar(named))
    return complaint(key, 'A list or a mapping is no key. Put it in quotes if it is a text, as {{ … }} is.');
  const isMissing = named?.type === 'PLAIN' && named.source === '' && !named.tag;
  return isMissing
    ? complaint(key, 'A key is missing before this \':\'. Write it, or "" for an empty one.')
    : undefined;
}

/** Within what an alias stands for, it was said at the anchor. */
function complain({ aliased, problems }: Context, problem: TextProblem): void {
  if (aliased.following === 0) problems.push(problem);
}

function complaint({ start, end }: Place, message: string): TextProblem {
  return { rule: 'yaml/syntax', severity: 'error', start, end, message };
}

/**
 * What `<<` brings into a mapping, as PyYAML and Go read it: the members of one mapping, or of several, of which the
 * first has precedence, where the mapping has none of the name. They stand where the mapping is written, or its alias.
 */
function readMerges(members: readonly Member[], context: Context): Member[] | undefined {
  const merges = members.findLast((member) => member.merges);
  if (!merges?.key) return undefined;
  const { key, node } = merges;
  const sources = node.type === 'array' ? node.members.map((member) => member.node) : [node];
  // An alias that leads nowhere was complained of before.
  if (sources.some(({ type, unread }) => type !== 'object' && !unread))
    complain(
      context,
      complaint(
        key,
        "'<<' takes the alias of a mapping, or a list of such. Put it in quotes if it is a name.",
      ),
    );
  const own = new Set(members.map(({ token }) => token));
  const merged = new Map<string | number, Member>();
  for (const source of sources)
    for (const member of [...source.members, ...(source.merged ?? [])])
      if (!member.merges && !own.has(member.token) && !merged.has(member.token))
        merged.set(member.token, member);
  return [...merged.values()];
}

/** An alias stands where it is written and has the value of its anchor. */
function convertAlias(alias: Alias, start: number, end: number, context: Context): ManifestNode {
  const { aliased, problems } = context;
  const target = targetOf(alias, context);
  const isLast = aliased.values === maximumAliased;
  const message = refusedAlias(alias, target, aliased.values++);
  if (message && (isLast || aliased.following === 0))
    problems.push({ rule: 'yaml/aliases', severity: 'error', start, end, message });
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
  if (source === '') return '';
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

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
