import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

const root = join(import.meta.dirname, '..', '..');

/** A node of a syntax tree, whatever it is. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Template {
  readonly quasis: readonly { readonly value: { readonly cooked: string } }[];
}

/** A file of the client, read. */
export interface ClientFile {
  readonly path: string;
  readonly source: string;
  readonly program: SyntaxNode;
}

export function readClient(): ClientFile[] {
  return readdirSync(join(root, 'client'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => {
      const source = readFileSync(file, 'utf8');
      const path = relative(root, file).replaceAll('\\', '/');
      return { path, source, program: parseSync(file, source).program as unknown as SyntaxNode };
    });
}

/** Calls `see` with each node and those around it, the innermost last; what it returns true for is not entered. */
export function walk(
  node: unknown,
  see: (node: SyntaxNode, around: readonly SyntaxNode[]) => boolean | undefined,
  around: readonly SyntaxNode[] = [],
): void {
  if (Array.isArray(node)) for (const item of node) walk(item, see, around);
  if (!isNode(node) || see(node, around)) return;
  for (const inner of Object.values(node)) walk(inner, see, [...around, node]);
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'type' in value;
}

/** The text that `t` is called with, as a bundle names it: values are `{0}`, `{1}`, … Nothing of other nodes. */
export function textOf(node: SyntaxNode): string | undefined {
  const { type, tag, callee, quasi } = node;
  if (type === 'TaggedTemplateExpression' && isT(tag))
    return (quasi as unknown as Template).quasis
      .map(({ value }) => value.cooked)
      .reduce((text, part, at) => `${text}{${at - 1}}${part}`);
  if (type !== 'CallExpression' || !isT(callee)) return undefined;
  const [first] = node['arguments'] as SyntaxNode[];
  if (first?.type !== 'Literal' || typeof first['value'] !== 'string')
    throw new Error('t takes a text as it stands, or is the tag of a template with values.');
  return first['value'];
}

function isT(node: unknown): boolean {
  return isNode(node) && node.type === 'Identifier' && node['name'] === 't';
}

/** The bundle that translations are made from: every text of the client, by itself. */
export function makeBundle(): Record<string, string> {
  const texts = new Set<string>();
  for (const { program } of readClient())
    walk(program, (node) => {
      const text = textOf(node);
      if (text !== undefined) texts.add(text);
      return undefined;
    });
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}
