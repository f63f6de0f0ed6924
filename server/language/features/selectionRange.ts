import type { ManifestFile } from '../../manifests/file.ts';
import { type ManifestNode, type Member, pathAt } from '../../manifests/nodes.ts';
import type { Analysis } from '../analysis/analysis.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What selecting outwards from `offset` takes: the key or value, its pair, what holds it, … the text. Innermost first. */
export function selectionsAt({ file }: Analysis, offset: number): Span[] {
  const spans: Span[] = [{ start: 0, end: file.text.length }];
  const add = ({ start, end }: Span): void => {
    const outer = spans.at(-1);
    if (!outer || start < outer.start || end > outer.end || start > offset || end < offset) return;
    if (start !== outer.start || end !== outer.end) spans.push({ start, end });
  };
  const root = rootAt(file, offset);
  if (root) {
    const { steps, onKey } = pathAt(root, offset);
    for (const { node, member } of steps) {
      if (member) add(wholeOf(member));
      if (node !== steps.at(-1)?.node || !onKey) add(node);
    }
    const key = onKey ? steps.at(-1)?.member?.key : undefined;
    if (key) add(key);
  }
  return spans.reverse();
}

function rootAt(file: ManifestFile, offset: number): ManifestNode | undefined {
  return file.documents.find(({ root }) => root && offset >= root.start && offset <= root.end)?.root;
}

function wholeOf({ key, node }: Member): Span {
  return { start: key?.start ?? node.start, end: Math.max(node.end, key?.end ?? 0) };
}
