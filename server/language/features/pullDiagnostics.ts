import { pathToFileURL } from 'node:url';
import {
  type CancellationToken,
  type Diagnostic,
  LSPErrorCodes,
  ResponseError,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { decodeText } from '../../manifests/encoding.ts';
import { nodeFiles } from '../../workspace/nodeFiles.ts';
import { maximumManifestBytes } from '../../workspace/textFile.ts';
import { analyze } from '../analysis/analyze.ts';
import type { ManifestIndex } from '../index/manifestIndex.ts';
import { toDiagnostics } from '../lsp/toLsp.ts';
import { pathOf } from '../lsp/uris.ts';
import type { Feature } from './feature.ts';

/** How many files are judged between two partial answers. */
const batch = 50;

/**
 * Diagnostics on request, of one document and of the workspace's closed manifests. A result's id is made from the result,
 * so "unchanged" is never said of one that changed. `epoch` grows when something outside the texts changed.
 */
export const pullDiagnostics =
  (rulesPage: string, index: ManifestIndex, epoch: () => number): Feature =>
  ({ connection, documents, host, positions, soonestOf }) => {
    /** Of files on disk, by path: what the last judgement rested on, and its result. */
    let judged = new Map<string, { stamp: string; resultId: string }>();

    connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
      const known = await soonestOf(textDocument.uri);
      refuseIfCancelled(token);
      const items = known ? toDiagnostics(known.document, known.analysis, rulesPage) : [];
      const resultId = idOf(items);
      return resultId === previousResultId
        ? { kind: 'unchanged', resultId }
        : { kind: 'full', resultId, items };
    });

    connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token, _, progress) => {
      const previous = new Map(previousResultIds.map(({ uri, value }) => [pathOf(uri), value]));
      const open = new Set(documents.keys().map(pathOf));
      const files = await index.files();
      const next: typeof judged = new Map();
      let items: WorkspaceDocumentDiagnosticReport[] = [];
      for (const [path, { stamp }] of files) {
        refuseIfCancelled(token);
        if (open.has(path)) continue; // the document's own pull answers
        items.push(await reportOn(path, `${stamp} ${epoch()}`, previous.get(path), next));
        if (progress && items.length >= batch) {
          progress.report({ items });
          items = [];
        }
      }
      for (const { uri } of previousResultIds) {
        const path = pathOf(uri);
        if (!files.has(path) && !open.has(path)) items.push({ kind: 'full', uri, version: null, items: [] });
      }
      judged = next;
      return { items };
    });

    async function reportOn(
      path: string,
      stamp: string,
      previous: string | undefined,
      next: typeof judged,
    ): Promise<WorkspaceDocumentDiagnosticReport> {
      const place = { uri: pathToFileURL(path).href, version: null };
      const known = judged.get(path);
      // Without reports nothing says that a disk beside the manifest is still the same.
      if (index.watched() && known?.stamp === stamp && known.resultId === previous) {
        next.set(path, known);
        return { kind: 'unchanged', resultId: known.resultId, ...place };
      }
      const items = await judge(place.uri, path);
      const resultId = idOf(items);
      judged.set(path, { stamp, resultId });
      next.set(path, { stamp, resultId });
      return resultId === previous
        ? { kind: 'unchanged', resultId, ...place }
        : { kind: 'full', resultId, items, ...place };
    }

    async function judge(uri: string, path: string): Promise<Diagnostic[]> {
      const bytes = await nodeFiles.readBytes(path, maximumManifestBytes).catch(() => undefined);
      if (bytes === undefined) return [];
      const { text } = decodeText(bytes); // what is none of UTF-8 is found in it
      const analysis = await analyze({ uri, text }, host);
      return toDiagnostics(positions.create(uri, '', 0, text), analysis, rulesPage);
    }

    return () => ({
      diagnosticProvider: {
        identifier: 'cloud-images',
        interFileDependencies: false,
        workspaceDiagnostics: true,
      },
    });
  };

function idOf(items: readonly Diagnostic[]): string {
  // Loaded here, since it is a tenth of a start.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(JSON.stringify(items)).digest('base64url');
}

function refuseIfCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested)
    throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The client no longer waits for it.');
}
