import {
  type Connection,
  ErrorCodes,
  type Message,
  type MessageStrategy,
  ResponseError,
} from 'vscode-languageserver/node';

/** What every message passes before a handler sees it. */
export interface Gate extends MessageStrategy {
  /** Answers the requests that are turned away. */
  serve(connection: Connection): void;
  isShutDown(): boolean;
}

const refusedMethod = 'cloudImages/refused';

/**
 * Keeps the protocol's order (`initialize` first and once, nothing after `shutdown` but `exit`) and lets only messages
 * through whose parameters have the shapes that handlers rely on: a request that breaks either is answered with the
 * protocol's error, a notification is dropped and logged.
 */
export function openGate(): Gate {
  let phase: 'new' | 'running' | 'shut down' = 'new';
  let log: (text: string) => void = () => undefined;

  function refusal(method: string, parameters: unknown): ResponseError | undefined {
    const refuse = (code: number, text: string) => new ResponseError(code, text);
    if (phase === 'shut down') return refuse(ErrorCodes.InvalidRequest, 'The server is shut down.');
    if (method === 'initialize' && phase === 'running')
      return refuse(ErrorCodes.InvalidRequest, 'The server is initialized already.');
    if (method !== 'initialize' && phase === 'new')
      return refuse(ErrorCodes.ServerNotInitialized, 'The server is not initialized yet.');
    const wrong = wrongIn(parameters);
    return wrong === undefined ? undefined : refuse(ErrorCodes.InvalidParams, `${method}: ${wrong}`);
  }

  return {
    handleMessage(message, next) {
      if (!isCall(message)) return next(message);
      const { id, method, params } = message;
      if (method === 'exit') return next(message);
      const refused = refusal(method, params);
      if (!refused) {
        if (method === 'initialize') phase = 'running';
        if (method === 'shutdown') phase = 'shut down';
        return next(message);
      }
      if (id === undefined) return log(`A message was dropped: ${refused.message}`);
      const { code, message: text } = refused;
      return next(Object.assign({}, message, { method: refusedMethod, params: { code, text } }));
    },
    serve(connection) {
      log = (text) => connection.console.warn(text);
      connection.onRequest(
        refusedMethod,
        ({ code, text }: { code: number; text: string }) => new ResponseError(code, text),
      );
    },
    isShutDown: () => phase === 'shut down',
  };
}

interface Call extends Message {
  readonly id?: unknown;
  readonly method: string;
  readonly params?: unknown;
}

function isCall(message: Message): message is Call {
  return 'method' in message && typeof message.method === 'string';
}

type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === 'string' ? undefined : 'must be a string');
const count: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? undefined : 'must be a whole number';
const version: Check = (value) => (Number.isInteger(value) ? undefined : 'must be an integer');
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null ? undefined : check(value);
const list =
  (check: Check): Check =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    const at = value.findIndex((item) => check(item) !== undefined);
    return at === -1 ? undefined : `[${at}]${joined(check(value[at]))}`;
  };
const object =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null) return 'must be an object';
    for (const [name, check] of Object.entries(members)) {
      const wrong = check(Reflect.get(value, name));
      if (wrong !== undefined) return `'${name}'${joined(wrong)}`;
    }
    return undefined;
  };

function joined(wrong: string | undefined): string {
  return wrong?.startsWith('must') ? ` ${wrong}` : (wrong ?? '');
}

const position = object({ line: count, character: count });
const range = object({ start: position, end: position });

/** The parameters that handlers of ours and of the protocol's library use, by their names. */
const parameters: Check = object({
  textDocument: optional(
    object({ uri: text, languageId: optional(text), version: optional(version), text: optional(text) }),
  ),
  position: optional(position),
  positions: optional(list(position)),
  range: optional(range),
  context: optional(object({ diagnostics: optional(list(object({ range }))), only: optional(list(text)) })),
  contentChanges: optional(list(object({ text, range: optional(range) }))),
  changes: optional(list(object({ uri: text }))),
  previousResultIds: optional(list(object({ uri: text, value: text }))),
  previousResultId: optional(text),
  newName: optional(text),
  workspaceFolders: optional(list(object({ uri: text }))),
});

function wrongIn(given: unknown): string | undefined {
  return given === undefined || given === null ? undefined : parameters(given);
}
