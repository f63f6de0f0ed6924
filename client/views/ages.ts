import type * as vscode from 'vscode';
import { describeAge } from '../cloud/age.ts';
import type { CloudSource, ItemKind } from '../cloud/cloudSource.ts';

type Tree = Pick<vscode.TreeView<unknown>, 'visible' | 'message'>;

/** Milliseconds between two looks at the ages. */
const interval = 15_000;

/** Says above each tree that is seen how old its rows are, where they are not fresh. */
export function showAges(
  source: CloudSource,
  trees: readonly { readonly tree: Tree; readonly kind: ItemKind }[],
): { dispose(): void } {
  const shown = new Map<Tree, string>();
  const update = (): void => {
    for (const { tree, kind } of trees) {
      const { state, label } = source;
      const text = describeAge({ state, label, lookedAt: source.lookedAt(kind) }, Date.now());
      if (!tree.visible || text === shown.get(tree)) continue;
      if (text === undefined) shown.delete(tree);
      else shown.set(tree, text);
      tree.message = text ?? ''; // without one, the welcome may show
    }
  };
  const timer = setInterval(update, interval).unref();
  const listening = [source.onDidChangeState(update), source.onDidReport(update)];
  return {
    dispose: () => {
      clearInterval(timer);
      for (const one of listening) one.dispose();
    },
  };
}
