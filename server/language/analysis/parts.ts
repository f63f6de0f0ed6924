import type { ManifestDocument, ManifestFile, Unit } from '../../manifests/file.ts';
import { nodeAt } from '../../manifests/incremental/units.ts';
import { emptyNode, type ManifestNode } from '../../manifests/nodes.ts';
import type { Kind } from '../../rules/facts.ts';

/** A document, or an item of one that is a list, as a document of its own. */
export interface Part {
  readonly kind: Kind;
  readonly root: ManifestNode;
  readonly start: number;
}

/**
 * Visits what `make` says of each part of a file, in the order of the text. What is made is kept as long as the text of
 * the part is the same, so its places must count from the part's start.
 */
export function createPartVisitor<T, C>(make: (part: Part, context: C) => T) {
  const kept = new WeakMap<Unit, { readonly kind: Kind; readonly made: T }>();
  const madeOf = (unit: Unit, kind: Kind, root: () => ManifestNode, start: number, context: C): T => {
    const known = kept.get(unit);
    if (known?.kind === kind) return known.made;
    const made = make({ kind, root: root(), start }, context);
    kept.set(unit, { kind, made });
    return made;
  };
  return (file: ManifestFile, context: C, visit: (made: T, start: number) => void): void => {
    for (const document of file.documents) {
      const { kind, unit, start } = document;
      if (!kind) continue;
      const items = kind === 'image' || kind === 'patch' ? unit?.list?.items : undefined;
      if (items)
        for (const [index, item] of items.entries()) {
          const at = document.items?.[index] ?? 0;
          visit(
            madeOf(item, kind, () => alone(kind, nodeAt(item, at)), at, context),
            at,
          );
        }
      else if (unit)
        visit(
          madeOf(unit, kind, () => rootOf(document), start, context),
          start,
        );
      else visit(make({ kind, root: rootOf(document), start }, context), start);
    }
  };
}

/** An image stands for itself; an operation needs a list. */
function alone(kind: Kind, node: ManifestNode): ManifestNode {
  const { start, end } = node;
  return kind === 'patch' ? { type: 'array', start, end, flow: false, members: [{ token: 0, node }] } : node;
}

function rootOf({ root, start }: ManifestDocument): ManifestNode {
  return root ?? emptyNode(start);
}
