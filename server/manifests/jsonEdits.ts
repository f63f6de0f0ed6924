import { type Edit, type FormattingOptions, modify } from 'jsonc-parser';
import { tokensOf } from '../rules/pointers.ts';
import type { DataEdit } from '../rules/types.ts';
import type { TextEdit } from './edits.ts';
import { removeFromFlow } from './flowEdits.ts';
import { findMember, type ManifestDocument } from './nodes.ts';

export function jsonEdit(text: string, document: ManifestDocument, edit: DataEdit): TextEdit[] | undefined {
  const { root } = document;
  const tokens = tokensOf(edit.pointer);
  const found = root && findMember(root, tokens);
  if (edit.do === 'rename') {
    const key = found?.member.key;
    return key && [{ ...key, text: JSON.stringify(edit.name) }];
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
    return [{ start: node.start, end: node.end, text: JSON.stringify(edit.value) }];
  }
  const path = tokens.map((token, at) =>
    (findMember(root, tokens.slice(0, at))?.member.node ?? root).type === 'array' ? Number(token) : token,
  );
  return modify(text, path, edit.value, { formattingOptions: formatting(text) }).map(toTextEdit);
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
