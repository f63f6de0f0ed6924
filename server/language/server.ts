import { pathToFileURL } from 'node:url';
import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { nameParts } from '../manifests/kinds.ts';
import { isCompanion } from '../workspace/companionImage.ts';
import type { PublishedLimits } from '../workspace/settings.ts';
import type { Analysis } from './analysis/analysis.ts';
import { analyzeOpened } from './analysis/slices.ts';
import { codeActions } from './features/codeActions/codeActions.ts';
import { lensesOf } from './features/codeLens.ts';
import { completionsAt } from './features/completion/completion.ts';
import type { Known, Session } from './features/feature.ts';
import { hoverAt } from './features/hover.ts';
import { navigation } from './features/navigation.ts';
import { pullDiagnostics } from './features/pullDiagnostics.ts';
import { reading } from './features/reading.ts';
import { structure } from './features/structure.ts';
import { openIndex } from './index/manifestIndex.ts';
import { openWorkspace } from './index/workspaceManifests.ts';
import { coalesced } from './lsp/coalesce.ts';
import { createHost } from './lsp/host.ts';
import { openCollector } from './lsp/memory.ts';
import { openPositions } from './lsp/positions.ts';
import { toCompletion, toDiagnostics, toHover, toLens } from './lsp/toLsp.ts';
import { pathOf } from './lsp/uris.ts';
import { imagesChangedMethod, limitsMethod } from './protocol.ts';

