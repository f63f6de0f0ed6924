import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Cloud } from '../server/cloud/cloud.ts';
import { Connections } from './cloud/connections.ts';
import { Live } from './cloud/live.ts';
import { imageReader } from './cloud/liveImages.ts';
import { taskReader } from './cloud/liveTasks.ts';
import { choiceOf } from './cloud/users.ts';
import { registerCommands } from './commands/register.ts';
import type { Context } from './context.ts';
import { ImageDocuments } from './documents/imageFileSystem.ts';
import { imageScheme, liveScheme } from './documents/imageUri.ts';
import { EmulatorProcess } from './emulator/emulatorProcess.ts';
import { exportToTerminals } from './emulator/terminals.ts';
import { type LanguageServer, startLanguageServer } from './language/languageClient.ts';
import { offerRepairs } from './language/repairActions.ts';
import { PlanDocuments } from './manifests/planDocuments.ts';
import { RunMarks } from './manifests/runMarks.ts';
import { showStatus } from './ui/status.ts';
import { vscodeUi } from './ui/ui.ts';
import { FilesView } from './views/files/filesView.ts';
import { type ImageNode, ImagesView } from './views/images/imagesView.ts';
import { TasksView } from './views/tasks/tasksView.ts';

/** What the tests of the extension host hold on to. */
export interface Api {
  readonly context: Context;
  readonly imagesView: ImagesView;
  readonly imagesTree: vscode.TreeView<ImageNode>;
  readonly tasksView: TasksView;
  readonly filesView: FilesView;
  readonly documents: ImageDocuments;
}

export function activate(extension: vscode.ExtensionContext): Api {
  const began = process.cpuUsage();
  const log = vscode.window.createOutputChannel('Cloud Images', { log: true });
  const storage = extension.globalStorageUri.fsPath;
  const logFile = join(storage, 'emulator.log');
  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('cloudImages');
  const note = (line: string): void => log.info(line);
  const emulator = new EmulatorProcess({
    program: join(extension.extensionPath, 'dist', 'emulator.js'),
    data: join(storage, 'emulator'),
    logFile,
    linger: 30,
    speed: () => settings().get('emulator.speed', 600),
    log: note,
  });
  const choice = choiceOf(extension, () => settings().get('region', 'DFW'));
  const connections = new Connections(emulator, choice, note);
  const images = new Live(connections, emulator, imageReader({ connections, emulator }), note);
  const tasks = new Live(connections, emulator, taskReader(), note);
  const tasksView = new TasksView({ tasks, images });
  const tasksTree = vscode.window.createTreeView('cloudImages.tasks', { treeDataProvider: tasksView });
  const filesView = new FilesView({ connections, emulator });
  const filesTree = vscode.window.createTreeView('cloudImages.files', {
    treeDataProvider: filesView,
    canSelectMany: true,
  });
  filesView.watch(filesTree);
  const context: Context = {
    log,
    ui: vscodeUi(),
    emulator,
    connections,
    images,
    tasks,
    showTask: (id) => tasksView.show(tasksTree, id),
    plans: new PlanDocuments(),
    marks: new RunMarks(),
    files: {
      refresh: () => filesView.refresh(),
      showMore: (row) => filesView.showMore(row),
      show: (container, name) => filesView.show(filesTree, container, name),
    },
  };
  const imagesView = new ImagesView(context);
  const imagesTree = vscode.window.createTreeView('cloudImages.images', {
    treeDataProvider: imagesView,
    canSelectMany: true,
  });
  const documents = new ImageDocuments(context);
  const language = startLanguageServer(
    join(extension.extensionPath, 'dist', 'server.js'),
    context,
    documents,
  );
  extension.subscriptions.push(
    // Disposed in this order from the front: the lease first, since a closing window leaves only seconds.
    emulator,
    { dispose: () => void stopped(language, log) },
    connections,
    images,
    tasks,
    imagesView,
    imagesTree,
    connections.onDidChange((cloud) => {
      imagesTree.description = cloud ? whoText(cloud) : '';
    }),
    tasksView,
    tasksTree,
    filesView,
    filesTree,
    context.plans,
    context.marks,
    documents,
    vscode.workspace.registerFileSystemProvider(imageScheme, documents, { isCaseSensitive: true }),
    vscode.workspace.registerTextDocumentContentProvider(liveScheme, {
      provideTextDocumentContent: (uri) => documents.liveText(uri),
    }),
    registerCommands(context, language, logFile, join(extension.extensionPath, 'dist', 'cli.js')),
    offerRepairs(),
    showStatus(context, language),
    exportToTerminals(context, extension.environmentVariableCollection),
    log,
  );
  connections.begin(joinOrStart(context, settings().get('emulator.autoStart', false)));
  const { user, system } = process.cpuUsage(began);
  log.info(`Activated with ${Math.round((user + system) / 1000)} ms of CPU.`);
  return { context, imagesView, imagesTree, tasksView, filesView, documents };
}

/** Where, who, whose account, and as what: beside the title of *Images*. */
function whoText({ region, session }: Cloud): string {
  const { user, account, roles } = session;
  return [region, user.name, account.id, roles.join(', ')].join(' · ');
}

/** An emulator that runs already is always joined; started with the window only where the setting says so. */
async function joinOrStart({ emulator, log }: Context, start: boolean): Promise<void> {
  try {
    if (start && vscode.workspace.isTrusted) await emulator.start();
    else await emulator.attach();
  } catch (error) {
    log.error(`The emulator could not be reached: ${String(error)}`);
  }
}

async function stopped(language: LanguageServer, log: vscode.LogOutputChannel): Promise<void> {
  await language.dispose().catch((error: unknown) => log.warn(String(error)));
}
