import { type Edit, type FormattingOptions, modify } from 'jsonc-parser';
import { tokensOf } from '../rules/pointers.ts';
import type { DataEdit, Json } from '../rules/types.ts';
import { hasComment } from './comments.ts';
import type { TextEdit } from './edits.ts';
import { removeFromFlow } from './flowEdits.ts';
import { findMember, type ManifestDocument, type ManifestNode } from './nodes.ts';
import { quoted } from './quoting.ts';

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
  if (edit.do === 'remove') return found && removeFromFlow(text, found.parent, found.member);
  if (found || tokens.length === 0) {
    const node = found?.member.node ?? root;
    if (node.type !== 'scalar' && hasComment({ text, format: 'json' }, node)) return undefined;
    return [{ start: node.start, end: node.end, text: written(edit.value) }];
  }
  const beside = memberBeside(text, root, tokens, edit.value);
  if (beside) return beside;
  const path = tokens.map((token, at) =>
    (findMember(root, tokens.slice(0, at))?.member.node ?? root).type === 'array' ? Number(token) : token,
  );
  return modify(text, path, edit.value, { formattingOptions: formatting(text) }).map(toTextEdit);
}

/** A value of one line as a new key of an object that has some, laid out as its last one is: nothing else is touched. */
function memberBeside(
  text: string,
  root: ManifestNode,
  tokens: readonly string[],
  value: Json,
): TextEdit[] | undefined {
  const parent = tokens.length === 1 ? root : findMember(root, tokens.slice(0, -1))?.member.node;
  const last = parent?.type === 'object' ? parent.members.at(-1) : undefined;
  const key = tokens.at(-1);
  const isLong = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!last?.key || key === undefined || isLong) return undefined;
  const end = Math.max(last.node.end, last.key.end);
  const line = text.slice(text.lastIndexOf('\n', last.key.start - 1) + 1, last.key.start);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const space = line.trim() === '' && text.includes('\n') ? `${eol}${line}` : ' ';
  const entry = `${space}${quoted(key, 'json')}: ${written(value)}`;
  // A comment behind the last member stays behind it.
  const comment = /^[ \t]*\/\/[^\r\n]*(?=\r?\n)/.exec(text.slice(end))?.[0];
  if (comment === undefined) return [{ start: end, end, text: `,${entry}` }];
  return [
    { start: end, end, text: ',' },
    {
      start: end + comment.length,
      end: end + comment.length,
      text: space === ' ' ? `${eol}${entry}` : entry,
    },
  ];
}

function written(value: Json): string {
  return typeof value === 'string' ? quoted(value, 'json') : JSON.stringify(value);
}

function toTextEdit({ offset, length, content }: Edit): TextEdit {
  return { start: offset, end: offset + length, text: content };
}

/** The file's own indentation. */
function formatting(text: string): FormattingOptions {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}
