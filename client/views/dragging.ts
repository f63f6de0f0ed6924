import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { describeError } from '../ui/errors.ts';
import type { Ui } from '../ui/ui.ts';
import type { FileNode } from './files/fileNode.ts';
import type { ImageNode } from './images/imagesView.ts';

/** What is dragged out of *Cloud Files*: a JSON list of rows of objects. */
const objects = 'application/vnd.cloud-images.objects';

const fileTypes = ['text/uri-list', 'files'];

/** Dragged objects import as images, or insert their paths into an editor; dropped files are uploaded. */
export const dragFiles = (ui: Ui): vscode.TreeDragAndDropController<FileNode> => ({
  dragMimeTypes: [objects, 'text/plain'],
  dropMimeTypes: fileTypes,
  handleDrag: (rows, transfer) => {
    const dragged = rows.filter((row) => row.kind === 'object');
    if (dragged.length === 0) return;
    transfer.set(objects, new vscode.DataTransferItem(JSON.stringify(dragged)));
    const paths = dragged.map(({ container, name }) => `${container}/${name}`);
    transfer.set('text/plain', new vscode.DataTransferItem(paths.join('\n')));
  },
  handleDrop: (target, transfer) =>
    told(ui, async () => {
      const place = target?.kind === 'segment' || target?.kind === 'gap' ? target.of : target;
      for (const file of await readFiles(transfer))
        await vscode.commands.executeCommand('cloudImages.files.upload', place, file);
    }),
});

/** A dragged image inserts its id into an editor; dropped disk files and objects are imported. */
export const dragImages = (ui: Ui): vscode.TreeDragAndDropController<ImageNode> => ({
  dragMimeTypes: ['text/plain'],
  dropMimeTypes: [...fileTypes, objects],
  handleDrag: (rows, transfer) => {
    const ids = rows.flatMap((row) => (row.kind === 'image' ? [String(row.seen.image.get('id'))] : []));
    if (ids.length > 0) transfer.set('text/plain', new vscode.DataTransferItem(ids.join('\n')));
  },
  handleDrop: (_, transfer) =>
    told(ui, async () => {
      const rows = await readObjects(transfer);
      for (const row of rows) await vscode.commands.executeCommand('cloudImages.files.importObject', row);
      if (rows.length > 0) return;
      for (const file of await readFiles(transfer))
        await vscode.commands.executeCommand('cloudImages.importDisk', file);
    }),
});

/** Reads the rows of objects that are dropped. VS Code puts an empty item before what the dragged tree has set. */
async function readObjects(transfer: vscode.DataTransfer): Promise<readonly unknown[]> {
  const texts = [...transfer].map(([type, item]) => (type === objects ? item.asString() : ''));
  const text = (await Promise.all(texts)).find((one) => one !== '');
  return text === undefined ? [] : JSON.parse(text);
}

/** Reads which files of this machine are dropped. Throws where the window knows only their content. */
async function readFiles(transfer: vscode.DataTransfer): Promise<vscode.Uri[]> {
  const list = (await transfer.get('text/uri-list')?.asString()) ?? '';
  const named = list
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => vscode.Uri.parse(line, true));
  const files = [...transfer].flatMap(([, item]) => item.asFile() ?? []);
  const uris = named.length > 0 ? named : files.flatMap(({ uri }) => uri ?? []);
  if (uris.length === 0 && files.length > 0)
    throw new Error(
      t('A browser does not tell where a file lies. Drop it into the explorer, and from there here.'),
    );
  const strange = uris.find(({ scheme }) => scheme !== 'file');
  if (strange) throw new Error(t`${strange.path} is no file of this machine: only those can be uploaded.`);
  return uris;
}

/** Says what went wrong: VS Code drops errors of a drop. */
async function told(ui: Ui, drop: () => Promise<void>): Promise<void> {
  try {
    await drop();
  } catch (error) {
    void ui.complain(describeError(error));
  }
}
