import * as vscode from 'vscode';
import type { Context } from '../../context.ts';
import { imageGroups } from './imageRow.ts';
import { type GroupNode, ImageRows } from './imageRows.ts';
import { ImageTree } from './imageTree.ts';

/** The tree *Images* of the connected region. */
export class ImagesView extends ImageTree<GroupNode> {
  constructor(context: Pick<Context, 'source' | 'images' | 'servers'>) {
    super(context, new ImageRows(), groupItem);
  }
}

function groupItem({ group, images: { length: count } }: GroupNode): vscode.TreeItem {
  const { label = group, about } = imageGroups.find(({ id }) => id === group) ?? {};
  const state =
    group === 'public' || group === 'rejected' || group === 'others'
      ? vscode.TreeItemCollapsibleState.Collapsed
      : vscode.TreeItemCollapsibleState.Expanded;
  const item = new vscode.TreeItem(label, count === 0 ? vscode.TreeItemCollapsibleState.None : state);
  // VS Code keeps by id what is open; an empty group that gets its first image must open as others do.
  item.id = count === 0 ? `${group}/empty` : group;
  item.description = count === 0 ? 'none' : String(count);
  item.contextValue = `group ${group}`;
  item.accessibilityInformation = { label: `${label}, ${count} ${count === 1 ? 'image' : 'images'}` };
  item.tooltip = about;
  return item;
}
