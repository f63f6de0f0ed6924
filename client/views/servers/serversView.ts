import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import type { LiveServer } from '../../cloud/serverCollection.ts';
import { forbidsServer, serverVerbs } from '../../cloud/serverPermissions.ts';
import type { Context } from '../../context.ts';
import { formatCount } from '../../ui/units.ts';
import { imageGroups } from '../images/imageRow.ts';
import { ImageTree } from '../images/imageTree.ts';
import { isSafe, serverRow } from './serverRow.ts';
import {
  type DeletedServersNode,
  type ServerRowNode,
  ServerRows,
  type TopNode,
  topId,
} from './serverRows.ts';

/** The tree *Servers* of the connected region: each with the images taken of it, and last the images of those deleted. */
export class ServersView extends ImageTree<TopNode> {
  constructor(context: Pick<Context, 'source' | 'images' | 'servers'>) {
    super(context, new ServerRows(), (node, connection) =>
      node.kind === 'server' ? serverItem(node, connection) : deletedItem(node),
    );
  }
}

export function serverItem(node: ServerRowNode, connection: Connection | undefined): vscode.TreeItem {
  const { live, images, origin } = node;
  const { id } = live.server;
  const { label, parts, spoken } = serverRow(live, origin);
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, images.length === 0 ? None : Expanded);
  item.id = topId(node);
  item.description = parts.join(' · ');
  item.iconPath = chooseIcon(live);
  const taken = images.length === 0 ? '' : t`, ${formatCount(images.length, 'image')} of it`;
  item.accessibilityInformation = { label: spoken + taken };
  const reasons = connection
    ? serverVerbs.map((verb) => [verb, forbidsServer(verb, live, connection)] as const)
    : [];
  item.contextValue = [
    'server',
    ...reasons.map(([verb, reason]) => `${reason === undefined ? 'can' : 'cannot'}:${verb}`),
  ].join(' ');
  const lines = [
    `**${escapeMarkdown(label)}**`,
    escapeMarkdown(item.description),
    t`ID: ${codeSpan(id)}`,
    ...reasons.flatMap(([, reason]) => (reason === undefined ? [] : [escapeMarkdown(reason)])),
  ];
  item.tooltip = new vscode.MarkdownString(lines.join('\n\n'));
  return item;
}

/** A narrow row is cut before its last words, so what may start again shows in its icon. */
function chooseIcon(live: LiveServer): vscode.ThemeIcon {
  const { status, taskState } = live.server;
  if (isSafe(live)) return new vscode.ThemeIcon('database', new vscode.ThemeColor('testing.iconPassed'));
  if (taskState !== null) return new vscode.ThemeIcon('sync~spin');
  const isFailed = status === 'ERROR';
  return new vscode.ThemeIcon('server', isFailed ? new vscode.ThemeColor('testing.iconFailed') : undefined);
}

function deletedItem(node: DeletedServersNode): vscode.TreeItem {
  const { label = '', about = '' } = imageGroups.find(({ id }) => id === node.kind) ?? {};
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Collapsed);
  const count = node.images.length;
  item.id = topId(node);
  item.description = String(count);
  item.iconPath = new vscode.ThemeIcon('archive');
  item.contextValue = 'deleted-servers';
  item.accessibilityInformation = { label: t`Images of Deleted Servers, ${formatCount(count, 'image')}` };
  item.tooltip = about;
  return item;
}
