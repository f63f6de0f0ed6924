import { parseSync } from 'oxc-parser';

/** A function, and how many lines of it are its own: those of the functions inside it are theirs. */
export interface MeasuredFunction {
  readonly name: string;
  readonly line: number;
  readonly own: number;
}

/** The functions of a file's text that have more than so many lines of their own. */
export function findLongFunctions(file: string, text: string, maximum: number): MeasuredFunction[] {
  const found: MeasuredFunction[] = [];
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  visit(parseSync(file, text).program, '');
  return found;

  /** Answers the lines that functions within the node have. */
  function visit(node: unknown, around: string): number {
    if (Array.isArray(node)) return node.reduce((sum: number, item) => sum + visit(item, around), 0);
    if (typeof node !== 'object' || node === null || !('type' in node)) return 0;
    const { type, start, end, id, key } = node as Node;
    const name = id?.name ?? key?.name ?? around;
    let inner = 0;
    for (const child of Object.values(node)) inner += visit(child, name);
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(type)) return inner;
    const [first, last] = [lineOf(start), lineOf(end)];
    const own = last - first + 1 - inner;
    if (own > maximum) found.push({ name, line: first, own });
    return last - first;
  }
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly id?: { readonly name?: string } | null;
  readonly key?: { readonly name?: string };
}
