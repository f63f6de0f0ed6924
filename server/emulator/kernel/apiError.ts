import type { RefusalId } from '../../rules/ids.ts';
import { type ServiceRefusalId, serviceRefusals } from '../../rules/serviceRefusals.ts';

interface Details {
  /** Where it is not the one that the id usually has. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that refuses a request, with the id of what it breaks. It leaves as the error body of the API that was asked. */
export class ApiError extends Error {
  readonly status: number;
  /** One of `serviceRefusals`, or the id of a rule. */
  readonly rule: RefusalId;
  readonly headers: Readonly<Record<string, string>>;

  constructor(id: ServiceRefusalId, text: string, details?: Details);
  constructor(rule: RefusalId, text: string, details: Details & { readonly status: number });
  constructor(rule: RefusalId, text: string, { status, headers = {} }: Details = {}) {
    super(text);
    this.rule = rule;
    this.status = status ?? (isServiceRefusal(rule) ? serviceRefusals[rule].status : 400);
    this.headers = headers;
  }
}

/** What OpenStack's services say where they say no more. */
export const couldNotComply =
  'The server could not comply with the request since it is either malformed or otherwise incorrect.';

/** What they say of a status where they say no more. */
export const statusTexts = {
  400: couldNotComply,
  401: 'This server could not verify that you are authorized to access the document you requested.',
  404: 'The resource could not be found.',
  405: 'The method is not allowed for this resource.',
} as const;

/** There is no such path, or nothing under that name: `id` says of what. */
export function notFound(id: ServiceRefusalId = 'request/not-found'): ApiError {
  return new ApiError(id, statusTexts[404]);
}

/** The path is served by other methods, those of `allow`. */
export function methodNotAllowed(allow: string): ApiError {
  return new ApiError('request/method', statusTexts[405], {
    headers: { allow },
  });
}

/** The client went away, or sent less than it announced. */
export function bodyCutShort(): ApiError {
  return new ApiError('request/body', 'The request body was cut short.');
}

function isServiceRefusal(rule: RefusalId): rule is ServiceRefusalId {
  return Object.hasOwn(serviceRefusals, rule);
}

interface Refused {
  readonly rule: RefusalId;
  readonly status: number;
  readonly text: string;
}

/** Turns a rule's refusal into an answer. */
export function toApiError({ rule, status, text }: Refused): ApiError {
  return new ApiError(rule, text, { status });
}

/** Asks for another account's content, or without a token or signature that opens it, in Swift's words. */
export function notVerified(id: ServiceRefusalId): ApiError {
  return new ApiError(id, statusTexts[401]);
}
