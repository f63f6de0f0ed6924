import { stringify } from 'yaml';
import { type Json, tokensOf } from '../../rules/json.ts';
import type { DataEdit } from '../../rules/rule.ts';
import type { ManifestDocument } from '../file.ts';
import { findMember, type ManifestNode, type Member, type Place, type TextEdit } from '../nodes.ts';
import { hasComment } from './comments.ts';
import { removeFromFlow, wrapInBrackets } from './flowEdits.ts';
import { hasUnseen, quoted } from './quoting.ts';

/** How new text is written: as what it replaces, or in double quotes, which hold in every place of a text. */
export const spellings = ['alike', 'quoted'] as const;
export type Spelling = (typeof spellings)[number];

/** A draft: what it makes of the text is for the caller to read again. */
export function yamlEdit(
  text: string,
  document: ManifestDocument,
  edit: DataEdit,
  spelling: Spelling,
): TextEdit[] | undefined {
  const { root } = document;
  if (!root) return undefined;
  const tokens = tokensOf(edit.pointer);
  const found = findMember(root, tokens);
  if (edit.do === 'rename') {
    const key = found?.member.key;
    return key && replaceScalar(text, key, edit.name, spelling);
  }
  if (edit.do === 'quote') {
    const place = edit.onKey ? found?.member.key : found?.member.node;
    return place && quote(text, place);
  }
  if (edit.do === 'set') {
    // What a merge brings in is written out beside it.
    const own = found?.parent.members.includes(found.member) ? found.member.node : undefined;
    const node = tokens.length === 0 ? root : own;
    return node
      ? replaceValue(text, node, edit.value, spelling, own && found?.member.key?.end)
      : insert(text, root, tokens, edit.value, spelling);
  }
  if (edit.do === 'wrap') return wrap(text, tokens.length === 0 ? root : found?.member.node);
  return found && removeMember(text, found.parent, found.member);
}

/** Takes a member out of a collection, with its lines or its comma. */
export function removeMember(text: string, parent: ManifestNode, member: Member): TextEdit[] {
  return parent.flow ? removeFromFlow(text, parent, member) : [removeFromBlock(text, parent, member)];
}

/** In brackets; of a block that is a whole document, as the first item of a block list. */
function wrap(text: string, node: ManifestNode | undefined): TextEdit[] | undefined {
  if (!node || node.flow || node.type === 'scalar') return node && wrapInBrackets(node);
  if (column(text, node.start) > 0) return undefined;
  const edits = [{ start: node.start, end: node.start, text: '- ' }];
  for (let at = text.indexOf('\n', node.start) + 1; at > 0 && at < node.end; at = text.indexOf('\n', at) + 1)
    if (!/[\r\n]/.test(text[at] ?? '')) edits.push({ start: at, end: at, text: '  ' });
  return edits;
}

/** Not of an alias, nor behind a tag, which says what the text is read as. */
function quote(text: string, { start, end }: Place): TextEdit[] | undefined {
  const source = text.slice(start, end);
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (source.startsWith('*') || /(?:^|\s)!\S*[ \t]+(?:&\S+[ \t]+)?$/.test(line)) return undefined;
  return [{ start, end, text: quoted(source, 'yaml') }];
}

function replaceValue(
  text: string,
  node: ManifestNode,
  value: Json,
  spelling: Spelling,
  keyEnd?: number,
): TextEdit[] | undefined {
  if (node.type !== 'scalar' && hasComment({ text, format: 'yaml' }, node)) return undefined;
  // A block below its key becomes a value behind it.
  const below = node.type !== 'scalar' && !node.flow && keyEnd !== undefined;
  const colon = below ? /^:\s*$/.exec(text.slice(keyEnd, node.start)) : null;
  const start = colon && keyEnd !== undefined ? keyEnd + 1 : node.start;
  return replaceScalar(text, { start, end: node.end }, value, spelling);
}

function replaceScalar(text: string, place: Place, value: Json, spelling: Spelling): TextEdit[] {
  const { start } = place;
  const end = start + text.slice(start, place.end).trimEnd().length;
  const source = text.slice(start, end);
  const rendered = scalar(value, spelling, source);
  const block = /^[|>][-+\d]*/.exec(source)?.[0];
  if (block === undefined)
    return [
      { start, end, text: (/^\s*$/.test(source[0] ?? '') && text[start - 1] === ':' ? ' ' : '') + rendered },
    ];
  // The header's comment and the line break behind the text stay.
  const header = { start, end: start + block.length, text: rendered };
  const lines = endOfLine(text, start);
  return lines < end ? [header, { start: lines, end, text: '' }] : [header];
}