/** Wires the language service to a connection; all it holds is the open documents and their latest analysis. */
export function serve(connection: Connection, rulesPage: string): void {
  const positions = openPositions();
  const documents = new TextDocuments(positions);
  const collect = openCollector();
  const host = createHost(
    connection,
    (path) => documents.get(pathToFileURL(path).href)?.getText(),
    () => {
      epoch++;
      judgeAgain(documents.keys());
    },
  );
  const analyses = new Map<string, { version: number } & Record<Reach, Promise<Analysis>>>();
  /** The last finished one of each open document: what the next one need not read again. */
  const finished = new Map<string, Analysis>();
  /** Of each open document of a client that is pushed to: its next publication, or its last. */
  const publishing = new Map<string, NodeJS.Timeout>();
  const session: Session = { connection, documents, host, positions, analysisOf, soonestOf };
  const index = openIndex({
    roots: host.roots,
    globsOf: async (uri) => {
      const { manifests } = await host.settings(uri);
      if (manifests.length > 0 && watches) await watchMore();
      return manifests;
    },
    warn: (message) => connection.console.warn(message),
  });
  const workspace = openWorkspace(session, index);
  const askToPull = coalesced(
    () => connection.languages.diagnostics.refresh(),
    (error) => connection.console.warn(`The client did not ask for diagnostics again: ${String(error)}`),
  );
  const features = [
    structure(session),
    codeActions(rulesPage, workspace)(session),
    navigation(workspace)(session),
    reading(workspace)(session),
    pullDiagnostics(rulesPage, index, () => epoch)(session),
  ];
  let epoch = 0;
  let more: Promise<void> | undefined;
  let pulls = false;
  let watches = false;
  let refreshes = false;
  let snippets = false;

  connection.onInitialize((parameters: InitializeParams): InitializeResult => {
    const { textDocument, workspace } = parameters.capabilities;
    pulls = textDocument?.diagnostic !== undefined;
    watches = workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    snippets = textDocument?.completion?.completionItem?.snippetSupport === true;
    refreshes = workspace?.diagnostics?.refreshSupport === true;
    host.initialize(parameters);
    return {
      serverInfo: { name: 'Cloud Images' },
      capabilities: {
        positionEncoding: positions.negotiate(parameters.capabilities.general?.positionEncodings),
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: ['"', '/', ' ', ':'] },
        hoverProvider: true,
        codeLensProvider: {},
        ...Object.assign({}, ...features.map((capabilities) => capabilities(parameters.capabilities))),
      },
    };
  });

  connection.onInitialized(async () => {
    if (!watches) return;
    const manifests = `**/*.{${Object.values(nameParts).join(',')}}.{yaml,yml,json,jsonc}`;
    await watch('**/*.[vV][hH][dD]', '**/.cloud-images.json', manifests);
    index.watch(true);
  });

  connection.onDidChangeConfiguration(() => {
    index.settingsChanged();
    refresh();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const paths = changes.map(({ uri }) => pathOf(uri));
    for (const path of paths) index.changed(path);
    judgePatchesOf(paths);
    if (paths.some(isProject)) index.settingsChanged();
    // Manifests say nothing about each other; a disk, a folder or the settings reach all of them.
    if (paths.length === 0 || !paths.every((path) => /\.(ya?ml|jsonc?)$/i.test(path) && !isProject(path)))
      refresh();
  });
  connection.onNotification(limitsMethod, (limits: PublishedLimits | null) => {
    host.publish(limits ?? undefined);
    refresh();
  });
  connection.onNotification(imagesChangedMethod, refresh);

  documents.onDidChangeContent(({ document }) => {
    if (!pulls) publishSoon(document.uri);
    judgePatchesOf([pathOf(document.uri)]);
  });
  documents.onDidClose(({ document }) => {
    analyses.delete(document.uri);
    finished.delete(document.uri);
    collect(document.getText().length);
    clearTimeout(publishing.get(document.uri));
    publishing.delete(document.uri);
    if (!pulls) void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });

  connection.onHover(async ({ textDocument, position }) => {
    const known = await analysisOf(textDocument.uri);
    const hover = known && hoverAt(known.analysis, known.document.offsetAt(position));
    return known && hover ? toHover(known.document, hover) : null;
  });
  connection.onCompletion(async ({ textDocument, position }) => {
    const known = await analysisOf(textDocument.uri);
    if (!known) return [];
    const proposals = await completionsAt(known.analysis, known.document.offsetAt(position), {
      disks: () => host.diskNames(textDocument.uri),
      tags: workspace.tags,
      images: () => host.listed({ what: 'images' }),
      containers: () => host.listed({ what: 'containers' }),
      objects: (container) => host.listed({ what: 'objects', container, prefix: '' }),
    });
    return proposals.map((proposal) => toCompletion(known.document, proposal, snippets));
  });
  connection.onCodeLens(async ({ textDocument }) => {
    const known = await analysisOf(textDocument.uri);
    return known ? lensesOf(known.analysis, host.commands()).map((lens) => toLens(known.document, lens)) : [];
  });

  documents.listen(connection);
  connection.listen();

  async function analysisOf(uri: string): Promise<Known | undefined> {
    return known(uri, 'whole');
  }

  async function soonestOf(uri: string): Promise<Known | undefined> {
    if (!refreshes) return analysisOf(uri);
    const soonest = await known(uri, 'first');
    if (soonest?.analysis.part) void analysisOf(uri).then(askToPull);
    return soonest;
  }

  /** The analysis of the version that is present when it is done. */
  async function known(uri: string, reach: Reach): Promise<Known | undefined> {
    const document = documents.get(uri);
    if (!document) return undefined;
    const { version } = document;
    const analysis = await analysesOf(document)[reach];
    const current = documents.get(uri) === document && document.version === version;
    return current && (reach === 'first' || !analysis.part) ? { document, analysis } : known(uri, reach);
  }

  /** A version is analysed once, whoever asks. */
  function analysesOf(document: TextDocument): Record<Reach, Promise<Analysis>> {
    const { uri, version, languageId } = document;
    const begun = analyses.get(uri);
    if (begun?.version === version) return begun;
    const format = formats[languageId];
    const source = { uri, text: document.getText(), ...(format ? { format } : {}) };
    const wanted = (): boolean =>
      documents.get(uri) === document && document.version === version && analyses.get(uri) === started;
    const read = (done: Analysis): void => {
      if (wanted()) finished.set(uri, done);
    };
    const started = { version, ...analyzeOpened(source, host, finished.get(uri), { read, wanted }) };
    analyses.set(uri, started);
    started.whole.then(
      (done) => {
        read(done);
        started.first = started.whole;
      },
      () => wanted() && analyses.delete(uri),
    );
    return started;
  }

  /** Publishes at once what was just opened; else when no further change has come for a moment, since the last one counts. */
  function publishSoon(uri: string): void {
    clearTimeout(publishing.get(uri));
    const isNew = !publishing.has(uri);
    publishing.set(
      uri,
      setTimeout(() => void publish(uri), isNew ? 0 : quietMilliseconds),
    );
  }

  async function publish(uri: string): Promise<void> {
    const version = documents.get(uri)?.version;
    for (const reach of ['first', 'whole'] as const) {
      const found = await known(uri, reach);
      if (!found || version === undefined || found.document.version !== version) return;
      const { document, analysis } = found;
      const diagnostics = toDiagnostics(document, analysis, rulesPage);
      if (reach === 'whole' || analysis.part) await connection.sendDiagnostics({ uri, version, diagnostics });
    }
  }

  /** The patches that apply to one of these images are judged by it. */
  function judgePatchesOf(images: readonly string[]): void {
    const patches = documents.keys().filter((uri) => images.some((image) => isCompanion(pathOf(uri), image)));
    if (patches.length > 0) judgeAgain(patches);
  }

  async function watch(...patterns: string[]): Promise<void> {
    const watchers = patterns.map((globPattern) => ({ globPattern }));
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }

  /** The settings make manifests of files with other names. */
  async function watchMore(): Promise<void> {
    more ??= watch('**/*.{yaml,yml,json,jsonc}');
    await more;
  }

  /** Something outside the texts changed. */
  function refresh(): void {
    epoch++;
    host.forget();
    judgeAgain(documents.keys());
  }

  function judgeAgain(uris: readonly string[]): void {
    for (const uri of uris) analyses.delete(uri);
    if (pulls && refreshes) askToPull();
    if (!pulls) for (const uri of uris) publishSoon(uri);
  }
}

/** How long a client that is pushed to must be quiet before it is told: changes that came together are read first. */
const quietMilliseconds = 20;

/** Of a text that was just opened the first part, and all of it. */
type Reach = 'first' | 'whole';

function isProject(path: string): boolean {
  return path.endsWith('.cloud-images.json');
}

const formats: Readonly<Record<string, 'yaml' | 'json'>> = {
  'image-manifest': 'yaml',
  yaml: 'yaml',
  'image-manifest-json': 'json',
  json: 'json',
  jsonc: 'json',
};
