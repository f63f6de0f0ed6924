import { config, t } from '@vscode/l10n';
import * as vscode from 'vscode';
import {
  BrowserMessageReader,
  BrowserMessageWriter,
  LanguageClient,
  type MessageTransports,
} from 'vscode-languageclient/browser';
import type {
  bytesMethod as BytesMethod,
  BytesParams,
  BytesResult,
  ClientAbilities,
  fileMethod as FileMethod,
  FileParams,
  FileResult,
  folderMethod as FolderMethod,
  FolderResult,
  WorkerOptions,
} from '../../server/language/protocol.ts';
import { followSelector, type ManifestFilter, manifestSelector } from '../language/manifestSelector.ts';
import { explainDisks } from './explainDisk.ts';
import { openFiles } from './files.ts';

// Only types may come from the language server's folder; they hold these names to its own.
const file: typeof FileMethod = 'cloudImages/file';
const folder: typeof FolderMethod = 'cloudImages/folder';
const bytes: typeof BytesMethod = 'cloudImages/bytes';

/** The extension where there is no Node, as on vscode.dev: the language server in a web worker, and no cloud. */
export async function activate({
  extension,
  extensionUri,
  subscriptions,
}: vscode.ExtensionContext): Promise<void> {
  if (vscode.l10n.bundle) config({ contents: vscode.l10n.bundle });
  await vscode.commands.executeCommand('setContext', 'cloudImages.inBrowser', true);
  subscriptions.push(...explainCommands(extension.packageJSON), explainDisks(elsewhere()));
  const log = vscode.window.createOutputChannel('Cloud Images', { log: true });
  const worker = openWorker(extensionUri);
  const schemes = [
    'untitled',
    ...new Set((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.scheme)),
  ];
  /** The client reads it whenever it starts. */
  const selector: ManifestFilter[] = await manifestSelector(schemes);
  const abilities = (): ClientAbilities => ({ trusted: vscode.workspace.isTrusted });
  const client = new LanguageClient('cloudImages', 'Cloud Images', worker.start, {
    documentSelector: selector,
    outputChannel: log,
    initializationOptions: abilities,
    synchronize: { configurationSection: 'cloudImages' },
    diagnosticPullOptions: { onChange: true, onTabs: false },
  });
  const files = openFiles();
  client.onRequest<FileResult, void>(file, (parameters: FileParams) => files.look(parameters));
  client.onRequest<FolderResult, void>(folder, (parameters: FileParams) => files.list(parameters));
  client.onRequest<BytesResult, void>(bytes, (parameters: BytesParams) => files.read(parameters));
  const restart = async (): Promise<void> => {
    selector.splice(0, selector.length, ...(await manifestSelector(schemes)));
    await client.stop();
    await client.start();
  };
  subscriptions.push(
    log,
    followSelector(schemes, selector, restart),
    vscode.workspace.onDidGrantWorkspaceTrust(
      () => void restart().catch((error) => log.error(String(error))),
    ),
    { dispose: () => void client.dispose().finally(() => worker.dispose()) },
  );
  await client.start();
}

/** Starts the worker anew at each call, and ends the one before. */
function openWorker(extensionUri: vscode.Uri): { start(): Promise<MessageTransports>; dispose(): void } {
  let worker: Worker | undefined;
  return {
    start: async () => {
      worker?.terminate();
      worker = new Worker(
        vscode.Uri.joinPath(extensionUri, 'dist', 'web', 'languageServer.js').toString(true),
      );
      const [first] = vscode.workspace.workspaceFolders ?? [];
      const options: WorkerOptions = {
        rulesPage: vscode.Uri.joinPath(extensionUri, 'server', 'rules', 'README.md').toString(),
        ...(first ? { folder: first.uri.toString() } : {}),
      };
      worker.postMessage(options);
      return { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) };
    },
    dispose: () => worker?.terminate(),
  };
}

const elsewhere = (): string =>
  t(
    'A browser checks manifests only. Open this folder in VS Code on a machine, where the emulator and clouds can be reached.',
  );

/** Every command of package.json says why it cannot be had here. */
function explainCommands(packageJson: unknown): vscode.Disposable[] {
  const { contributes } = packageJson as { contributes: { commands: readonly { command: string }[] } };
  return contributes.commands.map(({ command }) =>
    vscode.commands.registerCommand(command, () => vscode.window.showInformationMessage(elsewhere())),
  );
}
