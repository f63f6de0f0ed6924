import { join } from 'node:path';
import * as vscode from 'vscode';
import { openExchangeLog } from '../server/cloud/http/exchanges.ts';
import { readSurroundings } from '../server/cloud/session/surroundings.ts';
import { registerAgents } from './agents/register.ts';
import { describeView, emulatorId } from './cloud/cloudSource.ts';
import { Clouds } from './cloud/clouds.ts';
import { Collection } from './cloud/collection.ts';
import { imageReader } from './cloud/imageCollection.ts';
import { ImageNames } from './cloud/imageNames.ts';
import { MemberIndex } from './cloud/memberIndex.ts';
import { serverReader } from './cloud/serverCollection.ts';
import { SwitchingSource } from './cloud/switchingSource.ts';
import { taskReader } from './cloud/taskCollection.ts';
import { exportToTerminals } from './cloud/terminals.ts';
import { keepChoice } from './cloud/userChoice.ts';
import { type CommandRun, registerCommands } from './commands/register.ts';
import type { Context } from './context.ts';
import type { DetailsPanels } from './details/panels.ts';
import { Sightings } from './details/sightings.ts';
import { Verdicts } from './details/verdicts.ts';
import { dimAttributes } from './documents/dimmedAttributes.ts';
import { ImageFileSystem } from './documents/imageFileSystem.ts';
import { imageScheme, liveScheme } from './documents/imageUri.ts';
import { demoUsers } from './emulator/demoUsers.ts';
import { EmulatorProcess } from './emulator/emulatorProcess.ts';
import { EmulatorSource } from './emulator/emulatorSource.ts';
import { provideTasks } from './firstSteps/tasks.ts';
import { followFirstSteps } from './firstSteps/walkthrough.ts';
import { type LanguageServer, startLanguageServer } from './language/languageClient.ts';
import { Vocabularies } from './language/vocabulary.ts';
import { DriftMarks } from './manifests/driftMarks.ts';
import { PlanDocuments } from './manifests/planDocuments.ts';
import { RunMarks } from './manifests/runMarks.ts';
import { findEmulatedCloud } from './manifests/workspace.ts';
import { registerRehearsals } from './rehearsals/controller.ts';
import { keepContextKeys } from './ui/contextKeys.ts';
import { Emitter } from './ui/emitter.ts';
import { showStatus } from './ui/status.ts';
import { vscodeUi } from './ui/ui.ts';
import { showAges } from './views/ages.ts';
import { dragFiles, dragImages } from './views/dragging.ts';
import { FilesView } from './views/files/filesView.ts';
import { findFocusedRows } from './views/focusedRows.ts';
import { Browsing } from './views/images/browsing.ts';
import { type ImageNode, ImagesView } from './views/images/imagesView.ts';
import type { ManifestNode } from './views/manifests/manifestItem.ts';
import { ManifestsView } from './views/manifests/manifestsView.ts';
import { RequestsView } from './views/requests/requestsView.ts';
import { ServersView } from './views/servers/serversView.ts';
import { TasksView } from './views/tasks/tasksView.ts';

/** The parts that the tests in the extension host work with. */
export interface Api {
  readonly context: Context;
  readonly imagesView: ImagesView;
  readonly imagesTree: vscode.TreeView<ImageNode>;
  readonly serversView: ServersView;
  readonly tasksView: TasksView;
  readonly filesView: FilesView;
  readonly manifestsView: ManifestsView;
  readonly documents: ImageFileSystem;
  readonly driftMarks: DriftMarks;
  readonly rehearsals: vscode.TestController;
  /** Milliseconds of CPU that activation took. */
  readonly activationCpu: number;
  onDidRunCommand(listener: (run: CommandRun) => void): { dispose(): void };
}

