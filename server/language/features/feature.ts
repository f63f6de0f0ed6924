import type { Connection, InitializeParams, ServerCapabilities, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ManifestIndex } from '../index/manifestIndex.ts';
import type { Workspace } from '../index/workspaceManifests.ts';
import type { Analyses } from '../lsp/analyses.ts';
import type { ConnectedHost } from '../lsp/host.ts';
import type { Positions } from '../lsp/positions.ts';
import type { Platform } from '../platform.ts';

/** The services that the handlers of all features share. */
export interface Session {
  readonly connection: Connection;
  readonly platform: Platform;
  readonly documents: TextDocuments<TextDocument>;
  readonly analyses: Analyses;
  readonly host: ConnectedHost;
  readonly positions: Positions;
  readonly index: ManifestIndex;
  readonly workspace: Workspace;
  /** URL of the page that describes the rules. */
  readonly rulesPage: string;
  /** Calls back with the open documents that are to be judged again without a change of their own. */
  onStale(listener: (uris: readonly string[], reason: StaleReason) => void): void;
}

/** Another manifest changed, or something outside all manifests: the cloud, a disk, the settings. */
export type StaleReason = 'manifest' | 'outside';

/** Registers the handlers of a feature; the result says at `initialize` what it can do for this client. */
export type Feature = (session: Session) => (client: InitializeParams['capabilities']) => ServerCapabilities;
