import { AsyncLocalStorage } from 'node:async_hooks';
import type { Json } from '../../rules/json.ts';
import { readStart } from '../session/bodies.ts';
import { removeSecrets } from '../session/secrets.ts';
import { withoutSecrets, withoutSignature } from './withoutSecrets.ts';

/** A request and its answer, as far as they may be kept: no token, no password, no signature. */
export interface Exchange {
  readonly id: string;
  /** The cloud's `req-UUID` where it told one. */
  readonly requestId?: string;
  readonly origin?: Origin;
  /** Milliseconds of the wall clock. */
  readonly time: number;
  readonly method: string;
  readonly url: string;
  /** 0: no answer came. */
  readonly status: number;
  readonly milliseconds: number;
  /** That refused; only the emulator says it. */
  readonly rule?: string;
  /** The media type of what was sent. */
  readonly media?: string;
  /** The other headers that it was sent with, by their names in small letters. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly sent?: Body;
  readonly received?: Body;
  /** What it was made for. */
  readonly cause?: Cause;
}

/** The cloud that was asked, and how the command line finds it. */
export interface Origin {
  readonly key: string;
  /** Of clouds.yaml. */
  readonly cloud?: string;
  readonly region?: string;
}

/** JSON or text; else why there is none. */
export type Body = { readonly text: string } | { readonly absent: string };

/** The document of a manifest that a run made a request for. */
export interface Cause {
  /** Absolute. */
  readonly file: string;
  /** From 0. */
  readonly index: number;
}

/** The last exchanges of the sessions that ask through it. Nothing is kept before `record`. */
export interface ExchangeLog {
  /** A `fetch` that notes what goes through it, while it is recorded. */
  observe(send: typeof fetch, describeOrigin?: () => Origin): typeof fetch;
  record(): void;
  /** Oldest first. */
  entries(): readonly Exchange[];
  clear(): void;
  onDidChange(listener: () => void): { dispose(): void };
  /** Does work whose requests are made for a document. */
  causedBy<T>(cause: Cause | undefined, work: () => Promise<T>): Promise<T>;
}

/** How much is kept. */
const exchangeBounds = { count: 300, bytes: 4 * 2 ** 20 } as const;

/** Bytes of a body that are read; a longer one is left out, since what is cut cannot be searched for secrets. */
const maximumBody = 64 * 1024;

const unkept: Body = { absent: 'content, which is not kept' };

