import { Console } from 'node:console';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Connection,
  createConnection,
  ErrorCodes,
  type Message,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { openGate, refuseBody } from './lsp/gate.ts';
import { nodePlatform } from './nodePlatform.ts';
import { serve } from './server.ts';

// `node dist/server.js --node-ipc`, `--socket=PORT`, `--pipe=NAME`: vscode-languageserver reads those. Else, and as `cloud-images lsp`, it is --stdio.
const gate = openGate();
const connection = process.argv.some((one) => /^--(?:node-ipc$|socket|pipe)/.test(one))
  ? createConnection(ProposedFeatures.all, { messageStrategy: gate })
  : overStreams();
const rulesPage = pathToFileURL(join(import.meta.dirname, '..', 'server', 'rules', 'README.md')).href;

// A handler that fails is told to whoever asked; what nobody waits for must not end the server.
process.on('unhandledRejection', (reason) =>
  connection.console.error(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
);
gate.serve(connection);
serve(connection, nodePlatform, rulesPage);

/** Speaks over standard input and output, and ends where it can no longer tell where a message begins. */
function overStreams(): Connection {
  globalThis.console = new Console(process.stderr, process.stderr); // standard output holds messages alone
  const reader = new StreamMessageReader(process.stdin);
  const writer = new StreamMessageWriter(process.stdout);
  /** Nobody can be told more where the id is not known. */
  const refuse = (id: string | number | null, code: number, message: string): void =>
    void writer.write({ jsonrpc: '2.0', id, error: { code, message } } as Message);
  const listen = reader.listen.bind(reader);
  reader.listen = (callback) =>
    listen((body) => {
      const why = refuseBody(body);
      if (why === undefined) callback(body);
      else refuse(readId(body), ErrorCodes.InvalidRequest, why);
    });
  const end = (): never => process.exit(gate.isShutDown() ? 0 : 1);
  reader.onError((error) => {
    if (error instanceof SyntaxError) {
      refuse(null, ErrorCodes.ParseError, error.message);
      return;
    }
    process.stderr.write(`The messages on standard input cannot be told apart: ${error.message}\n`);
    process.exit(1);
  });
  process.stdin.on('end', end).on('close', end);
  return createConnection(ProposedFeatures.all, reader, writer, { messageStrategy: gate });
}

/** Reads the id of a body that is not a message, so that whoever waits gets an answer. */
function readId(body: unknown): string | number | null {
  const id: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'id') : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
