import { toDiagnostics } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

/** Milliseconds without a change before a client is sent diagnostics: changes that came together are read first. */
const quiet = 20;

/** Diagnostics for clients that do not pull. */
export const publishDiagnostics: Feature = ({ connection, documents, analyses, rulesPage, onStale }) => {
  let pulls = false;
  /** By open document: its next publication, or its last. */
  const publishing = new Map<string, ReturnType<typeof setTimeout>>();
  documents.onDidChangeContent(({ document }) => publishSoon(document.uri));
  documents.onDidClose(({ document: { uri } }) => {
    clearTimeout(publishing.get(uri));
    publishing.delete(uri);
    if (!pulls) void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  onStale((uris) => {
    for (const uri of uris) publishSoon(uri);
  });

  /** Publishes at once what was just opened; else when no further change has come for a moment, since the last one counts. */
  function publishSoon(uri: string): void {
    if (pulls) return;
    clearTimeout(publishing.get(uri));
    const delay = publishing.has(uri) ? quiet : 0;
    publishing.set(
      uri,
      setTimeout(() => void publish(uri), delay),
    );
  }

  async function publish(uri: string): Promise<void> {
    const version = documents.get(uri)?.version;
    for (const reach of ['beginning', 'current'] as const) {
      const found = await analyses[reach](uri);
      if (!found || version === undefined || found.document.version !== version) return;
      const { document, analysis } = found;
      const diagnostics = toDiagnostics(document, analysis, rulesPage);
      if (reach === 'current' || analysis.part)
        await connection.sendDiagnostics({ uri, version, diagnostics });
    }
  }

  return ({ textDocument }) => {
    pulls = textDocument?.diagnostic !== undefined;
    return {};
  };
};