/** Long, since what it keeps and who is told of it stand together. */
export function openExchangeLog(
  bounds: { readonly count: number; readonly bytes: number } = exchangeBounds,
): ExchangeLog {
  const causes = new AsyncLocalStorage<Cause>();
  const listeners = new Set<() => void>();
  let kept: Exchange[] = [];
  let bytes = 0;
  let isRecording = false;
  let made = 0;

  const keep = (exchange: Exchange): void => {
    kept.push(exchange);
    bytes += sizeOf(exchange);
    while (kept.length > bounds.count || (bytes > bounds.bytes && kept.length > 1)) {
      const [oldest] = kept.splice(0, 1);
      if (oldest) bytes -= sizeOf(oldest);
    }
    for (const listener of listeners) listener();
  };

  const observe: ExchangeLog['observe'] = (send, describeOrigin) => async (input, init) => {
    if (!isRecording) return send(input, init);
    const began = performance.now();
    made++;
    const request = describeRequest(input, init, `own-${made}`, causes.getStore());
    const origin = describeOrigin?.();
    const end = (answer: Partial<Exchange>): void =>
      keep({
        ...request,
        ...(origin ? { origin } : {}),
        status: 0,
        milliseconds: Math.round(performance.now() - began),
        ...answer,
      });
    try {
      const answer = await send(input, init);
      const milliseconds = Math.round(performance.now() - began);
      const secrets = listSecrets(init);
      void readAnswer(answer, isSignIn(request.url), secrets).then((received) =>
        end({ ...describeAnswer(answer), milliseconds, received }),
      );
      return answer;
    } catch (error) {
      end({ received: { absent: error instanceof Error ? error.message : String(error) } });
      throw error;
    }
  };

  return {
    observe,
    record: () => {
      isRecording = true;
    },
    entries: () => kept,
    clear: () => {
      kept = [];
      bytes = 0;
      for (const listener of listeners) listener();
    },
    onDidChange: (listener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    causedBy: (cause, work) => (cause ? causes.run(cause, work) : work()),
  };
}

function sizeOf({ url, headers, sent, received }: Exchange): number {
  const length = (body: Body | undefined): number => (body && 'text' in body ? body.text.length : 0);
  const text = headers ? JSON.stringify(headers) : '';
  return 2 * (url.length + text.length + length(sent) + length(received)) + 200;
}

function describeRequest(
  input: Parameters<typeof fetch>[0],
  { method = 'GET', body, headers }: RequestInit = {},
  id: string,
  cause: Cause | undefined,
): Omit<Exchange, 'status' | 'milliseconds'> {
  const url = withoutSignature(input instanceof Request ? input.url : String(input));
  const media = new Headers(headers).get('content-type') ?? undefined;
  return {
    id,
    time: Date.now(),
    method,
    url,
    ...(media === undefined ? {} : { media }),
    ...describeHeaders(headers),
    ...(body === undefined || body === null ? {} : { sent: describeSent(body, url) }),
    ...(cause ? { cause } : {}),
  };
}

/** Those that each request has, or that sign in. */
const usualHeaders = /^(?:accept|content-(?:type|length)|x-auth-token|authorization|cookie)$/;

function describeHeaders(headers: RequestInit['headers']): Pick<Exchange, 'headers'> {
  const own = [...new Headers(headers)].filter(([name]) => !usualHeaders.test(name));
  if (own.length === 0) return {};
  return { headers: withoutSecrets(Object.fromEntries(own)) as Record<string, string> };
}

function describeSent(body: NonNullable<RequestInit['body']>, url: string): Body {
  if (isSignIn(url)) return { absent: 'left out: it holds the password' };
  if (typeof body !== 'string') return unkept;
  if (body.length > maximumBody) return { absent: `${body.length} characters, which are not kept` };
  return cleanText(body, []);
}

function describeAnswer({ status, headers }: Response): Partial<Exchange> {
  const [requestId, rule] = [headers.get('x-openstack-request-id'), headers.get('x-cloud-images-rule')];
  return { status, ...(requestId === null ? {} : { requestId }), ...(rule === null ? {} : { rule }) };
}

/** Reads a copy of what is text; who asked reads the answer as if nobody else did. */
async function readAnswer(answer: Response, signsIn: boolean, secrets: readonly string[]): Promise<Body> {
  if (signsIn) return { absent: 'left out: it holds the token' };
  const media = answer.headers.get('content-type') ?? '';
  const length = Number(answer.headers.get('content-length') ?? 0);
  if (!answer.body) return { absent: 'nothing' };
  // A text that is no refusal lies in Cloud Files.
  if (!(/json/.test(media) || (answer.status >= 400 && /^text\//.test(media)))) return unkept;
  if (length > maximumBody) return { absent: `${length} bytes, which are not kept` };
  try {
    const { text, whole } = await readStart(answer.clone(), maximumBody);
    return whole
      ? cleanText(text, secrets)
      : { absent: `more than ${maximumBody} bytes, which are not kept` };
  } catch (error) {
    return { absent: error instanceof Error ? error.message : String(error) };
  }
}

function cleanText(text: string, secrets: readonly string[]): Body {
  const rest = removeSecrets(text, secrets);
  try {
    return { text: JSON.stringify(withoutSecrets(JSON.parse(rest) as Json), null, 2) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { text: rest.slice(0, 4000) };
  }
}

/** A cloud may say back what it was sent. */
function listSecrets({ headers }: RequestInit = {}): string[] {
  const token = new Headers(headers).get('x-auth-token');
  return token === null ? [] : [token];
}

function isSignIn(url: string): boolean {
  return (
    /\/tokens(?:$|[/?])/.test(url) ||
    /\/(?:ec2tokens|credentials|application_credentials)(?:$|[/?])/i.test(url)
  );
}
