import {
  type Connection,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { isImageTest, nameParts } from '../manifests/kinds.ts';
import type { CloudVocabulary } from '../rules/profile/vocabulary.ts';
import { isCompanion } from '../workspace/companionImage.ts';
import type { PublishedLimits } from '../workspace/settings.ts';
import { codeActions } from './features/codeActions/codeActions.ts';
import { codeLens } from './features/codeLens.ts';
import { completion } from './features/completion/completion.ts';
import { pullDiagnostics } from './features/diagnostics.ts';
import { documentLink } from './features/documentLink.ts';
import { documentSymbol } from './features/documentSymbol.ts';
import type { Feature, Session, StaleReason } from './features/feature.ts';
import { foldingRange } from './features/foldingRange.ts';
import { formatting } from './features/formatting.ts';
import { hover } from './features/hover.ts';
import { inlayHint } from './features/inlayHint.ts';
import { publishDiagnostics } from './features/publishDiagnostics.ts';
import { references } from './features/references.ts';
import { rename } from './features/rename.ts';
import { selectionRange } from './features/selectionRange.ts';
import { semanticTokens } from './features/semanticTokens.ts';
import { workspaceSymbol } from './features/workspaceSymbol.ts';
import { openIndex } from './index/manifestIndex.ts';
import { openWorkspace } from './index/workspaceManifests.ts';
import { openAnalyses } from './lsp/analyses.ts';
import { createHost } from './lsp/host.ts';
import { openPositions } from './lsp/positions.ts';
import type { Platform } from './platform.ts';
import { imagesChangedMethod, limitsMethod, vocabularyMethod } from './protocol.ts';

const features: readonly Feature[] = [
  codeActions,
  codeLens,
  completion,
  documentLink,
  documentSymbol,
  foldingRange,
  formatting,
  hover,
  inlayHint,
  publishDiagnostics,
  pullDiagnostics,
  references,
  rename,
  selectionRange,
  semanticTokens,
  workspaceSymbol,
];

/** Wires the language service to a connection; all it holds is the open documents and their latest analysis. */
export function serve(connection: Connection, platform: Platform, rulesPage: string): void {
  const positions = openPositions();
  const documents = new TextDocuments(positions);
  const listeners: ((uris: readonly string[], reason: StaleReason) => void)[] = [];
  const openText = (path: string) => documents.get(platform.toUri(path))?.getText();
  const host = createHost(connection, platform, openText, () => judgeAgain(documents.keys(), 'outside'));
  const analyses = openAnalyses(documents, host, platform);
  const watcher = openWatcher(connection);
  const index = openIndex({
    platform,
    roots: host.roots,
    globsFor: async (uri) => {
      const { manifests } = await host.settings(uri);
      if (manifests.length > 0) await watcher.watchAllTexts();
      return manifests;
    },
    warn: (message) => connection.console.warn(message),
  });
  const workspace = openWorkspace({ platform, documents, analyses, host, positions, index });
  const onStale: Session['onStale'] = (listener) => listeners.push(listener);
  const services = { connection, platform, documents, analyses, host, positions, index, workspace };
  const capabilities = features.map((feature) => feature({ ...services, rulesPage, onStale }));

  connection.onInitialize((parameters: InitializeParams): InitializeResult => {
    watcher.initialize(parameters);
    host.initialize(parameters);
    return {
      serverInfo: { name: 'Cloud Images' },
      capabilities: {
        positionEncoding: positions.negotiate(parameters.capabilities.general?.positionEncodings),
        textDocumentSync: TextDocumentSyncKind.Incremental,
        ...Object.assign({}, ...capabilities.map((answer) => answer(parameters.capabilities))),
      },
    };
  });
  connection.onInitialized(async () => index.watch(await watcher.watchManifests()));
  connection.onDidChangeConfiguration(() => {
    index.settingsChanged();
    refresh();
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    const paths = changes.map(({ uri }) => host.pathOrUri(uri));
    for (const path of paths) index.changed(path);
    // What has come or gone may be the manifest of a test.
    const isMoved = changes.some(({ type }) => type !== FileChangeType.Changed);
    judgeCompanions((path) => isOfImage(path, paths) || (isMoved && isImageTest(path)));
    if (paths.some(isSettingsFile)) index.settingsChanged();
    // Manifests say nothing about each other; a disk, a folder or the settings reach all of them.
    if (
      paths.length === 0 ||
      !paths.every((path) => /\.(ya?ml|jsonc?)$/i.test(path) && !isSettingsFile(path))
    )
      refresh();
  });
  connection.onNotification(limitsMethod, (limits: PublishedLimits | null) => {
    host.publish(limits ?? undefined);
    refresh();
  });
  connection.onNotification(vocabularyMethod, (vocabulary: CloudVocabulary | null) => {
    host.tellVocabulary(vocabulary ?? undefined);
    refresh();
  });
  connection.onNotification(imagesChangedMethod, refresh);
  documents.onDidChangeContent(({ document }) => {
    const changed = [host.pathOrUri(document.uri)];
    judgeCompanions((path) => isOfImage(path, changed));
  });
  documents.listen(connection);
  connection.listen();

  /** Judges the open documents again that rest on other manifests which have changed. */
  function judgeCompanions(restsOnThem: (path: string) => boolean): void {
    const resting = documents.keys().filter((uri) => restsOnThem(host.pathOrUri(uri)));
    if (resting.length > 0) judgeAgain(resting, 'manifest');
  }

  /** Something outside the texts changed. */
  function refresh(): void {
    host.forget();
    judgeAgain(documents.keys(), 'outside');
  }

  function judgeAgain(uris: readonly string[], reason: StaleReason): void {
    analyses.discard(uris);
    for (const listener of listeners) listener(uris, reason);
  }
}

interface Watcher {
  initialize(parameters: InitializeParams): void;
  /** True where the client reports changes of files from now on. */
  watchManifests(): Promise<boolean>;
  /** Watches all YAML and JSON too, since the settings make manifests of files with other names. */
  watchAllTexts(): Promise<void>;
}

function openWatcher(connection: Connection): Watcher {
  let supported = false;
  let watchingAll: Promise<void> | undefined;

  async function watch(...patterns: string[]): Promise<void> {
    const watchers = patterns.map((globPattern) => ({ globPattern }));
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }

  return {
    initialize({ capabilities }) {
      supported = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    },
    async watchManifests() {
      const manifests = `**/*.{${Object.values(nameParts).join(',')}}.{yaml,yml,json,jsonc}`;
      if (supported) await watch('**/*.[vV][hH][dD]', '**/.cloud-images.json', manifests);
      return supported;
    },
    async watchAllTexts() {
      if (!supported) return;
      watchingAll ??= watch('**/*.{yaml,yml,json,jsonc}');
      await watchingAll;
    },
  };
}

/** Tells whether a manifest is a patch, or alike, of one of these images. */
function isOfImage(path: string, images: readonly string[]): boolean {
  return images.some((image) => isCompanion(path, image));
}

function isSettingsFile(path: string): boolean {
  return path.endsWith('.cloud-images.json');
}
