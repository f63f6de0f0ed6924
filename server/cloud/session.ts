import type { Json } from '../rules/types.ts';
import { type Authentication, authenticate, type Credentials } from './authentication.ts';
import { CloudError, errorOf, unreachable } from './errors.ts';

export interface CloudRequest {
  readonly method?: string;
  /** Sent as JSON, unless `media` says another media type that is JSON too. */
  readonly json?: Json;
  readonly media?: string;
  /** Called once for every try, since a stream can be read only once. */
  readonly body?: () => ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Requests in a user's name. The token is renewed when it has expired. */
export interface Session {
  readonly user: Authentication['user'];
  readonly account: Authentication['account'];
  readonly roles: readonly string[];
  /** Regions of the catalogue that serve images. */
  readonly regions: readonly string[];
  /** The public address of a service in a region, without a trailing slash. Throws CloudError where there is none. */
  endpoint(service: string, region: string): string;
  /** The answer, of a status below 400 or of one in `expected`. Throws CloudError. */
  send(url: string, request?: CloudRequest, expected?: readonly number[]): Promise<Response>;
  json(url: string, request?: CloudRequest): Promise<Json>;
}

/** Milliseconds that a request without a stream may take. */
const patience = 60_000;

/** Signs in at Keystone. Throws CloudError. */
export async function openSession(credentials: Credentials): Promise<Session> {
  let current = await authenticate(credentials);
  let renewal: Promise<Authentication> | undefined;

  const send: Session['send'] = async (url, request = {}, expected = []) => {
    const used = current.token;
    const first = await once(url, request, used);
    if (first.status !== 401) return accept(url, request, first, expected);
    await first.body?.cancel();
    await renew(used);
    return accept(url, request, await once(url, request, current.token), expected);
  };

  /** Several requests may find the token expired at once; one of them renews it. */
  async function renew(used: string): Promise<void> {
    if (current.token !== used) return;
    renewal ??= authenticate(credentials).finally(() => {
      renewal = undefined;
    });
    current = await renewal;
  }

  return {
    user: current.user,
    account: current.account,
    roles: current.roles,
    regions: regionsOf(current),
    endpoint: (service, region) => endpointOf(current, service, region),
    send,
    json: async (url, request) => (await (await send(url, request)).json()) as Json,
  };
}

async function once(url: string, request: CloudRequest, token: string): Promise<Response> {
  const { method = 'GET', json, media = 'application/json', body, headers } = request;
  const signals = [request.signal, body ? undefined : AbortSignal.timeout(patience)];
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers: {
      accept: 'application/json',
      'x-auth-token': token,
      ...(json === undefined ? {} : { 'content-type': media }),
      ...headers,
    },
    signal: AbortSignal.any(signals.filter((signal) => signal !== undefined)),
    redirect: 'error',
  };
  if (json !== undefined) init.body = JSON.stringify(json);
  if (body) Object.assign(init, { body: body(), duplex: 'half' });
  try {
    return await fetch(url, init);
  } catch (error) {
    request.signal?.throwIfAborted();
    throw unreachable({ method, url }, error);
  }
}

async function accept(
  url: string,
  { method = 'GET' }: CloudRequest,
  answer: Response,
  expected: readonly number[],
): Promise<Response> {
  if (answer.status < 400 || expected.includes(answer.status)) return answer;
  throw await errorOf({ method, url }, answer);
}

function regionsOf({ catalogue }: Authentication): string[] {
  const images = catalogue.filter(({ service }) => service === 'image');
  return [...new Set(images.map(({ region }) => region))].sort();
}

function endpointOf({ catalogue }: Authentication, service: string, region: string): string {
  const found = catalogue.find(
    (entry) => entry.service === service && entry.region.toLowerCase() === region.toLowerCase(),
  );
  if (found) return found.url.replace(/\/+$/, '');
  const text = `The cloud offers no service '${service}' in region ${region}.`;
  throw new CloudError({ method: 'GET', url: '' }, { status: 0, text });
}
