import { type Document, isCollection, isScalar, parseAllDocuments, parseDocument, visit } from 'yaml';
import { readElsewhere } from '../../../manifests/ambiguousScalars.ts';
import { commentsIn } from '../../../manifests/edits/comments.ts';
import { hasUnseen, quoted, withEscapes } from '../../../manifests/edits/quoting.ts';
import type { ManifestFile } from '../../../manifests/file.ts';
import { foreignFormat } from '../../../manifests/kinds.ts';
import { dataOf, longInteger, type ManifestNode } from '../../../manifests/nodes.ts';
import { readManifest } from '../../../manifests/read.ts';
import { keepSpellings } from '../formatting.ts';
import { withComments } from './jsonWriter.ts';

export interface Converted {
  readonly path: string;
  readonly text: string;
}

/** Tells whether there is anything to convert: one document that can be read whole. */
export function isConvertible({ documents, problems, path, told }: ManifestFile): boolean {
  if (foreignFormat(path, told)) return false;
  if (problems.some(({ rule, severity }) => severity === 'error' && rule !== 'json/comment')) return false;
  return documents.length === 1 && documents[0]?.root !== undefined;
}

/**
 * The same manifest in the other format, with its comments: JSON that has some becomes `.jsonc`. Undefined where data or
 * a comment would not come through.
 */
export function converted(file: ManifestFile, path: string): Converted | undefined {
  if (!isConvertible(file)) return undefined;
  const result = file.format === 'json' ? toYaml(file.text.replace(/^\ufeff/, '')) : toJson(file);
  if (!result) return undefined;
  const target = path.replace(/(\.(ya?ml|jsonc?))?$/i, result.ending);
  const read = readManifest({ text: result.text, path: target, told: file.told });
  const kept =
    read.problems.length === 0 &&
    JSON.stringify(read.documents.map(({ data }) => data)) ===
      JSON.stringify(file.documents.map(({ data }) => data)) &&
    JSON.stringify(listCommentLines(read)) === JSON.stringify(listCommentLines(file));
  return kept ? { path: target, text: result.text } : undefined;
}

interface Result {
  readonly ending: string;
  readonly text: string;
}

function toJson({ text: own, documents }: ManifestFile): Result | undefined {
  const text = own.replace(/^\ufeff/, '');
  if (commentsIn({ text, format: 'yaml' }).length === 0)
    return {
      ending: '.json',
      text: `${withEscapes(stringifyExactly(text, documents[0]?.root), 'json')}\n`,
    };
  const parsed = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' });
  const [document] = Array.isArray(parsed) ? parsed : [];
  return document && { ending: '.jsonc', text: withComments(document) };
}

/** As JSON, with the digits of integers that JavaScript rounds. */
function stringifyExactly(text: string, root: ManifestNode | undefined): string {
  let word = 'digits';
  while (text.includes(word)) word += 'x';
  const marked = JSON.stringify(
    dataOf(root, ({ digits }) => (digits === undefined ? undefined : `${word}${digits}`)),
    null,
    2,
  );
  return marked.replace(new RegExp(`"${word}(-?\\d+)"`, 'g'), '$1');
}

/** JSON is YAML in flow style, but for its comments. */
function toYaml(text: string): Result | undefined {
  const document = parseDocument(hashComments(text), { uniqueKeys: false, logLevel: 'silent' });
  if (document.errors.length > 0) return undefined;
  unfold(document);
  const restore = keepSpellings([document], text, ({ value, source = '' }) =>
    typeof value === 'string' && hasUnseen(value.replaceAll('\n', ''))
      ? quoted(value, 'yaml')
      : longInteger(value, source),
  );
  return { ending: '.yaml', text: restore(document.toString({ lineWidth: 0 })) };
}

function unfold(document: Document): void {
  visit(document, (_, node) => {
    if (isCollection(node)) node.flow = false;
    // Quotes stay only where a plain word would be read differently elsewhere.
    if (isScalar(node) && typeof node.value === 'string' && readElsewhere(node.value) === undefined)
      delete node.type;
  });
}

function hashComments(text: string): string {
  let result = '';
  let at = 0;
  for (const { start, end } of commentsIn({ text, format: 'json' })) {
    const lines = stripMarks(text.slice(start, end)).map((line) => ` # ${line}`);
    const goesOn = !/^[ \t]*\r?\n/.test(text.slice(end, end + 200));
    result += text.slice(at, start) + lines.join('\n') + (goesOn ? '\n' : '');
    at = end;
  }
  // A JSON string has no line break, so what a line begins with is layout; YAML takes no tabs there.
  return (result + text.slice(at)).replace(/^[ \t]+/gm, (layout) => ' '.repeat(layout.length));
}

/** Lists the lines of a file's comments without their marks. */
function listCommentLines({ format, text }: ManifestFile): string[] {
  return commentsIn({ text, format }).flatMap(({ start, end }) => {
    const comment = text.slice(start, end);
    return format === 'yaml' ? splitLines(comment.slice(1)) : stripMarks(comment);
  });
}

/** The lines of one comment without its marks. */
function stripMarks(comment: string): string[] {
  return splitLines(comment.startsWith('//') ? comment.slice(2) : comment.slice(2, -2));
}

function splitLines(comment: string): string[] {
  return comment
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
