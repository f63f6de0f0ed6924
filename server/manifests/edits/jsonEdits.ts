import { createScanner } from 'jsonc-parser';
import { type Json, tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import type { ManifestDocument } from '../file.ts';
import { findMember, type ManifestNode, type TextEdit } from '../nodes.ts';
import { hasComment } from './comments.ts';
import { removeFromFlow, wrapInBrackets } from './flowEdits.ts';
import { quoted, withEscapes } from './quoting.ts';

export function jsonEdit(text: string, document: ManifestDocument, edit: DataEdit): TextEdit[] | undefined {
  const { root } = document;
  const tokens = tokensOf(edit.pointer);
  const found = root && findMember(root, tokens);
  if (edit.do === 'rename') {
    const key = found?.member.key;
    return key && [{ ...key, text: quoted(edit.name, 'json') }];
  }
  if (!root) return undefined;
  if (edit.do === 'quote') {
    const node = found?.member.node;
    return (
      node && [{ start: node.start, end: node.end, text: JSON.stringify(text.slice(node.start, node.end)) }]
    );
  }
  if (edit.do === 'wrap') {
    const node = tokens.length === 0 ? root : found?.member.node;
    return node && wrapInBrackets(node);
  }
  if (edit.do === 'remove') return found && removeFromFlow(text, found.parent, found.member);
  if (found || tokens.length === 0) {
    const node = found?.member.node ?? root;
    if (node.type !== 'scalar' && hasComment({ text, format: 'json' }, node)) return undefined;
    return [{ start: node.start, end: node.end, text: written(edit.value) }];
  }
  return insert(text, root, tokens, edit.value);
}

/** A new member of an object, or at `-` a last item of a list, laid out as the last one is: nothing else is touched. */
function insert(
  text: string,
  root: ManifestNode,
  tokens: readonly string[],
  value: Json,
): TextEdit[] | undefined {
  const parent = tokens.length === 1 ? root : findMember(root, tokens.slice(0, -1))?.member.node;
  const key = tokens.at(-1);
  const isItem = parent?.type === 'array' && key === '-';
  if (key === undefined || !(parent?.type === 'object' || isItem)) return undefined;
  const name = isItem ? '' : `${quoted(key, 'json')}: `;
  const last = parent.members.at(-1);
  if (!last || !(last.key || isItem)) {
    const at = parent.start + 1;
    return [{ start: at, end: at, text: `${name}${written(value)}` }];
  }
  const end = Math.max(last.node.end, last.key?.end ?? 0);
  const { start } = last.key ?? last.node;
  // A line may hold all of a text; what stands before one member does not.
  const before = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - 1000), start);
  const line = /^[ \t]*/.exec(before)?.[0] ?? '';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const ownLine = before.replace(/\/\*.*?\*\//g, '').trim() === '' && text.includes('\n');
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const rendered = ownLine ? written(value, unit).replaceAll('\n', `${eol}${line}`) : written(value);
  const entry = `${ownLine ? `${eol}${line}` : ' '}${name}${rendered}`;
  const { hasComma, stop, endsLine } = readBehind(text, end);
  const breaks = endsLine && !ownLine ? eol : '';
  if (hasComma) return [{ start: stop, end: stop, text: `${breaks}${entry},` }];
  if (!ownLine && !endsLine) return [{ start: stop, end: stop, text: `,${entry}` }];
  return [
    { start: end, end, text: ',' },
    { start: stop, end: stop, text: `${breaks}${entry}` },
  ];
}

/** What stands behind the last member and stays there: a comma, and comments up to `stop`, behind which a line may have to end. */
function readBehind(text: string, end: number): { hasComma: boolean; stop: number; endsLine: boolean } {
  const behind = { hasComma: false, stop: end, endsLine: false };
  const scanner = createScanner(text);
  scanner.setPosition(end);
  for (let isBelow = false; ; ) {
    scanner.scan();
    const token = text.slice(scanner.getTokenOffset(), scanner.getPosition());
    const isComma = token === ',' && !behind.hasComma;
    const isComment = /^\/[/*]/.test(token);
    if (!isComma && !isComment && (token === '' || token.trim() !== '')) return behind;
    isBelow = !isComma && (isBelow || /^[\r\n]/.test(token));
    if (isComma) behind.hasComma = true;
    if (!isComma && (!isComment || isBelow)) continue;
    behind.stop = scanner.getPosition();
    behind.endsLine = token.startsWith('//') || (isComment && behind.hasComma);
  }
}

function written(value: Json, indent?: string): string {
  return withEscapes(JSON.stringify(value, null, indent), 'json');
}
