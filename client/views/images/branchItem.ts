import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { forbids, readName } from '../../cloud/permissions.ts';
import { serverRow } from '../servers/serverRow.ts';
import type { BranchNode, BuiltServerNode, MemberNode } from './imageBranches.ts';
import type { RowTraits } from './imageItem.ts';

/** The row of what stands under an image. */
export function branchItem(
  node: BranchNode,
  { hasBranches, connection }: Pick<RowTraits, 'hasBranches' | 'connection'>,
): vscode.TreeItem {
  const item = node.kind === 'member' ? memberItem(node, connection) : toItem(node);
  item.id = node.id;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  item.collapsibleState = hasBranches ? Collapsed : None;
  return item;
}

function toItem(node: Exclude<BranchNode, MemberNode>): vscode.TreeItem {
  if (node.kind === 'built') return serverItem(node);
  const item = new vscode.TreeItem(node.text);
  item.iconPath = new vscode.ThemeIcon('info');
  return item;
}

function memberItem(
  { seen, member: { account, status } }: MemberNode,
  connection: Connection | undefined,
): vscode.TreeItem {
  const item = new vscode.TreeItem(account);
  item.description = t`shared with it · ${status}`;
  item.iconPath = new vscode.ThemeIcon(memberIcons[status]);
  const reason = connection && forbids('unshare', seen, connection);
  item.contextValue = `member ${status} ${connection && reason === undefined ? 'can' : 'cannot'}:unshare`;
  item.accessibilityInformation = { label: t`Account ${account}, shared with it, ${status}` };
  const sentence = t`${readName(seen.image)} is shared with account ${account}: ${meanings[status]}`;
  item.tooltip = new vscode.MarkdownString(
    [sentence, ...(reason ? [reason] : [])].map(escapeMarkdown).join('\n\n'),
  );
  return item;
}

function serverItem({ live }: BuiltServerNode): vscode.TreeItem {
  const { label, parts } = serverRow(live);
  const item = new vscode.TreeItem(label);
  item.description = [t('server built of it'), ...parts].join(' · ');
  item.iconPath = new vscode.ThemeIcon('server');
  item.contextValue = 'built-server';
  item.accessibilityInformation = {
    label: [t`Server ${label}`, t('built of this image'), ...parts].join(', '),
  };
  item.tooltip = new vscode.MarkdownString(
    [
      `**${escapeMarkdown(label)}**`,
      escapeMarkdown(item.description),
      t`ID: ${codeSpan(live.server.id)}`,
    ].join('\n\n'),
  );
  return item;
}

const memberIcons = { pending: 'mail', accepted: 'account', rejected: 'circle-slash' } as const;
const meanings = {
  pending: t('it has not answered. It can use the image by its UUID.'),
  accepted: t('it has accepted, and lists the image.'),
  rejected: t('it has rejected the image. It can still accept it.'),
} as const;
