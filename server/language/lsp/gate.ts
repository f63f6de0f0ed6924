import {
  type Connection,
  ErrorCodes,
  type Message,
  type MessageStrategy,
  ResponseError,
} from 'vscode-languageserver';
import { isProfileName } from '../../rules/profile/table.ts';
import { limitsMethod } from '../protocol.ts';

/** The check that every message passes before a handler sees it. */
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
    const wrong = findWrong(method, parameters);
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

/**
 * What keeps a body from being a message that the library can take apart: it looks into each before a gate is asked. The
 * protocol knows no batches, and a request can be answered only by an id.
 */
export function refuseBody(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'A message must be an object.';
  const [method, id, parameters] = ['method', 'id', 'params'].map((name): unknown => Reflect.get(body, name));
  const isId = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
  if (method === undefined)
    return Reflect.has(body, 'id') && (Reflect.has(body, 'result') || Reflect.has(body, 'error'))
      ? undefined
      : 'A message must have a method, or be an answer.';
  if (typeof method !== 'string') return 'The method of a message must be a string.';
  if (id !== undefined && !isId(id)) return `${method}: the id of a request must be a string or a number.`;
  if (parameters !== undefined && parameters !== null && typeof parameters !== 'object')
    return `${method}: the parameters must be an object.`;
  if (method === '$/cancelRequest' && !isId(Reflect.get(parameters ?? {}, 'id')))
    return `${method}: 'id' must be a string or a number.`;
  return undefined;
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
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
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

const aboutText = { textDocument: object({ uri: text }) };
const atPosition = object({ ...aboutText, position });
const inRange = object({ ...aboutText, range });
const textAlone = object(aboutText);
const uris = list(object({ uri: text }));
const options = object({ tabSize: count, insertSpaces: optional(flag) });
const renamed = object({ files: list(object({ oldUri: text, newUri: text })) });

/** The parameters that a handler cannot do without, by method. */
const needed: Readonly<Record<string, Check>> = {
  'textDocument/hover': atPosition,
  'textDocument/completion': atPosition,
  'textDocument/definition': atPosition,
  'textDocument/references': atPosition,
  'textDocument/documentHighlight': atPosition,
  'textDocument/linkedEditingRange': atPosition,
  'textDocument/prepareRename': atPosition,
  'textDocument/rename': object({ ...aboutText, position, newName: text }),
  'textDocument/codeAction': object({ ...aboutText, range, context: object({}) }),
  'textDocument/inlayHint': inRange,
  'textDocument/formatting': object({ ...aboutText, options }),
  'codeAction/resolve': object({ title: text }),
  'textDocument/semanticTokens/range': inRange,
  'textDocument/selectionRange': object({ ...aboutText, positions: list(position) }),
  'textDocument/didOpen': object({ textDocument: object({ uri: text, languageId: text, version, text }) }),
  'textDocument/didChange': object({
    textDocument: object({ uri: text, version }),
    contentChanges: list(object({})),
  }),
  'workspace/symbol': object({ query: text }),
  'workspace/diagnostic': object({ previousResultIds: list(object({})) }),
  'workspace/didChangeWatchedFiles': object({ changes: uris }),
  'workspace/didChangeWorkspaceFolders': object({ event: object({ added: uris, removed: uris }) }),
  'workspace/willRenameFiles': renamed,
  'workspace/didRenameFiles': renamed,
  [limitsMethod]: optional(
    object({
      profile: (value) =>
        typeof value === 'string' && isProfileName(value) ? undefined : 'must be a profile',
      limits: object({}),
      caller: optional(object({ account: text, roles: list(text) })),
    }),
  ),
};

function findWrong(method: string, given: unknown): string | undefined {
  const own = Object.hasOwn(needed, method) ? needed[method] : undefined;
  const must = own ?? (method.startsWith('textDocument/') ? textAlone : undefined);
  const wrong = must?.(given);
  if (wrong !== undefined || given === undefined || given === null) return wrong;
  return parameters(given);
}
