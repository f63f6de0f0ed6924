import { type Document, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import { quoted, withEscapes } from '../../../manifests/edits/quoting.ts';
import { longInteger } from '../../../manifests/nodes.ts';

/** A YAML document as JSON with comments (`//`), each where it stood as near as JSON's punctuation lets it. */
export function withComments(document: Document): string {
  const { contents, commentBefore, comment } = document;
  const own = contents ? lines(contents.commentBefore, '') : [];
  return [
    ...lines(commentBefore, ''),
    ...own,
    value(contents, '', document) + behind(contents),
    ...lines(comment, ''),
    '',
  ].join('\n');
}

function value(node: unknown, pad: string, document: Document): string {
  if (isAlias(node)) return value(node.resolve(document), pad, document);
  if (isScalar(node))
    return (
      longInteger(node.value, node.source ?? '') ?? withEscapes(JSON.stringify(node.value ?? null), 'json')
    );
  const deeper = `${pad}  `;
  if (isMap(node)) {
    const members = node.items.map(({ key, value: held }): Entry => {
      const name = isScalar(key) ? String(key.value ?? '') : '';
      const inner = isCollection(held) ? undefined : before(held);
      const text = `${quoted(name, 'json')}: ${value(held, deeper, document)}`;
      return { before: [...lines(before(key), deeper), ...lines(inner, deeper)], text, behind: behind(held) };
    });
    return enclosed('{', members, '}', node, pad);
  }
  if (isSeq(node)) {
    const members = node.items.map((item): Entry => {
      const inner = isCollection(item) ? undefined : before(item);
      return { before: lines(inner, deeper), text: value(item, deeper, document), behind: behind(item) };
    });
    return enclosed('[', members, ']', node, pad);
  }
  return 'null';
}

interface Entry {
  readonly before: readonly string[];
  readonly text: string;
  /** A comment on the same line. */
  readonly behind: string;
}

function enclosed(
  open: string,
  entries: readonly Entry[],
  close: string,
  node: { commentBefore?: string | null; comment?: string | null },
  pad: string,
): string {
  const deeper = `${pad}  `;
  // What stands above the root's first member is written above the root.
  const first = pad === '' ? [] : lines(node.commentBefore, deeper);
  const body = entries.flatMap(({ before: above, text, behind: comment }, at) => [
    ...above,
    `${deeper}${text}${at < entries.length - 1 ? ',' : ''}${comment}`,
  ]);
  const last = lines(node.comment, deeper);
  const all = [...first, ...body, ...last];
  return all.length === 0 ? open + close : [open, ...all, pad + close].join('\n');
}

/** Writes the comment behind a scalar; a collection's stands before its end. */
function behind(node: unknown): string {
  if (!isScalar(node) || !node.comment) return '';
  return ` // ${node.comment.trim().replaceAll(/\s*\n\s*/g, '\n// ')}`;
}

function before(node: unknown): string | null | undefined {
  return isScalar(node) || isCollection(node) ? node.commentBefore : undefined;
}

function isCollection(node: unknown): node is { commentBefore?: string | null; comment?: string | null } {
  return !isPair(node) && (isMap(node) || isSeq(node));
}

function lines(comment: string | null | undefined, pad: string): string[] {
  return (comment ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `${pad}// ${line.trim()}`);
}
