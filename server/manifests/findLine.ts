import { tokensOf } from '../rules/json.ts';
import { findMember } from './nodes.ts';
import { readManifest } from './read.ts';

/** The line, from 1, at which a pointer into a document of a text stands; undefined where it leads nowhere. */
export function findLine(
  text: string,
  { path, index }: { readonly path: string; readonly index: number },
  pointer: string,
): number | undefined {
  const { documents } = readManifest({ text, path });
  const root = documents.filter((document) => document.root)[index]?.root;
  if (!root) return undefined;
  const tokens = tokensOf(pointer);
  const found = findMember(root, tokens)?.member;
  if (!found && tokens.length > 0) return undefined;
  const start = found?.key?.start ?? found?.node.start ?? root.start;
  return text.slice(0, start).split('\n').length;
}