/** Puts the extension together. Long, since the parts know each other and are disposed in order. */
export function activate(extension: vscode.ExtensionContext): Api {
  const began = process.cpuUsage();
  const log = vscode.window.createOutputChannel('Cloud Images', { log: true });
  const storage = extension.globalStorageUri.fsPath;
  const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('cloudImages');
  const note = (line: string): void => log.info(line);
  const emulator = new EmulatorProcess({
    program: join(extension.extensionPath, 'dist', 'emulator.js'),
    data: join(storage, 'emulator'),
    cloud: findEmulatedCloud,
    speed: () => settings().get('emulator.speed', 600),
    port: () => settings().get('emulator.port', 0),
    linger: () => settings().get('emulator.stopAfter', 30),
    log: note,
  });
  const exchanges = openExchangeLog();
  const choice = keepChoice(extension, demoUsers, () => settings().get('region', 'DFW'));
  const emulatorSource = new EmulatorSource(emulator, choice, note, exchanges);
  const source = new SwitchingSource(emulatorSource, note);
  const clouds = new Clouds({
    storage: extension,
    emulator: emulatorSource,
    source,
    surroundings: () => readSurroundings(process.env, findTrustedFolder()),
    log: note,
    exchanges,
  });
  const images = new Collection(source, imageReader, note);
  const tasks = new Collection(source, taskReader(), note);
  const servers = new Collection(source, serverReader(source), note);
  const ui = vscodeUi();
  const members = new MemberIndex(source, images, note);
  const browsing = new Browsing(extension.workspaceState, note);
  const tasksView = new TasksView({ source, tasks, images });
  const tasksTree = vscode.window.createTreeView('cloudImages.tasks', {
    treeDataProvider: tasksView,
    showCollapseAll: true,
  });
  tasksView.follow(tasksTree);
  const filesView = new FilesView({ source });
  const filesTree = vscode.window.createTreeView('cloudImages.files', {
    treeDataProvider: filesView,
    dragAndDropController: dragFiles(ui),
    canSelectMany: true,
    showCollapseAll: true,
  });
  filesView.follow(filesTree);
  const context: Context = {
    log,
    ui,
    cli: join(extension.extensionPath, 'dist', 'cli.js'),
    pictures: vscode.Uri.joinPath(extension.extensionUri, 'dist', 'pictures'),
    rulesPage: join(extension.extensionPath, 'server', 'rules', 'README.md'),
    restartLanguageServer: () => language.restart(),
    source,
    clouds,
    images,
    tasks,
    servers,
    imageNames: new ImageNames(),
    members,
    browsing,
    emulator,
    exchanges,
    requests: new RequestsView({ source, exchanges, log }),
    showTask: (id) => tasksView.show(tasksTree, id),
    sightings: new Sightings({ source, images, servers, tasks }),
    verdicts: new Verdicts(extension.workspaceState, note),
    details: { show: async (subject, title) => (await details()).show(subject, title) },
    plans: new PlanDocuments(),
    marks: new RunMarks(),
    documents: { resolve: (image, resolution) => documents.resolve(image, resolution) },
    drift: { compare: (manifest) => driftMarks.compare(manifest) },
    focusedRows: async ({ focusedIn }) => findFocusedRows<unknown>(trees()[focusedIn]),
    files: {
      refresh: (...changed) => filesView.refresh(...changed),
      showMore: (row) => filesView.showMore(row),
      show: (container, name) => filesView.show(filesTree, container, name),
    },
  };
  let detailsPanels: Promise<DetailsPanels> | undefined;
  const details = (): Promise<DetailsPanels> => {
    detailsPanels ??= import('./details/panels.ts').then(({ DetailsPanels }) => new DetailsPanels(context));
    return detailsPanels;
  };
  const imagesView = new ImagesView(context);
  const imagesTree = vscode.window.createTreeView('cloudImages.images', {
    treeDataProvider: imagesView,
    dragAndDropController: dragImages(ui),
    canSelectMany: true,
    showCollapseAll: true,
  });
  imagesView.follow(imagesTree);
  const serversView = new ServersView(context);
  const serversTree = vscode.window.createTreeView('cloudImages.servers', {
    treeDataProvider: serversView,
    canSelectMany: true,
    showCollapseAll: true,
  });
  serversView.follow(serversTree);
  const requestsTree = vscode.window.createTreeView('cloudImages.requests', {
    treeDataProvider: context.requests,
  });
  context.requests.follow(requestsTree);
  const trees = () => ({
    images: imagesTree,
    servers: serversTree,
    files: filesTree,
    requests: requestsTree,
  });
  const documents = new ImageFileSystem(context);
  const driftMarks = new DriftMarks(context);
  const commandRuns = new Emitter<CommandRun>((error) => note(`A listener failed: ${String(error)}`));
  const rehearsals = registerRehearsals(context);
  const manifestsView = new ManifestsView(context, driftMarks);
  const manifestsTree = vscode.window.createTreeView<ManifestNode>('cloudImages.manifests', {
    treeDataProvider: manifestsView,
    showCollapseAll: true,
  });
  manifestsView.follow(manifestsTree);
  const vocabularies = new Vocabularies({ source, state: extension.workspaceState, log });
  const language = startLanguageServer(
    join(extension.extensionPath, 'dist', 'server.js'),
    context,
    documents,
    vocabularies,
  );
  extension.subscriptions.push(
    // Disposed in this order from the front: the lease first, since a closing window leaves only seconds.
    emulator,
    { dispose: () => void stopLanguageServer(language, log) },
    source,
    emulatorSource,
    images,
    tasks,
    servers,
    vocabularies,
    members,
    serversView,
    serversTree,
    imagesView,
    imagesTree,
    source.onDidChangeState(() => {
      const { connection } = source;
      const roles = connection?.cloud.session.roles.join(', ');
      imagesTree.description = connection ? `${describeView(source, connection)} · ${roles}` : '';
    }),
    keepContextKeys(source, browsing),
    showAges(source, [
      { tree: imagesTree, kind: 'image', note: browsing },
      { tree: serversTree, kind: 'server' },
      { tree: tasksTree, kind: 'task' },
      { tree: filesTree, kind: 'container' },
    ]),
    emulator.onDidChange(({ kind }) => {
      void vscode.commands.executeCommand('setContext', 'cloudImages.emulator', kind);
    }),
    tasksView,
    tasksTree,
    filesView,
    filesTree,
    manifestsView,
    manifestsTree,
    context.sightings,
    vscode.window.registerWebviewPanelSerializer('cloudImages.details', {
      deserializeWebviewPanel: async (panel, state) => (await details()).restore(panel, state),
    }),
    { dispose: () => void detailsPanels?.then((panels) => panels.dispose()) },
    context.requests,
    requestsTree,
    context.plans,
    context.marks,
    driftMarks,
    documents,
    dimAttributes(context),
    vscode.workspace.registerFileSystemProvider(imageScheme, documents, { isCaseSensitive: true }),
    vscode.workspace.registerTextDocumentContentProvider(liveScheme, {
      provideTextDocumentContent: (uri) => documents.liveText(uri),
    }),
    registerCommands(context, (run) => commandRuns.fire(run)),
    rehearsals,
    registerAgents(context, extension.extension),
    registerDiskViewer(context),
    showStatus(context, language),
    exportToTerminals(source, extension.environmentVariableCollection, extension.extensionPath),
    followFirstSteps(source),
    provideTasks(context.cli),
    log,
  );
  const { remembered } = clouds;
  // A real cloud is signed in to when a view of it is seen, not by a window that opens.
  if (remembered !== emulatorId) clouds.show(remembered);
  else emulatorSource.join(vscode.workspace.isTrusted && settings().get('emulator.autoStart', false));
  const { user, system } = process.cpuUsage(began);
  const cpu = Math.round((user + system) / 1000);
  log.info(`Activated with ${cpu} ms of CPU.`);
  return {
    ...{ context, imagesView, imagesTree, serversView, tasksView, filesView, manifestsView },
    ...{ documents, driftMarks, rehearsals: rehearsals.controller },
    activationCpu: cpu,
    onDidRunCommand: (listener) => commandRuns.on(listener),
  };
}

/** What shows a disk is loaded with the first one. */
function registerDiskViewer(context: Context): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: async ({ uri }, panel) =>
      (await import('./diskViewer/diskEditor.ts')).showDisk(context, uri, panel),
  };
  const options = { webviewOptions: { enableFindWidget: true }, supportsMultipleEditorsPerDocument: true };
  // Files that may be anything are opened by it where a person chooses so.
  const names = ['cloudImages.disk', 'cloudImages.rawDisk'];
  return vscode.Disposable.from(
    ...names.map((name) => vscode.window.registerCustomEditorProvider(name, provider, options)),
  );
}

/** The folder whose clouds.yaml counts. */
function findTrustedFolder(): string | undefined {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return vscode.workspace.isTrusted && folder?.scheme === 'file' ? folder.fsPath : undefined;
}

async function stopLanguageServer(language: LanguageServer, log: vscode.LogOutputChannel): Promise<void> {
  await language.dispose().catch((error: unknown) => log.warn(String(error)));
}
