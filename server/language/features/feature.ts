import type {
  Connection,
  InitializeParams,
  ServerCapabilities,
  TextDocuments,
} from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Analysis } from '../analysis/analysis.ts';
import type { ConnectedHost } from '../lsp/host.ts';
import type { Positions } from '../lsp/positions.ts';

/** What the handlers of all features share. */
export interface Session {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly host: ConnectedHost;
  readonly positions: Positions;
  /** The analysis of an open document's present version; a version is analysed once, whoever asks. */
  analysisOf(uri: string): Promise<Known | undefined>;
  /** The same, or of a text's beginning, where the client is asked to pull again as soon as the rest is read. */
  soonestOf(uri: string): Promise<Known | undefined>;
}

export interface Known {
  readonly document: TextDocument;
  readonly analysis: Analysis;
}

/** A group of features: registers its handlers, and says at `initialize` what it can do for this client. */
export type Feature = (session: Session) => (client: InitializeParams['capabilities']) => ServerCapabilities;
