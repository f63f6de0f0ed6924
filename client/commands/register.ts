import * as vscode from 'vscode';
import type { Context } from '../context.ts';
import { Cancelled, describe } from '../errors.ts';
import type { LanguageServer } from '../languageClient.ts';
import { chooseRegion } from './connection.ts';
import {
  chooseEmulatorVerb,
  resetEmulator,
  showEmulatorLog,
  startEmulator,
  stopEmulator,
} from './emulator.ts';
import { addTag, compareImage, copyImageId, deleteImages, openImage, refresh } from './images.ts';
import { importManifest } from './import.ts';
import { repairDisk } from './repair.ts';
import { copyTaskMessage } from './tasks.ts';

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
    'emulator.choose': () => chooseEmulatorVerb(context),
    showLog: async () => context.log.show(),
    'language.restart': () => language.restart(),
    import: (uri?: unknown, index?: unknown) => importManifest(context, uri, index),
    repairDisk: (uri?: unknown, index?: unknown) => repairDisk(context, program, uri, index),
    chooseRegion: () => chooseRegion(context),
    'images.refresh': () => refresh(context),
    'images.open': (node?: unknown) => openImage(context, node),
    'images.copyId': (node?: unknown, nodes?: unknown) => copyImageId(context, node, nodes),
    'images.addTag': (node?: unknown, nodes?: unknown) => addTag(context, node, nodes),
    'images.delete': (node?: unknown, nodes?: unknown) => deleteImages(context, node, nodes),
    'images.compare': (uri?: unknown) => compareImage(uri),
    'tasks.copyMessage': (node?: unknown) => copyTaskMessage(node),
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

function report({ log, ui }: Context, name: string, error: unknown): void {
  if (error instanceof Cancelled) {
    log.info(`${name}: cancelled.`);
    return;
  }
  log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  void ui.complain(describe(error), 'Show Log').then((action) => {
    if (action) log.show();
  });
}
