import { STATUS_CODES } from 'node:http';
import type { RefusalId } from '../../rules/ids.ts';
import type { ApiError } from './apiError.ts';
import type { Reply, Request } from './routes.ts';

/** The part of a service that all requests and answers under its prefixes share. */
export interface Api {
  /** Beginnings of paths; a part `:region` stands for any one. */
  readonly prefixes: readonly string[];
  errorBody(failure: Failure): Body;
  /** How it names requests, where it does so in its own way: an id, and a header that has it too. */
  readonly requestIds?: { readonly header: string; create(): string };
  /** The Content-Type of answers that say none, also of those without a body. */
  readonly emptyType?: string;
  /** Tells whether a web page of that origin may ask. Without it none may. */
  allowsOrigin?(request: Request, origin: string): boolean;
  /** Adds to an answer what a web page must be told before its browser shows it the answer. */
  describeToPage?(request: Request, reply: Reply): void;
  /** How it refuses a path that cannot be decoded. */
  unreadablePath?(): ApiError;
  /** The path and query under which a request is served. */
  rewrite?(url: string): string;
  /** Throws where a token is asked for before it is looked whether a path exists. */
  beforeUnknown?(request: Request): void;
  /** The id of the account that pays for what a request carries. */
  payer?(request: Request): string | undefined;
  /** Tells whether what it sends, where it does not refuse, is charged: a download, not an answer of the API. */
  isDownload?(request: Request): boolean;
  /** A path asked by a method that it does not serve is unknown (404), and not refused for its method. */
  readonly hidesMethods?: boolean;
  /** Throws where the caller's token does not let a request be served. */
  admit?(request: Request): void;
  /** Headers that every answer has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON is sent as `application/json` alone, which says its charset already. */
  readonly plainJson?: boolean;
  /** The path and query without secrets, for the log of requests. */
  redact?(url: string): string;
}

export interface Failure {
  readonly path: string;
  readonly accept: string | undefined;
  readonly status: number;
  /** As HTTP names the status. */
  readonly title: string;
  /** What the answer carries in `x-cloud-images-rule`. */
  readonly rule: RefusalId;
  readonly text: string;
}

export interface Body {
  readonly type: string;
  readonly text: string;
}

/** Finds the API that a path belongs to. */
export type FindApi = (url: string) => Api | undefined;

/** `list` is asked once, when the first path is looked for. */
export function createApiFinder(list: () => readonly Api[]): FindApi {
  let patterns: readonly { readonly api: Api; readonly expression: RegExp }[] | undefined;
  /** A request is asked about several times in a row. */
  let last: { readonly url: string; readonly api: Api | undefined } | undefined;
  return (url) => {
    if (last?.url === url) return last.api;
    patterns ??= list().map((api) => {
      const beginnings = api.prefixes.map((prefix) => prefix.replaceAll(/:\w+/g, '[^/]+')).join('|');
      return { api, expression: new RegExp(`^(?:${beginnings})(?=[/?#]|$)`) };
    });
    last = { url, api: patterns.find(({ expression }) => expression.test(url))?.api };
    return last.api;
  };
}

/** The error body of the API that a path belongs to. */
export function renderError(
  api: Api | undefined,
  path: string,
  accept: string | undefined,
  status: number,
  text: string,
  rule: RefusalId,
): Body {
  const title = STATUS_CODES[status] ?? 'Error';
  if (api) return api.errorBody({ path, accept, status, title, text, rule });
  return jsonBody({ error: { code: status, title, message: text } });
}

export function jsonBody(body: object): Body {
  return { type: 'application/json', text: JSON.stringify(body) };
}

export function htmlBody(inner: string): Body {
  return { type: 'text/html; charset=UTF-8', text: `<html>${inner}</html>` };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};
