import { visit } from 'jsonc-parser';
import { Lexer } from 'yaml';
import type { ManifestFile } from '../file.ts';
import type { Place } from '../nodes.ts';

/** The comments of a text, in order, with their marks. */
export function commentsIn({ text, format }: Pick<ManifestFile, 'text' | 'format'>): Place[] {
  if (format === 'json') {
    const found: Place[] = [];
    visit(text, { onComment: (start, length) => found.push({ start, end: start + length }) });
    return found;
  }
  return yamlTokens(text).filter(({ isScalar, start }) => !isScalar && text[start] === '#');
}

/** Tells whether something that is replaced as a whole would take a comment with it. */
export function hasComment(file: Pick<ManifestFile, 'text' | 'format'>, { start, end }: Place): boolean {
  const mark = file.format === 'json' ? '/' : '#';
  if (!file.text.slice(start, end).includes(mark)) return false;
  return commentsIn(file).some((comment) => comment.start >= start && comment.end <= end);
}

/** What YAML's lexer makes of a text: scalars, marks, white space, comments. */
export function yamlTokens(text: string): (Place & { readonly isScalar: boolean })[] {
  const tokens: (Place & { readonly isScalar: boolean })[] = [];
  let isScalar = false;
  let start = 0;
  for (const token of new Lexer().lex(text)) {
    if (!isScalar && lexerMarks.has(token)) {
      isScalar = token === scalarFollows;
      continue;
    }
    const end = start + token.length;
    tokens.push({ start, end, isScalar });
    start = end;
    isScalar = false;
  }
  return tokens;
}

/** The lexer's mark before the text of a scalar; with the others it is none of the text. */
const scalarFollows = '\u001f';
const lexerMarks = new Set(['\u0002', '\u0018', scalarFollows]);
