import { stringify } from 'yaml';
import { tokensOf } from '../rules/pointers.ts';
import type { DataEdit, Json } from '../rules/types.ts';
import type { TextEdit } from './edits.ts';
import { removeFromFlow, startOf } from './flowEdits.ts';
import { findMember, type ManifestDocument, type ManifestNode, type Member } from './nodes.ts';

export function yamlEdit(text: string, document: ManifestDocument, edit: DataEdit): TextEdit[] | undefined {
  const { root } = document;
  if (!root) return undefined;
  const tokens = tokensOf(edit.pointer);
  const found = findMember(root, tokens);
  if (edit.do === 'rename') {
    const key = found?.member.key;
    return key && [{ ...key, text: scalar(edit.name, text.slice(key.start, key.end)) }];
  }
  if (edit.do === 'quote') {
    const node = found?.member.node;
    return (
      node && [{ start: node.start, end: node.end, text: JSON.stringify(text.slice(node.start, node.end)) }]
    );
  }
  if (edit.do === 'set') {
    if (tokens.length === 0) return [{ start: root.start, end: root.end, text: flow(edit.value) }];
    return found ? [replaceValue(text, found.member, edit.value)] : insert(text, root, tokens, edit.value);
  }
  if (!found) return undefined;
  return found.parent.flow
    ? removeFromFlow(text, found.parent, found.member)
    : [removeFromBlock(text, found.parent, found.member)];
}

function replaceValue(text: string, { node }: Member, value: Json): TextEdit {
  const { start, end } = node;
  const rendered = scalar(value, text.slice(start, end));
  const gap = start === end && text[start - 1] === ':' ? ' ' : '';
  return { start, end, text: gap + rendered };
}

/** A new member of a mapping that is there. */
function insert(
  text: string,
  root: ManifestNode,
  tokens: readonly string[],
  value: Json,
): TextEdit[] | undefined {
  const parent = tokens.length === 1 ? root : findMember(root, tokens.slice(0, -1))?.member.node;
  const name = tokens.at(-1);
  if (parent?.type !== 'object' || name === undefined) return undefined;
  const entry = `${scalar(name)}: ${flow(value)}`;
  const last = parent.members.at(-1);
  if (parent.flow) {
    const at = last ? Math.max(last.node.end, last.key?.end ?? 0) : parent.start + 1;
    return [{ start: at, end: at, text: last ? `, ${entry}` : ` ${entry} ` }];
  }
  const first = parent.members[0]?.key;
  if (!first || !last) return undefined;
  const at = endOfLine(text, contentEnd(text, last));
  return [{ start: at, end: at, text: `${newline(text)}${' '.repeat(column(text, first.start))}${entry}` }];
}

/** Takes whole lines; comments above stay. A collection that becomes empty is written `{}` or `[]`. */
function removeFromBlock(text: string, parent: ManifestNode, member: Member): TextEdit {
  const end = contentEnd(text, member);
  const start = member.key ? member.key.start : dashBefore(text, member.node.start);
  if (parent.members.length === 1)
    return { start, end: Math.max(end, start), text: parent.type === 'object' ? '{}' : '[]' };
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const at = parent.members.indexOf(member);
  const next = parent.members[at + 1];
  if (text.slice(lineStart, start).trim() === '') {
    const stop = endOfLine(text, end);
    const breakEnd = text.startsWith('\r\n', stop) ? stop + 2 : stop + 1;
    if (stop < text.length) return { start: lineStart, end: breakEnd, text: '' };
    return { start: Math.max(lineStart - 1, 0), end: stop, text: '' };
  }
  // The first key of an item (`- name: web`) shares its line with the dash, which stays.
  const follow = next ? (next.key?.start ?? dashBefore(text, next.node.start)) : endOfLine(text, end);
  return { start, end: follow, text: '' };
}

/** Where the value's own text ends: a block collection's range goes on over the line breaks behind it. */
function contentEnd(text: string, member: Member): number {
  let end = Math.max(member.node.end, member.key?.end ?? 0);
  const start = startOf(member);
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  if (at === -1) return text.length;
  return text[at - 1] === '\r' ? at - 1 : at;
}

function dashBefore(text: string, start: number): number {
  let at = start - 1;
  while (at > 0 && text[at] !== '-') at--;
  return at;
}

function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** A value in the style of what it replaces: the same quotes where they can hold it. */
function scalar(value: Json, like = ''): string {
  if (typeof value !== 'string') return flow(value);
  if (like.startsWith('"')) return JSON.stringify(value);
  if (like.startsWith("'") && !/[\n\r\t]/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return flow(value);
}

/** One line that means the same in any context, block or flow. */
function flow(value: Json): string {
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true })
    .trim()
    .replace(/^\[ ?/, '')
    .replace(/ ?\]$/, '');
}
