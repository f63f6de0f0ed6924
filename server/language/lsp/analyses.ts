import type { TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis, Host } from '../analysis/analysis.ts';
import { analyzeOpened } from '../analysis/slices.ts';
import type { Platform } from '../platform.ts';

/** The analyses of open documents, each version analysed once whoever asks. */
export interface Analyses {
  /** The analysis of the version that is present when it is done; undefined for a document that is not open. */
  current(uri: string): Promise<AnalyzedDocument | undefined>;
  /** The same, or that of the beginning of a long text that was just opened. */
  beginning(uri: string): Promise<AnalyzedDocument | undefined>;
  /** Discards what was found, since something outside the texts changed. */
  discard(uris: readonly string[]): void;
}

export interface AnalyzedDocument {
  readonly document: TextDocument;
  readonly analysis: Analysis;
}

type Reach = 'first' | 'whole';

/** Characters of a text whose analysis is worth giving its memory back, and the milliseconds until then. */
const large = 50_000;
const delay = 1000;

export function openAnalyses(
  documents: TextDocuments<TextDocument>,
  host: Host,
  { releaseMemory }: Platform,
): Analyses {
  const analyses = new Map<string, { version: number } & Record<Reach, Promise<Analysis>>>();
  /** The last finished one of each open document: what the next one need not read again. */
  const finished = new Map<string, Analysis>();
  let releasing: ReturnType<typeof setTimeout> | undefined;
  documents.onDidClose(({ document }) => {
    analyses.delete(document.uri);
    finished.delete(document.uri);
    if (document.getText().length < large) return;
    clearTimeout(releasing);
    releasing = setTimeout(releaseMemory, delay);
  });

  async function find(uri: string, reach: Reach): Promise<AnalyzedDocument | undefined> {
    const document = documents.get(uri);
    if (!document) return undefined;
    const { version } = document;
    const analysis = await start(document)[reach];
    const isCurrent = documents.get(uri) === document && document.version === version;
    return isCurrent && (reach === 'first' || !analysis.part) ? { document, analysis } : find(uri, reach);
  }

  function start(document: TextDocument): Record<Reach, Promise<Analysis>> {
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

  return {
    current: (uri) => find(uri, 'whole'),
    beginning: (uri) => find(uri, 'first'),
    discard(uris) {
      for (const uri of uris) analyses.delete(uri);
    },
  };
}

const formats: Readonly<Record<string, 'yaml' | 'json'>> = {
  'image-manifest': 'yaml',
  yaml: 'yaml',
  'image-manifest-json': 'json',
  json: 'json',
  jsonc: 'json',
};
