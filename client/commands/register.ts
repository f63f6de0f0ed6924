import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import type { LanguageServer } from '../language/languageClient.ts';
import { undoLastApply } from '../manifests/undo.ts';
import { Cancelled, describe } from '../ui/errors.ts';
import { chooseAction, chooseRegion, switchUser } from './connection/connection.ts';
import { resetEmulator, showEmulatorLog, startEmulator, stopEmulator } from './emulator/emulator.ts';
import { copyPath, deleteContainer, newContainer } from './files/containers.ts';
import { deleteObjects } from './files/delete.ts';
import { downloadObject, uploadObject } from './files/transfers.ts';
import { acceptImageById, acceptImages, reconsiderImages, rejectImages } from './images/answers.ts';
import { deleteImages } from './images/delete.ts';
import { exportImage } from './images/export.ts';
import { compareImage, copyImageId, openImage, refresh } from './images/open.ts';
import { protect, unprotect } from './images/protection.ts';
import { renameImage } from './images/rename.ts';
import { shareImages, unshareImages } from './images/sharing.ts';
import { addTag, removeTags } from './images/tags.ts';
import { transferImage } from './images/transfer.ts';
import { applyManifest, applyOnImage, planManifest, planOnImage } from './manifests/apply.ts';
import { importManifest } from './manifests/import.ts';
import { chooseFolder, chooseKind } from './manifests/manifests.ts';
import { repairDisk } from './manifests/repairDisk.ts';
import { copyTaskMessage, retryTask, showExported } from './tasks/tasks.ts';

/** Registers every command; `program` is dist/cli.js. What one throws is logged and told, once, here. */
export function registerCommands(
  context: Context,
  language: LanguageServer,
  logFile: string,
  program: string,
): vscode.Disposable {
  const table: Record<string, (...given: never[]) => Promise<unknown>> = {
    'emulator.start': () => startEmulator(context),
    'emulator.stop': () => stopEmulator(context),
    'emulator.reset': () => resetEmulator(context),
    'emulator.showLog': () => showEmulatorLog(context, logFile),
    chooseAction: () => chooseAction(context),
    showLog: async () => context.log.show(),
    'language.restart': () => language.restart(),
    chooseKind: (uri?: unknown) => chooseKind(context, uri),
    chooseFolder: (uri?: unknown, container?: unknown) => chooseFolder(uri, container),
    import: (uri?: unknown, index?: unknown) => importManifest(context, uri, index),
    repairDisk: (uri?: unknown, index?: unknown) => repairDisk(context, program, uri, index),
    plan: (uri?: unknown, index?: unknown) => planManifest(context, uri, index),
    apply: (uri?: unknown, index?: unknown) => applyManifest(context, uri, index),
    export: (uri?: unknown, index?: unknown) => applyManifest(context, uri, index),
    runFile: (uri?: unknown) => applyManifest(context, uri),
    undoLastApply: () => undoLastApply(context),
    chooseRegion: () => chooseRegion(context),
    switchUser: () => switchUser(context),
    'images.refresh': () => refresh(context),
    'images.open': (node?: unknown) => openImage(context, node),
    'images.acceptById': () => acceptImageById(context),
    'images.compare': (uri?: unknown) => compareImage(uri),
    'files.refresh': async () => context.files.refresh(),
    'files.showMore': async (row: Parameters<Context['files']['showMore']>[0]) => context.files.showMore(row),
    'files.newContainer': () => newContainer(context),
    'files.deleteContainer': (node?: unknown) => deleteContainer(context, node),
    'files.delete': (node?: unknown, nodes?: unknown) => deleteObjects(context, node, nodes),
    'files.upload': (node?: unknown) => uploadObject(context, node),
    'files.download': (node?: unknown) => downloadObject(context, node),
    'files.copyPath': (node?: unknown, nodes?: unknown) => copyPath(node, nodes),
    'images.export': (node?: unknown) => exportImage(context, node),
    'images.transfer': (node?: unknown) => transferImage(context, node),
    'images.planManifest': (node?: unknown) => planOnImage(context, node),
    'images.applyManifest': (node?: unknown) => applyOnImage(context, node),
    'tasks.showExport': (node?: unknown) => showExported(context, node),
    'tasks.retry': (node?: unknown) => retryTask(context, node),
    'tasks.copyMessage': (node?: unknown) => copyTaskMessage(node),
    ...Object.fromEntries(
      Object.entries(rowCommands).map(([name, command]) => [
        `images.${name}`,
        (node?: unknown, nodes?: unknown) => command(context, node, nodes),
      ]),
    ),
  };
  return vscode.Disposable.from(
    ...Object.entries(table).map(([name, command]) =>
      vscode.commands.registerCommand(`cloudImages.${name}`, async (...given: never[]) => {
        try {
          return await command(...given);
        } catch (error) {
          report(context, name, error);
          return undefined;
        }
      }),
    ),
  );
}

/** The verbs of an image's row: for the row and those selected with it, or, from the palette, one that is picked. */
const rowCommands: Record<string, (context: Context, node: unknown, nodes: unknown) => Promise<void>> = {
  copyId: copyImageId,
  addTag,
  removeTag: removeTags,
  rename: renameImage,
  protect,
  unprotect,
  share: shareImages,
  unshare: unshareImages,
  accept: acceptImages,
  reject: rejectImages,
  reconsider: reconsiderImages,
  delete: deleteImages,
};

function report({ log, ui }: Context, name: string, error: unknown): void {
  if (error instanceof Cancelled) {
    log.info(`${name}: cancelled. ${error.message}`.trimEnd());
    if (error.message !== '') void ui.inform(error.message);
    return;
  }
  log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  void ui.complain(describe(error), 'Show Log').then((action) => {
    if (action) log.show();
  });
}