/** A new member of a mapping that is there, or at `-` a last item of a list. */
function insert(
  text: string,
  root: ManifestNode,
  tokens: readonly string[],
  value: Json,
  spelling: Spelling,
): TextEdit[] | undefined {
  const parent = tokens.length === 1 ? root : findMember(root, tokens.slice(0, -1))?.member.node;
  const name = tokens.at(-1);
  const isItem = parent?.type === 'array' && name === '-';
  if (name === undefined || !(parent?.type === 'object' || isItem)) return undefined;
  const written = scalar(value, spelling);
  const entry = isItem ? written : `${scalar(name, spelling)}: ${written}`;
  const last = parent.members.at(-1);
  if (parent.flow) {
    const at = last ? Math.max(last.node.end, last.key?.end ?? 0) : parent.start + 1;
    const [behind, comma = ''] = /^[ \t]*(,?)[ \t]+#[^\r\n]*/.exec(text.slice(at)) ?? [];
    if (!last || !(last.key || isItem) || behind === undefined)
      return [{ start: at, end: at, text: last ? `, ${entry}` : ` ${entry} ` }];
    // A comment behind the last member stays behind it.
    const begins = last.key ? startInBlock(text, parent, last) : last.node.start;
    const indent = ' '.repeat(column(text, begins));
    const stop = at + behind.length;
    return [
      ...(comma ? [] : [{ start: at, end: at, text: ',' }]),
      { start: stop, end: stop, text: `${newline(text)}${indent}${entry}${comma}` },
    ];
  }
  const first = parent.members[0];
  if (!first || !last || !(first.key || isItem)) return undefined;
  const at = endOfLine(text, contentEnd(text, last));
  const indent = ' '.repeat(column(text, startInBlock(text, parent, first)));
  return [{ start: at, end: at, text: `${newline(text)}${indent}${isItem ? '- ' : ''}${entry}` }];
}

/** Takes whole lines; comments above stay. A collection that becomes empty is written `{}` or `[]`. */
function removeFromBlock(text: string, parent: ManifestNode, member: Member): TextEdit {
  const end = contentEnd(text, member);
  const start = startInBlock(text, parent, member);
  if (parent.members.length === 1)
    return { start, end: Math.max(end, start), text: parent.type === 'object' ? '{}' : '[]' };
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const stop = endOfLine(text, end);
  if (text.slice(lineStart, start).trim() === '') {
    const breakEnd = text.startsWith('\r\n', stop) ? stop + 2 : stop + 1;
    if (stop < text.length) return { start: lineStart, end: breakEnd, text: '' };
    const breakStart = text.startsWith('\r\n', lineStart - 2) ? lineStart - 2 : lineStart - 1;
    return { start: Math.max(breakStart, 0), end: stop, text: '' };
  }
  // The first key of an item (`- name: web`) shares its line with the dash, which stays.
  const next = parent.members[parent.members.indexOf(member) + 1];
  const follow = next ? startInBlock(text, parent, next) : stop;
  const isNext = text.slice(stop, follow).trim() === '';
  return { start, end: isNext ? follow : stop, text: '' };
}

/** Where a member of a block collection begins: with its dash, or with what stands before its key (`? `, `&a`, `!!str`). */
function startInBlock(text: string, parent: ManifestNode, { key, node }: Member): number {
  if (key) {
    const line = text.slice(Math.max(text.lastIndexOf('\n', key.start - 1) + 1, key.start - 1000), key.start);
    return key.start - (/(?:\?[ \t]+)?(?:[&!]\S*[ \t]+)*$/.exec(line)?.[0].length ?? 0);
  }
  // The dashes of a list stand below each other.
  const own = column(text, parent.start);
  for (let end = node.start; end > parent.start; ) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const dash = start + own;
    if (dash <= parent.start) break;
    if (text[dash] === '-' && text.slice(start, dash).trim() === '') return dash;
    end = start - 1;
  }
  return parent.start;
}

/** Where the value's own text ends: a block collection's range goes on over the line breaks behind it. */
function contentEnd(text: string, { key, node }: Member): number {
  let end = Math.max(node.end, key?.end ?? 0);
  const start = key?.start ?? node.start;
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--;
  return end;
}

function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  if (at === -1) return text.length;
  return text[at - 1] === '\r' ? at - 1 : at;
}

function column(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0);
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** A value in the style of what it replaces: the same quotes where they can hold it. */
function scalar(value: Json, spelling: Spelling, like = ''): string {
  if (typeof value !== 'string') return flow(value);
  if (spelling === 'quoted' || like.startsWith('"') || hasUnseen(value)) return quoted(value, 'yaml');
  if (like.startsWith("'")) return `'${value.replaceAll("'", "''")}'`;
  return flow(value);
}

/** One line that means the same in any context, block or flow. */
function flow(value: Json): string {
  return stringify([value], { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true })
    .trim()
    .replace(/^\[ ?/, '')
    .replace(/ ?\]$/, '');
}
