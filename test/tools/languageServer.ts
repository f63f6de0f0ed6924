import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  Hover,
  Position,
  Range,
  TextDocumentClientCapabilities,
  TextDocumentEdit,
  WorkspaceClientCapabilities,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';

/** The built language server in a process of its own, spoken to over stdio as an editor does. */
export interface LanguageServer {
  readonly process: ChildProcess;
  readonly connection: MessageConnection;
  /** Opens a document and returns what pulls, actions and edits need. */
  open(path: string, text: string): OpenDocument;
  close(): Promise<void>;
}

/** Our server's messages are plain text. */
export type Problem = Diagnostic & { readonly message: string };

export interface OpenDocument {
  readonly uri: string;
  text(): string;
  change(text: string): Promise<void>;
  diagnostics(): Promise<Problem[]>;
  /** Without `only`, or with `quickfix`, all but those that every finding has: to ignore it, and its rule's page. */
  actions(range: Range, only?: string[]): Promise<CodeAction[]>;
  hover(offset: number): Promise<Hover | null>;
  complete(offset: number): Promise<CompletionItem[]>;
  lenses(): Promise<CodeLens[]>;
  /** Any other request about the document; `parameters` besides its identifier. */
  ask<Result>(method: string, parameters?: object): Promise<Result>;
  positionOf(offset: number): Position;
  close(): Promise<void>;
  /** The text after an action; the document itself is left alone. */
  after(action: CodeAction): string;
  offsetOf(range: Range): [number, number];
}

export interface Options {
  readonly root?: string;
  /** Answers the server's requests; by method. */
  readonly requests?: Readonly<Record<string, (parameters: never) => unknown>>;
  readonly settings?: unknown;
  readonly node?: string;
  /** What Node runs in place of dist/server.js, with its arguments. */
  readonly program?: readonly string[];
  readonly pull?: boolean;
  readonly positionEncodings?: readonly string[];
  /** Whether the person trusts the workspace; not said by default. */
  readonly trusted?: boolean;
  /** Whether the client has the commands of our lenses and fixes. */
  readonly commands?: boolean;
  /** Besides the capabilities that all tests have. */
  readonly capabilities?: {
    readonly workspace?: WorkspaceClientCapabilities;
    readonly textDocument?: TextDocumentClientCapabilities;
  };
}

const server = join(import.meta.dirname, '..', '..', 'dist', 'server.js');

export async function startLanguageServer(options: Options = {}): Promise<LanguageServer> {
  const child = spawn(options.node ?? process.execPath, [...(options.program ?? [server, '--stdio'])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout || !child.stdin) throw new Error('The language server has no standard streams.');
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
    items.map(() => options.settings ?? null),
  );
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/diagnostic/refresh', () => null);
  for (const [method, answer] of Object.entries(options.requests ?? {})) connection.onRequest(method, answer);
  connection.listen();
  child.once('exit', () => connection.dispose()); // so that a request to a dead server fails instead of waiting
  const folders = options.root ? [{ uri: pathToFileURL(options.root).href, name: 'root' }] : null;
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: folders,
    initializationOptions: {
      commands: options.commands ?? true,
      ...(options.trusted === undefined ? {} : { trusted: options.trusted }),
      liveImages: options.requests?.['cloudImages/liveImage'] !== undefined,
      servers: options.requests?.['cloudImages/liveServer'] !== undefined,
      cloudFiles:
        options.requests?.['cloudImages/list'] !== undefined ||
        options.requests?.['cloudImages/object'] !== undefined,
    },
    capabilities: {
      ...(options.positionEncodings ? { general: { positionEncodings: options.positionEncodings } } : {}),
      workspace: { configuration: true, workspaceFolders: true, ...options.capabilities?.workspace },
      textDocument: {
        ...(options.pull === false ? {} : { diagnostic: {} }),
        ...options.capabilities?.textDocument,
      },
    },
  });
  await connection.sendNotification('initialized', {});
  return {
    process: child,
    connection,
    open: (path, text) =>
      openDocument(connection, path.includes(':') ? path : pathToFileURL(path).href, text),
    async close() {
      await connection.sendRequest('shutdown');
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await connection.sendNotification('exit');
      await exited;
      connection.dispose();
    },
  };
}

function openDocument(connection: MessageConnection, uri: string, initial: string): OpenDocument {
  const languageId = /\.jsonc?$/.test(uri) ? 'image-manifest-json' : 'image-manifest';
  let document = TextDocument.create(uri, languageId, 1, initial);
  void connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId, version: 1, text: initial },
  });
  const textDocument = { uri };
  const at = (offset: number) => ({ textDocument, position: document.positionAt(offset) });
  return {
    uri,
    text: () => document.getText(),
    async change(text) {
      const version = document.version + 1;
      document = TextDocument.create(uri, languageId, version, text);
      await connection.sendNotification('textDocument/didChange', {
        textDocument: { uri, version },
        contentChanges: [{ text }],
      });
    },
    async diagnostics() {
      const report: { items: Problem[] } = await connection.sendRequest('textDocument/diagnostic', {
        textDocument,
      });
      return report.items;
    },
    async actions(range, only) {
      const actions: CodeAction[] = await connection.sendRequest('textDocument/codeAction', {
        textDocument,
        range,
        context: { diagnostics: [], ...(only ? { only } : {}) },
      });
      const isOfAll = ({ kind = '' }: CodeAction) => /^quickfix\.(?:ignore|explain)$/.test(kind);
      return actions.filter((action) => only?.includes(action.kind ?? '') || !isOfAll(action));
    },
    hover: (offset) => connection.sendRequest('textDocument/hover', at(offset)),
    complete: (offset) => connection.sendRequest('textDocument/completion', at(offset)),
    ask: (method, parameters) => connection.sendRequest(method, { textDocument, ...parameters }),
    close: () => connection.sendNotification('textDocument/didClose', { textDocument }),
    positionOf: (offset) => document.positionAt(offset),
    lenses: () => connection.sendRequest('textDocument/codeLens', { textDocument }),
    after(action) {
      const [change] = action.edit?.documentChanges ?? [];
      return change
        ? TextDocument.applyEdits(document, (change as TextDocumentEdit).edits as never)
        : document.getText();
    },
    offsetOf: (range) => [document.offsetAt(range.start), document.offsetAt(range.end)],
  };
}
