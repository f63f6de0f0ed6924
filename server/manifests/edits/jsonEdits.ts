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

/** A new member of an object, laid out as its last one is: nothing else is touched. */
function insert(
  text: string,
  root: ManifestNode,
  tokens: readonly string[],
  value: Json,
): TextEdit[] | undefined {
  const parent = tokens.length === 1 ? root : findMember(root, tokens.slice(0, -1))?.member.node;
  const key = tokens.at(-1);
  if (parent?.type !== 'object' || key === undefined) return undefined;
  const last = parent.members.at(-1);
  if (!last?.key) {
    const at = parent.start + 1;
    return [{ start: at, end: at, text: `${quoted(key, 'json')}: ${written(value)}` }];
  }
  const end = Math.max(last.node.end, last.key.end);
  const line = text.slice(text.lastIndexOf('\n', last.key.start - 1) + 1, last.key.start);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const ownLine = line.trim() === '' && text.includes('\n');
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const rendered = ownLine ? written(value, unit).replaceAll('\n', `${eol}${line}`) : written(value);
  const entry = `${ownLine ? `${eol}${line}` : ' '}${quoted(key, 'json')}: ${rendered}`;
  // A comment behind the last member stays behind it.
  const comment = /^[ \t]*\/\/[^\r\n]*(?=\r?\n)/.exec(text.slice(end))?.[0];
  if (comment === undefined) return [{ start: end, end, text: `,${entry}` }];
  const after = end + comment.length;
  return [
    { start: end, end, text: ',' },
    { start: after, end: after, text: ownLine ? entry : `${eol}${entry}` },
  ];
}

function written(value: Json, indent?: string): string {
  return withEscapes(JSON.stringify(value, null, indent), 'json');
}
