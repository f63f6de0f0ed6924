import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import type { Image } from '../../../server/cloud/services/images.ts';
import type { Member } from '../../../server/cloud/services/members.ts';
import { codeSpan, escapeMarkdown } from '../../../server/plainText.ts';
import type { Connection } from '../../cloud/cloudSource.ts';
import { type LiveImage, readId } from '../../cloud/imageCollection.ts';
import { isOwn, listReasons, listVerbs, readTags } from '../../cloud/permissions.ts';
import type { Person } from '../../cloud/roles.ts';
import { makeImageUri } from '../../documents/imageUri.ts';
import { markImage } from './imageMarks.ts';
import { imageRow } from './imageRow.ts';

/** What of a row stands elsewhere than in its image. */
export interface RowTraits {
  /** Tells the row from all others of its tree. */
  readonly id: string;
  readonly connection: Connection | undefined;
  /** With whom the image is shared, as far as that is known. */
  readonly members?: readonly Member[] | undefined;
  /** Rows stand below it. */
  readonly hasBranches?: boolean;
  /** Its group does not say how the account has answered. */
  readonly saysAnswer?: boolean;
}

/** An image's row. Without a connection, such as while the tree of the cloud before is still drawn, nothing can be done to it. */
export function imageItem(
  seen: LiveImage,
  { id, connection, members, hasBranches, saysAnswer }: RowTraits,
): vscode.TreeItem {
  const { image, answer } = seen;
  const marks = connection ? markImage(seen, connection, members) : [];
  const answered = saysAnswer && answer !== undefined ? [answers[answer]] : [];
  const { label, description, spoken } = imageRow(seen, Date.now(), [
    ...marks.map(({ text }) => text),
    ...answered,
  ]);
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(label, hasBranches ? Collapsed : None);
  item.id = id;
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(iconOf(seen, members));
  item.accessibilityInformation = { label: spoken };
  const reasons = connection ? listReasons(seen, connection) : [];
  item.tooltip = tooltip(image, description, [...marks.map(({ about }) => about), ...reasons]);
  if (!connection) return item;
  // VS Code's own command knows a click, which opens a preview and leaves the focus here, from Enter and a double click.
  const address = makeImageUri(image, connection);
  item.command = { command: 'vscode.open', title: t('Open Image'), arguments: [address] };
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
    t`ID: ${codeSpan(readId(image))}`,
    ...(tags.length > 0 ? [t`Tags: ${escapeMarkdown(tags.join(', '))}`] : []),
    ...reasons.map(escapeMarkdown),
  ];
  return new vscode.MarkdownString(lines.join('\n\n'));
}

/** The row in place of a list that could not be read. */
export function failedItem(reason: string): vscode.TreeItem {
  const item = new vscode.TreeItem(reason);
  item.id = 'failed';
  item.iconPath = new vscode.ThemeIcon('error');
  item.command = { command: 'cloudImages.images.refresh', title: t('Try Again') };
  item.tooltip = t`${reason}\nSelect to try again.`;
  return item;
}

function iconOf({ image, answer }: LiveImage, members: readonly Member[] = []): string {
  if (answer === 'pending') return 'mail';
  const status = String(image.get('status'));
  if (status !== 'active') return icons[status] ?? 'question';
  if (image.get('protected') === true) return 'lock';
  return members.length > 0 ? 'live-share' : 'vm';
}

const icons: Readonly<Record<string, string>> = {
  queued: 'clock',
  saving: 'sync~spin',
  importing: 'sync~spin',
  uploading: 'sync~spin',
  deactivated: 'circle-slash',
  killed: 'error',
  pending_delete: 'trash',
};

const answers = { pending: t('not answered yet'), accepted: t('accepted'), rejected: t('rejected') } as const;
