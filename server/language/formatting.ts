import { type FormattingOptions, format } from 'jsonc-parser';
import { type Document, Lexer, parseAllDocuments } from 'yaml';
import { applyEdits, type TextEdit } from '../manifests/edits.ts';
import type { ManifestFile, ManifestNode } from '../manifests/nodes.ts';
import { readManifest } from '../manifests/read.ts';

export interface Style {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
}

/**
 * The text laid out anew, comments kept. Undefined where it is so already, where the text cannot be read whole, and
 * where laying it out would change anything else: a value, the spelling of a scalar, a comment.
 */
export function formatted(file: ManifestFile, path: string, style: Style): string | undefined {
  const { text } = file;
  if (file.problems.some(({ rule }) => rule !== 'json/comment')) return undefined;
  const after = file.format === 'json' ? formatJson(text, style) : formatYaml(text, style);
  if (after === undefined || after === text) return undefined;
  const read = readManifest({ text: after, path, format: file.format });
  return sameContent(file, read) ? after : undefined;
}

function formatJson(text: string, { tabSize, insertSpaces }: Style): string {
  const options: FormattingOptions = { tabSize, insertSpaces, eol: eolOf(text), insertFinalNewline: true };
  const edits = format(text, undefined, options).map(
    ({ offset, length, content }): TextEdit => ({ start: offset, end: offset + length, text: content }),
  );
  return applyEdits(text, edits);
}

function formatYaml(text: string, { tabSize }: Style): string | undefined {
  const parsed = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(parsed)) return undefined;
  const indent = Math.min(Math.max(tabSize, 2), 8);
  const documents = printed(parsed, indent);
  if (!documents) return undefined;
  const joined = documents.reduce(
    (all, one) => all + (all === '' || one.startsWith('---') ? one : `---\n${one}`),
    '',
  );
  return eolOf(text) === '\n' ? joined : joined.replaceAll('\n', '\r\n');
}

/** Undefined where yaml cannot write what it read, such as an alias of an anchor that is not there. */
function printed(documents: readonly Document[], indent: number): string[] | undefined {
  try {
    return documents.map((document) => document.toString({ lineWidth: 0, indent }));
  } catch {
    return undefined;
  }
}

function sameContent(before: ManifestFile, after: ManifestFile): boolean {
  return (
    after.problems.length === before.problems.length &&
    JSON.stringify(before.documents.map(({ data, kind }) => [data, kind])) ===
      JSON.stringify(after.documents.map(({ data, kind }) => [data, kind])) &&
    JSON.stringify(spellings(before)) === JSON.stringify(spellings(after)) &&
    (before.format === 'json' ||
      JSON.stringify(yamlComments(before.text)) === JSON.stringify(yamlComments(after.text)))
  );
}

/** How scalars that are not text are spelled: `012` and `10` are the same number, to some readers. */
function spellings({ documents, text }: ManifestFile): string[] {
  const found: string[] = [];
  const visit = (node: ManifestNode): void => {
    if (node.type === 'scalar' && typeof node.value !== 'string')
      found.push(text.slice(node.start, node.end));
    for (const member of node.members) visit(member.node);
  };
  for (const { root } of documents) if (root) visit(root);
  return found;
}

/** The comments of a YAML text, in order. */
export function yamlComments(text: string): string[] {
  const comments: string[] = [];
  let before = '';
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#') && before !== scalarFollows) comments.push(token.trimEnd());
    before = token;
  }
  return comments;
}

/** The lexer's mark before the text of a scalar. */
const scalarFollows = '\u001f';

function eolOf(text: string): '\r\n' | '\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
