import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { formatAge, formatCount, formatSize } from '../../ui/units.ts';
import { type FileNode, identifyFile } from './fileNode.ts';

/** A row of *Cloud Files*. `refused`: the reason why nothing of it can be changed. */
export function fileItem(node: FileNode, refused: string | undefined): vscode.TreeItem {
  const { label, parts, icon, opens, about = [] } = rowOf(node);
  const state = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, opens ? state.Collapsed : state.None);
  item.id = identifyFile(node);
  item.description = parts.join(' · ');
  item.iconPath = icon;
  item.contextValue = `file ${node.kind}${node.kind === 'object' && node.large ? ' large' : ''} ${refused === undefined ? 'can' : 'cannot'}:change`;
  item.tooltip = [label, ...parts, ...about, ...(refused === undefined ? [] : [refused])].join('\n');
  item.accessibilityInformation = { label: [label, ...parts].join(', ') };
  if (node.kind === 'more')
    item.command = { command: 'cloudImages.files.showMore', title: t('Show More'), arguments: [node] };
  if (node.kind === 'failed') item.command = { command: 'cloudImages.files.refresh', title: t('Try Again') };
  return item;
}

/** The part of a row behind its label. */
export function describeFile(node: FileNode): string {
  return rowOf(node).parts.join(' · ');
}

interface Row {
  readonly label: string;
  readonly parts: readonly string[];
  readonly icon: vscode.ThemeIcon;
  readonly opens?: boolean;
  readonly about?: readonly string[];
}

function rowOf(node: FileNode): Row {
  switch (node.kind) {
    case 'container': {
      const { name, count = 0, bytes = 0 } = node;
      const parts = count === 0 ? [t('empty')] : [formatCount(count, 'object'), formatSize(bytes)];
      return { label: name, parts, icon: new vscode.ThemeIcon('archive'), opens: true };
    }
    case 'folder':
      return {
        label: lastPart(node.prefix.slice(0, -1)),
        parts: [],
        icon: new vscode.ThemeIcon('folder'),
        opens: true,
      };
    case 'object':
      return objectRow(node);
    case 'segment':
      return {
        label: node.name.startsWith(node.of.name)
          ? `…${node.name.slice(node.of.name.length)}`
          : lastPart(node.name),
        parts: [node.lost === undefined ? formatSize(node.bytes) : lostWords[node.lost]],
        icon: node.lost === undefined ? new vscode.ThemeIcon('file-binary') : warning(),
        about: [`${node.container}/${node.name}`, t`MD5: ${node.etag}`],
      };
    case 'gap':
      return {
        label: t`Segment ${node.missing} is missing`,
        parts: [t('a download is too short, without any error')],
        icon: warning(),
      };
    case 'more':
      return {
        label: t('Show more…'),
        parts: [t`${formatCount(node.shown, 'row')} of more`],
        icon: new vscode.ThemeIcon('ellipsis'),
      };
    default:
      return { label: node.reason, parts: [], icon: new vscode.ThemeIcon('error') };
  }
}

function objectRow(node: Extract<FileNode, { kind: 'object' }>): Row {
  const age = node.modified === '' ? '' : formatAge(`${node.modified}Z`, Date.now());
  const form = node.large === undefined ? '' : t('in segments');
  const { lost = 0 } = node;
  const lacks =
    lost === 0 ? '' : lost === 'all' ? t('all segments are gone') : t`lacks ${formatCount(lost, 'segment')}`;
  return {
    label: lastPart(node.name),
    parts: [formatSize(node.bytes), lacks || form, age].filter((part) => part !== ''),
    icon: lacks === '' ? new vscode.ThemeIcon(node.large ? 'files' : 'file') : warning(),
    opens: node.large !== undefined,
    about: [
      `${node.container}/${node.name}`,
      node.large
        ? t('Made of the objects below. Its ETag is not the MD5 of its content.')
        : t`MD5: ${node.etag}`,
    ],
  };
}

const lostWords = { missing: t('is missing'), replaced: t('is no longer the content that the object lists') };

function warning(): vscode.ThemeIcon {
  return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1) || path;
}
