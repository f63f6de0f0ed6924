import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Json } from '../rules/json.ts';
import { refusedSize } from './bounds.ts';
import { explained } from './jsonProblems.ts';
import {
  emptyNode,
  longInteger,
  type ManifestNode,
  type Member,
  type Reading,
  type TextProblem,
} from './nodes.ts';

/** Reads JSON; comments and trailing commas are problems unless `lenient` (.jsonc), and are read over all the same. */
export function readJson(text: string, lenient: boolean): Reading {
  const refused = refusedSize(text, 'json');
  if (refused) return { roots: [{ start: 0, end: text.length }], problems: [refused] };
  const errors: ParseError[] = [];
  // Some editors hand over a byte order mark.
  const tree = parseTree(text.replace(/^\ufeff/, ' '), errors, {
    disallowComments: !lenient,
    allowTrailingComma: lenient,
    allowEmptyContent: true,
  });
  const problems = errors.map(({ error, offset, length }) => problem(error, offset, length, text));
  const root = tree && convert(tree, problems, text);
  return {
    roots: [{ ...(root ? { root } : {}), start: 0, end: text.length }],
    problems: explained(text, problems),
  };
}

/** An unfinished comment takes what it is in beyond the text. */
function convert(node: Node, problems: TextProblem[], text: string): ManifestNode {
  const limit = text.length;
  const end = Math.min(node.offset + node.length, limit);
  if (node.type === 'array') {
    const members = (node.children ?? []).map(
      (child, at): Member => ({ token: at, node: convert(child, problems, text) }),
    );
    return { type: 'array', start: node.offset, end, flow: true, members };
  }
  if (node.type !== 'object') {
    const value = (node.value ?? null) as Json;
    const scalar: ManifestNode = { type: 'scalar', start: node.offset, end, flow: true, value, members: [] };
    const digits = typeof value === 'number' ? longInteger(value, text.slice(node.offset, end)) : undefined;
    return digits === undefined ? scalar : { ...scalar, digits };
  }
  const members: Member[] = [];
  const seen = new Set<string>();
  for (const { children = [], colonOffset } of node.children ?? []) {
    const [key, value] = children;
    if (!key) continue;
    const token = String(key.value);
    const place = { start: key.offset, end: key.offset + key.length };
    if (seen.has(token)) problems.push(duplicateKey(token, place));
    seen.add(token);
    const absent = Math.min((colonOffset ?? place.end) + 1, limit);
    members.push({
      token,
      key: place,
      node: value ? convert(value, problems, text) : emptyNode(absent, true),
    });
  }
  return { type: 'object', start: node.offset, end, flow: true, members };
}

export function duplicateKey(key: string, place: { start: number; end: number }): TextProblem {
  return {
    rule: 'manifest/duplicate-key',
    severity: 'error',
    ...place,
    message: `'${key}' is written twice; the last one counts. Remove one.`,
  };
}

function problem(code: ParseError['error'], offset: number, length: number, text: string): TextProblem {
  const start = Math.min(offset, text.length);
  const name = printParseErrorCode(code);
  const message = messages[name] ?? 'This is not valid JSON.';
  return {
    rule: name === 'InvalidCommentToken' ? 'json/comment' : 'json/syntax',
    severity: 'error',
    start,
    end: Math.min(start + Math.max(length, 1), text.length),
    message,
  };
}

const messages: Readonly<Record<string, string>> = {
  InvalidSymbol: 'This is not a JSON value. Text needs double quotes.',
  InvalidNumberFormat: 'This is not a JSON number.',
  PropertyNameExpected: 'A key in double quotes is expected here.',
  ValueExpected: 'A value is expected here.',
  ColonExpected: "':' is expected here.",
  CommaExpected: "',' is expected here.",
  CloseBraceExpected: "'}' is expected here.",
  CloseBracketExpected: "']' is expected here.",
  EndOfFileExpected: 'The text goes on after the end of the JSON value.',
  InvalidCommentToken: 'JSON has no comments. Remove it, or name the file .jsonc.',
  UnexpectedEndOfComment: 'The comment does not end.',
  UnexpectedEndOfString: 'The closing quote is missing.',
  UnexpectedEndOfNumber: 'The number does not end.',
  InvalidUnicode: 'This is not a valid \\u escape.',
  InvalidEscapeCharacter: 'JSON has no such escape.',
  InvalidCharacter: 'This character must be escaped in JSON.',
};
