import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { isOwn, listReasons, listVerbs, type Person, readTags } from '../../cloud/permissions.ts';
import { makeImageUri } from '../../documents/imageUri.ts';
import { imageRow } from './imageRow.ts';

/** An image's row. Without a connection, such as while the tree of the cloud before is still drawn, nothing can be done to it. */
export function imageItem(seen: LiveImage, connection: Connection | undefined): vscode.TreeItem {
  const { image } = seen;
  const { label, description, spoken } = imageRow(seen, Date.now());
  const item = new vscode.TreeItem(label);
  item.id = readId(image);
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(iconOf(seen));
  item.accessibilityInformation = { label: spoken };
  item.tooltip = tooltip(image, description, connection ? listReasons(seen, connection) : []);
  if (!connection) return item;
  // VS Code's own command knows a click, which opens a preview and leaves the focus here, from Enter and a double click.
  const address = makeImageUri(image, connection.cloud.region);
  item.command = { command: 'vscode.open', title: 'Open Image', arguments: [address] };
  item.contextValue = [
    'image',
    chooseMenu(seen, connection),
    String(image.get('status')),
    ...listVerbs(seen, connection).map(({ verb, can }) => `${can ? 'can' : 'cannot'}:${verb}`),
  ].join(' ');
  return item;
}

/** Chooses the menu: an administrator may do to the images of others what their owner may. */
function chooseMenu({ image, answer, ofOthers }: LiveImage, person: Person): string {
  if (isOwn(image, person) || ofOthers) return 'own';
  return answer === undefined ? 'public' : 'shared';
}

/** Shows all of the row, which may be cut off, what it leaves out, and why the greyed verbs of its menu cannot be used. */
function tooltip(image: Image, description: string, reasons: readonly string[]): vscode.MarkdownString {
  const tags = readTags(image);
  const lines = [
    `**${escapeMarkdown(String(image.get('name') ?? ''))}**`,
    escapeMarkdown(description),
    `ID: ${codeSpan(readId(image))}`,
    ...(tags.length > 0 ? [`Tags: ${escapeMarkdown(tags.join(', '))}`] : []),
    ...reasons.map(escapeMarkdown),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}

/** The row in place of a list that could not be read. */
export function failedItem(reason: string): vscode.TreeItem {
  const item = new vscode.TreeItem(reason);
  item.id = 'failed';
  item.iconPath = new vscode.ThemeIcon('error');
  item.command = { command: 'cloudImages.images.refresh', title: 'Try Again' };
  item.tooltip = `${reason}\nSelect to try again.`;
  return item;
}

function iconOf({ image, answer }: LiveImage): string {
  if (answer === 'pending') return 'mail';
  return icons[String(image.get('status'))] ?? 'question';
}

const icons: Readonly<Record<string, string>> = {
  active: 'vm',
  queued: 'clock',
  saving: 'sync~spin',
  importing: 'sync~spin',
  uploading: 'sync~spin',
  deactivated: 'circle-slash',
  killed: 'error',
  pending_delete: 'trash',
};
