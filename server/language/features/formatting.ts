import { type FormattingOptions, format } from 'jsonc-parser';
import { type Document, parseAllDocuments, type Scalar, visit } from 'yaml';
import { applyEdits } from '../../manifests/edits/applyEdits.ts';
import { commentsIn, yamlTokens } from '../../manifests/edits/comments.ts';
import { hasUnseen } from '../../manifests/edits/quoting.ts';
import type { ManifestFile } from '../../manifests/file.ts';
import { longInteger, type ManifestNode, type Place, type TextEdit } from '../../manifests/nodes.ts';
import { readAgain } from '../../manifests/read.ts';
import { toRange } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

export interface Style {
  readonly tabSize: number;
  readonly insertSpaces: boolean;
}

export const formatting: Feature = ({ connection, analyses }) => {
  connection.onDocumentFormatting(async ({ textDocument, options }) => {
    const analyzed = await analyses.current(textDocument.uri);
    const text = analyzed && formatted(analyzed.analysis.file, options);
    if (!analyzed || text === undefined) return [];
    const { document } = analyzed;
    return [{ range: toRange(document, 0, document.getText().length), newText: text }];
  });
  return () => ({ documentFormattingProvider: true });
};

/**
 * The text laid out anew, comments kept. Undefined where it is so already, where the text cannot be read whole, and
 * where laying it out would change anything else: a value, the spelling of a scalar, a comment, a directive; or where
 * laying it out again would change it again.
 */
export function formatted(file: ManifestFile, style: Style): string | undefined {
  const { text } = file;
  if (file.problems.some(({ rule }) => rule !== 'json/comment')) return undefined;
  const after = layOut(text, file.format, style);
  if (after === undefined || after === text || layOut(after, file.format, style) !== after) return undefined;
  const read = readAgain(file, after);
  return sameContent(file, read) ? after : undefined;
}

function layOut(text: string, format: ManifestFile['format'], style: Style): string | undefined {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const own = text.slice(mark.length);
  const laid = format === 'json' ? formatJson(own, style) : formatYaml(own, style);
  return laid === undefined ? undefined : mark + laid;
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
  const restore = keepSpellings(parsed, text, ({ value, range, source = '' }) => {
    const [start = 0, end = 0] = range ?? [];
    const own = text.slice(start, end);
    return typeof value === 'string' && /^["'].*$/.test(own) ? own : longInteger(value, source);
  });
  const documents = printed(parsed, Math.min(Math.max(tabSize, 2), 8));
  if (!documents) return undefined;
  const joined = documents.reduce(
    (all, one) => all + (all === '' || one.startsWith('---') ? one : `---\n${one}`),
    '',
  );
  const laid = restore(joined);
  return eolOf(text) === '\n' ? laid : laid.replaceAll('\n', '\r\n');
}

/**
 * Has scalars printed in a spelling of ours, where yaml would choose one, with characters in place of escapes: a word
 * that is nowhere else in the text stands for each until they are printed.
 */
export function keepSpellings(
  documents: readonly Document[],
  text: string,
  spell: (scalar: Scalar) => string | undefined,
): (printed: string) => string {
  let word = 'kept';
  while (text.includes(word)) word += 'x';
  const spelled: string[] = [];
  for (const document of documents)
    visit(document, {
      Scalar(_, node) {
        const own = spell(node);
        if (own === undefined) return;
        node.value = `${word}${spelled.push(own) - 1}z`;
        node.type = 'PLAIN';
      },
    });
  return (printed) =>
    printed.replace(new RegExp(`${word}(\\d+)z`, 'g'), (whole, at) => spelled[Number(at)] ?? whole);
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
    JSON.stringify(contentOf(before)) === JSON.stringify(contentOf(after))
  );
}

/** All that laying out leaves alone. */
function contentOf(file: ManifestFile): unknown {
  const { documents, text, format } = file;
  const source = ({ start, end }: Place) => text.slice(start, end);
  return {
    documents: documents.map(({ data, kind }) => [data, kind]),
    scalars: spellings(file),
    comments: commentsIn(file).map((comment) => source(comment).trimEnd()),
    // Directives, anchors, aliases and tags.
    marks:
      format === 'yaml' &&
      yamlTokens(text).flatMap((token) =>
        !token.isScalar && /^[%&*!]/.test(source(token)) ? [source(token).trimEnd()] : [],
      ),
    unseen: [...text].filter((character) => hasUnseen(character) && !/[\r\n\t]/.test(character)),
  };
}

/** How scalars are spelled: `012` and `10` are the same number, to some readers. One of several lines is laid out. */
function spellings({ documents, text }: ManifestFile): string[] {
  const found: string[] = [];
  const add = ({ start, end }: Place): void => {
    const source = text.slice(start, end);
    if (!/[\r\n]/.test(source)) found.push(source);
  };
  const visitNode = (node: ManifestNode): void => {
    if (node.type === 'scalar') add(node);
    for (const member of node.members) {
      if (member.key) add(member.key);
      visitNode(member.node);
    }
  };
  for (const { root } of documents) if (root) visitNode(root);
  return found;
}

function eolOf(text: string): '\r\n' | '\n' {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
