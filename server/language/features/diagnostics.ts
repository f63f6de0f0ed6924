import {
  type CancellationToken,
  type Diagnostic,
  LSPErrorCodes,
  ResponseError,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver';
import { decodeText } from '../../manifests/encoding.ts';
import { maximumManifestBytes } from '../../workspace/textFile.ts';
import { analyze } from '../analysis/analyze.ts';
import { coalesced } from '../lsp/coalesce.ts';
import { toDiagnostics } from '../lsp/convert.ts';
import type { Feature } from './feature.ts';

/** How many files are judged between two partial answers. */
const batch = 50;

/**
 * Diagnostics on request, of one document and of the workspace's closed manifests. A result's id is made from the result,
 * so "unchanged" is never said of one that changed.
 */
export const pullDiagnostics: Feature = ({
  connection,
  platform,
  documents,
  analyses,
  host,
  positions,
  index,
  rulesPage,
  onStale,
}) => {
  /** By path of files on disk: what the last judgement rested on, and its result. */
  let judged = new Map<string, { stamp: string; resultId: string }>();
  /** Documents whose last answer was problems: a client keeps them when the tab closes, and the file may be gone. */
  const answered = new Set<string>();
  /** Grows when something outside the texts changed. */
  let epoch = 0;
  let pulls = false;
  let refreshes = false;
  const { pathOrUri } = host;
  const askToPull = coalesced(
    () => connection.languages.diagnostics.refresh(),
    (error) => connection.console.warn(`The client did not ask for diagnostics again: ${String(error)}`),
  );
  onStale((_, reason) => {
    if (reason === 'outside') epoch++;
    if (pulls && refreshes) askToPull();
  });

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }, token) => {
    const analyzed = await findSoonest(textDocument.uri);
    refuseIfCancelled(token);
    const items = analyzed ? toDiagnostics(analyzed.document, analyzed.analysis, rulesPage) : [];
    // vscode-languageclient pulls once more when a document closes, and drops the answer: the workspace has to say it.
    if (items.length > 0 || !analyzed) answered.add(textDocument.uri);
    else answered.delete(textDocument.uri);
    const resultId = fingerprint(items);
    return resultId === previousResultId
      ? { kind: 'unchanged', resultId }
      : { kind: 'full', resultId, items };
  });

  connection.languages.diagnostics.onWorkspace(async ({ previousResultIds }, token, _, progress) => {
    const previous = new Map(previousResultIds.map(({ uri, value }) => [pathOrUri(uri), value]));
    const open = new Set(documents.keys().map(pathOrUri));
    const files = await index.files();
    const next: typeof judged = new Map();
    let items: WorkspaceDocumentDiagnosticReport[] = [];
    for (const [path, { stamp }] of files) {
      refuseIfCancelled(token);
      if (open.has(path)) continue; // the document's own pull answers
      items.push(await reportOn(path, `${stamp} ${epoch}`, previous.get(path), next));
      if (progress && items.length >= batch) {
        progress.report({ items });
        items = [];
      }
    }
    for (const uri of new Set([...previousResultIds.map(({ uri }) => uri), ...answered])) {
      const path = pathOrUri(uri);
      if (open.has(path)) continue;
      answered.delete(uri);
      if (!files.has(path)) items.push({ kind: 'full', uri, version: null, items: [] });
    }
    judged = next;
    return { items };
  });

  /** Answers for the beginning of a long text where the client can be asked to pull again once the rest is read. */
  async function findSoonest(uri: string) {
    if (!refreshes) return analyses.current(uri);
    const soonest = await analyses.beginning(uri);
    if (soonest?.analysis.part) void analyses.current(uri).then(askToPull);
    return soonest;
  }

  async function reportOn(
    path: string,
    stamp: string,
    previous: string | undefined,
    next: typeof judged,
  ): Promise<WorkspaceDocumentDiagnosticReport> {
    const place = { uri: platform.toUri(path), version: null };
    const known = judged.get(path);
    // Without reports nothing says that a disk beside the manifest is still the same.
    if (index.watched() && known?.stamp === stamp && known.resultId === previous) {
      next.set(path, known);
      return { kind: 'unchanged', resultId: known.resultId, ...place };
    }
    const items = await judge(place.uri, path);
    const resultId = fingerprint(items);
    judged.set(path, { stamp, resultId });
    next.set(path, { stamp, resultId });
    return resultId === previous
      ? { kind: 'unchanged', resultId, ...place }
      : { kind: 'full', resultId, items, ...place };
  }

  async function judge(uri: string, path: string): Promise<Diagnostic[]> {
    const bytes = await platform.files.readBytes(path, maximumManifestBytes).catch(() => undefined);
    if (bytes === undefined) return [];
    const { text } = decodeText(bytes); // what is none of UTF-8 is found in it
    const analysis = await analyze({ uri, text }, host);
    return toDiagnostics(positions.create(uri, '', 0, text), analysis, rulesPage);
  }

  return ({ textDocument, workspace }) => {
    pulls = textDocument?.diagnostic !== undefined;
    refreshes = workspace?.diagnostics?.refreshSupport === true;
    return {
      diagnosticProvider: {
        identifier: 'cloud-images',
        interFileDependencies: false,
        workspaceDiagnostics: true,
      },
    };
  };
};

/** The primes of FNV-1a and of xxHash's last mix, by which each character is spread over 32 bits. */
const primes = [0x01000193, 0xc2b2ae3d] as const;

/** Names a list of problems: another list has another name, but for one in 2^64. */
function fingerprint(items: readonly Diagnostic[]): string {
  const text = JSON.stringify(items);
  let [first, second] = [0x811c9dc5, text.length];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    first = Math.imul(first ^ code, primes[0]);
    second = Math.imul(second ^ code, primes[1]);
  }
  return `${text.length.toString(36)}-${(first >>> 0).toString(36)}-${(second >>> 0).toString(36)}`;
}

function refuseIfCancelled(token: CancellationToken): void {
  if (token.isCancellationRequested)
    throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The client cancelled the request.');
}
