import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Kind } from '../../../server/rules/facts.ts';
import { formatCount } from '../../ui/units.ts';
import { type DocumentAbout, documentParts, type ManifestAbout, manifestRow } from './manifestRows.ts';

export type ManifestNode = FolderNode | FileNode | DocumentNode;

export interface FolderNode {
  readonly kind: 'folder';
  readonly uri: vscode.Uri;
  readonly name: string;
  readonly files: readonly FileNode[];
}

/** A command takes it for the file that `uri` says. */
export interface FileNode extends ManifestAbout {
  readonly kind: 'manifest';
  readonly uri: vscode.Uri;
}

export interface DocumentNode {
  readonly kind: 'document';
  readonly of: FileNode;
  readonly document: DocumentAbout;
}

/** A row of *Manifests*. The editor adds its own marks of the file: how many problems it has, and that it differs. */
export function manifestItem(node: ManifestNode): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  if (node.kind === 'folder') {
    const item = new vscode.TreeItem(node.name, Expanded);
    item.id = node.uri.toString();
    item.iconPath = vscode.ThemeIcon.Folder;
    item.contextValue = 'folder';
    item.accessibilityInformation = { label: `${node.name}, ${formatCount(node.files.length, 'manifest')}` };
    return item;
  }
  if (node.kind === 'document') return documentItem(node);
  const { label, parts, severity } = manifestRow(node);
  const item = new vscode.TreeItem(label, node.documents.length > 1 ? Collapsed : None);
  // VS Code keeps the state of a row by its id, so one that can be opened gets another.
  item.id = `${node.uri.toString()}${node.documents.length > 1 ? '#' : ''}`;
  item.resourceUri = node.uri;
  item.description = parts.join(' · ');
  item.iconPath = iconOf(node, severity);
  item.contextValue = ['manifest', ...new Set(node.documents.map(({ kind }) => kind ?? 'unknown'))].join(' ');
  item.tooltip = [node.path, ...parts].join('\n');
  item.accessibilityInformation = { label: [label, ...parts].join(', ') };
  item.command = { command: 'vscode.open', title: t('Open'), arguments: [node.uri] };
  return item;
}

function documentItem({ of, document }: DocumentNode): vscode.TreeItem {
  const parts = documentParts(document);
  const label = `${document.index + 1}. ${parts[0]}`;
  const item = new vscode.TreeItem(label);
  item.id = `${of.uri.toString()}#${document.index}`;
  item.description = parts.slice(1).join(' · ');
  item.iconPath = new vscode.ThemeIcon(document.kind ? icons[document.kind] : 'question');
  item.contextValue = 'document';
  item.accessibilityInformation = { label: [label, ...parts.slice(1)].join(', ') };
  const selection = new vscode.Range(document.line, 0, document.line, 0);
  item.command = { command: 'vscode.open', title: t('Open'), arguments: [of.uri, { selection }] };
  return item;
}

function iconOf(
  { documents }: FileNode,
  severity: ReturnType<typeof manifestRow>['severity'],
): vscode.ThemeIcon {
  if (severity !== 'none') {
    const colour = new vscode.ThemeColor(
      severity === 'error' ? 'list.errorForeground' : 'list.warningForeground',
    );
    return new vscode.ThemeIcon(severity, colour);
  }
  const kinds = new Set(documents.map(({ kind }) => kind));
  const [only] = kinds;
  return new vscode.ThemeIcon(kinds.size === 1 && only ? icons[only] : 'files');
}

const icons: Readonly<Record<Kind, string>> = {
  import: 'cloud-upload',
  export: 'cloud-download',
  image: 'vm',
  patch: 'edit',
  'server-image': 'device-camera',
  server: 'server',
};
