import type * as vscode from 'vscode';
import { describeAge } from '../cloud/age.ts';
import type { CloudSource, ItemKind } from '../cloud/cloudSource.ts';

type Tree = Pick<vscode.TreeView<unknown>, 'visible' | 'message'>;

/** Milliseconds between two looks at the ages. */
const interval = 15_000;

/** What else there is to say above a tree. */
interface Note {
  describe(): string | undefined;
  onDidCount(listener: () => void): { dispose(): void };
  onDidChange(listener: () => void): { dispose(): void };
}

/** Says above each tree that is seen how old its rows are, where they are not fresh, and its note. */
export function showAges(
  source: CloudSource,
  trees: readonly { readonly tree: Tree; readonly kind: ItemKind; readonly note?: Note }[],
): { dispose(): void } {
  const shown = new Map<Tree, string>();
  const update = (): void => {
    for (const { tree, kind, note } of trees) {
      const { state, label } = source;
      const age = describeAge({ state, label, lookedAt: source.lookedAt(kind) }, Date.now());
      const text = [age, note?.describe()].filter((part) => part !== undefined).join(' ') || undefined;
      if (!tree.visible || text === shown.get(tree)) continue;
      if (text === undefined) shown.delete(tree);
      else shown.set(tree, text);
      tree.message = text ?? ''; // without one, the welcome may show
    }
  };
  const timer = setInterval(update, interval).unref();
  const listening = [
    source.onDidChangeState(update),
    source.onDidReport(update),
    ...trees.flatMap(({ note }) => (note ? [note.onDidCount(update), note.onDidChange(update)] : [])),
  ];
  return {
    dispose: () => {
      clearInterval(timer);
      for (const one of listening) one.dispose();
    },
  };
}
