import * as vscode from 'vscode';

/** The argument of a key of a tree: VS Code gives the command of a key no row. */
export interface InFocus {
  readonly focusedIn: 'images' | 'servers' | 'files' | 'requests';
}

export function isInFocus(given: unknown): given is InFocus {
  return typeof given === 'object' && given !== null && 'focusedIn' in given;
}

/**
 * Finds the row that has the focus of a tree, and the selected rows where it is one of them. VS Code tells extensions the
 * selection alone (`activeItem` of a tree is a proposal, which a published extension may not use), so the row is found by
 * what it adds to the selection or takes from it, which is then taken back. `list.toggleSelection` is no API either, but a
 * command with a default key that people bind anew, and without it no row is found: the command then asks which one is meant.
 */
export async function findFocusedRows<Row>(
  tree: Pick<vscode.TreeView<Row>, 'selection'>,
  toggle: () => PromiseLike<unknown> = () => vscode.commands.executeCommand('list.toggleSelection'),
): Promise<readonly Row[]> {
  const before = tree.selection;
  await toggle();
  const after = tree.selection;
  const added = after.filter((row) => !before.includes(row));
  const removed = before.filter((row) => !after.includes(row));
  if (added.length === 0 && removed.length === 0) return [];
  await toggle();
  return added.length > 0 ? added : [...before];
}
