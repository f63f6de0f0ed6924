import type { Json } from '../../rules/json.ts';
import { type Authentication, authenticate, type Credentials, listSecrets } from './authentication.ts';
import { idlePatience, readJson } from './bodies.ts';
import { readError } from './errorAnswer.ts';
import { NotOffered, unreachable } from './errors.ts';
import { type Recognition, recognizeCloud } from './recognition.ts';

export interface CloudRequest {
  readonly method?: string;
  /** Sent as JSON, unless `media` says another media type that is JSON too. */
  readonly json?: Json;
  readonly media?: string;
  /** Called once for every try, since a stream can be read only once. */
  readonly body?: () => ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** The answer is a stream, which may take as long as it likes; `unlessIdle` watches it. */
  readonly streams?: boolean;
}

/** Requests in a user's name. The token is renewed when it has expired. */
export interface Session {
  readonly user: Authentication['user'];
  readonly account: Authentication['account'];
  readonly roles: readonly string[];
  /** What the cloud is by its own words. */
  readonly recognized: Recognition;
  /** True where our emulator answered. */
  readonly isEmulator: boolean;
  /** Regions of the catalogue that serve images. */
  readonly regions: readonly string[];
  /** The public address of a service in a region, without a trailing slash. Throws NotOffered where there is none. */
  endpoint(service: string, region: string): string;
  /** Tells whether the catalogue has the service in a region. */
  offers(service: string, region: string): boolean;
  /** The answer, of a status below 400 or of one in `expected`. Throws CloudError. */
  send(url: string, request?: CloudRequest, expected?: readonly number[]): Promise<Response>;
  json(url: string, request?: CloudRequest): Promise<Json>;
  /** The requests that are not answered yet, as `METHOD path`. */
  underWay(): readonly string[];
}

/** Signs in at Keystone. `interrupt` ends what only reads; a change that is sent is answered. Throws CloudError. */
export async function openSession(
  credentials: Credentials,
  interrupt?: AbortSignal,
  fetchBy: typeof fetch = fetch,
): Promise<Session> {
  let current = await authenticate(credentials, { signal: interrupt, send: fetchBy });
  /** Of which an answer may speak. */
  const tokens = new Set([current.token]);
  const underWay = new Set<string>();
  let renewal: Promise<Authentication> | undefined;

  const send: Session['send'] = async (url, request = {}, expected = []) => {
    const { method = 'GET' } = request;
    const call = `${method} ${new URL(url).pathname}`;
    underWay.add(call);
    try {
      return await answered(
        url,
        method === 'GET' || method === 'HEAD' ? readOnly(request) : request,
        expected,
      );
    } finally {
      underWay.delete(call);
    }
  };

  function readOnly(request: CloudRequest): CloudRequest {
    const signals = [request.signal, interrupt].filter((signal) => signal !== undefined);
    return { ...request, signal: AbortSignal.any(signals) };
  }

  async function answered(
    url: string,
    request: CloudRequest,
    expected: readonly number[],
  ): Promise<Response> {
    const used = current.token;
    const first = await once(url, request, used, fetchBy);
    if (first.status !== 401) return accept(url, request, first, expected);
    await first.body?.cancel();
    await renew(used);
    return accept(url, request, await once(url, request, current.token, fetchBy), expected);
  }

  async function accept(
    url: string,
    { method = 'GET' }: CloudRequest,
    answer: Response,
    expected: readonly number[],
  ): Promise<Response> {
    if (answer.status < 400 || expected.includes(answer.status)) return answer;
    throw await readError({ method, url }, answer, [...listSecrets(credentials), ...tokens]);
  }

  /** Several requests may find the token expired at once; one of them renews it. */
  async function renew(used: string): Promise<void> {
    if (current.token !== used) return;
    renewal ??= authenticate(credentials, { send: fetchBy }).finally(() => {
      renewal = undefined;
    });
    current = await renewal;
    tokens.add(current.token);
  }

  return {
    user: current.user,
    account: current.account,
    roles: current.roles,
    recognized: recognizeCloud(current),
    isEmulator: current.isEmulator,
    regions: regionsOf(current),
    endpoint: (service, region) => endpointOf(current, service, region),
    offers: (service, region) => findEntry(current, service, region) !== undefined,
    underWay: () => [...underWay],
    send,
    json: async (url, request) =>
      readJson({ method: request?.method ?? 'GET', url }, await send(url, request)),
  };
}

async function once(
  url: string,
  request: CloudRequest,
  token: string,
  fetchBy: typeof fetch,
): Promise<Response> {
  const { method = 'GET', json, media = 'application/json', body, headers } = request;
  const idle = new AbortController();
  // What was uploaded may be hashed or converted before there is an answer.
  const patience = body ? 10 * idlePatience : idlePatience;
  const silence = new Error(`it was silent for ${patience / 1000} seconds`);
  const wait = (): NodeJS.Timeout => setTimeout(() => idle.abort(silence), patience).unref();
  let timer = wait();
  /** Content that the cloud takes shows that it is there. */
  const taken = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      clearTimeout(timer);
      timer = wait();
      controller.enqueue(piece);
    },
  });
  const signals = [
    request.signal,
    idle.signal,
    body || request.streams ? undefined : AbortSignal.timeout(idlePatience),
  ];
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
  if (body) Object.assign(init, { body: body().pipeThrough(taken), duplex: 'half' });
  try {
    return await fetchBy(url, init);
  } catch (error) {
    request.signal?.throwIfAborted();
    throw unreachable({ method, url }, error);
  } finally {
    clearTimeout(timer);
  }
}

function regionsOf({ catalogue }: Authentication): string[] {
  const images = catalogue.filter(({ service }) => service === 'image');
  return [...new Set(images.map(({ region }) => region))].sort();
}

function findEntry(
  { catalogue }: Authentication,
  service: string,
  region: string,
): Authentication['catalogue'][number] | undefined {
  return catalogue.find(
    (entry) => entry.service === service && entry.region.toLowerCase() === region.toLowerCase(),
  );
}

function endpointOf(authentication: Authentication, service: string, region: string): string {
  const found = findEntry(authentication, service, region);
  if (found) return found.url.replace(/\/+$/, '');
  const regions = regionsOf(authentication).join(', ');
  const offered = regions === '' ? 'It offers images nowhere.' : `It offers images in: ${regions}.`;
  throw new NotOffered(`The cloud offers no service '${service}' in region ${region}. ${offered}`);
}
