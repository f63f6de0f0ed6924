import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { fullDisk } from '../store/dataProblem.ts';
import { Damaged } from '../store/integrity.ts';
import { type Api, type FindApi, renderError } from './api.ts';
import { ApiError, methodNotAllowed, notFound } from './apiError.ts';
import { continueWhenRead, createTurns, isAwaited } from './connections.ts';
import type { Log } from './log.ts';
import { createRouter } from './router.ts';
import type { Reply, Request, Routes } from './routes.ts';
import { TitleCasedResponse } from './titleCase.ts';

export interface Http {
  readonly app: FastifyInstance;
  readonly routes: Routes;
}

export interface MetFault {
  readonly id: string;
  /** Does it to the request and its answer, before the request is served. */
  apply(request: Request, reply: Reply): Promise<void>;
}

export interface HttpOptions {
  readonly version: string;
  /** True where a Host header names this emulator. */
  isOurHost(host: string): boolean;
  readonly findApi: FindApi;
  /** `WWW-Authenticate` of a 401 that names none of its own; `host`: as the client calls the emulator. */
  challenge(host: string): string;
  /** The injected fault that a request meets. */
  meetFault(request: Request): MetFault | undefined;
  /** Answers a person who opens an address that no API has in a browser; undefined where it is no such request. */
  welcome(request: Request, reply: Reply): Reply | undefined;
  /** A request has been answered, or its client has gone. `fault`: the id of the fault that it met. */
  ended(request: Request, reply: Reply, fault: string | undefined): void;
  readonly log: Log;
}

export function createHttp(options: HttpOptions): Http {
  // Long, since its parts share state that nothing else may reach.
  const { findApi } = options;
  const requestId = createRequestIds();
  const app = fastify({
    exposeHeadRoutes: false,
    http: { ServerResponse: TitleCasedResponse },
    routerOptions: { querystringParser: () => ({}) }, // handlers read the query themselves
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => {
      const path = url.startsWith('/') ? url : url.replace(authority, '');
      return findApi(path)?.rewrite?.(path) ?? path;
    },
    requestTimeout: 0, // an upload may take hours; slow headers are cut by Node, stalled bodies by the upload
    genReqId: ({ url = '' }) => findApi(url)?.requestIds?.create() ?? requestId(),
    // No route has a schema of Fastify's, and what compiles them takes long to load.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error, request, reply) => answerError(options, error, request, reply),
  });
  // Handlers read bodies themselves: streams, JSON with any property name, of any type; and limits differ by route.
  for (const method of [...app.supportedMethods, 'COPY'])
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  continueWhenRead(app.server);
  const turns = createTurns();
  const begin = (request: Request, reply: Reply, done: (error?: Error) => void): void => {
    reply.header('x-openstack-request-id', request.id);
    const api = findApi(request.url);
    const { requestIds, emptyType, headers } = api ?? {};
    if (requestIds) reply.header(requestIds.header, request.id);
    if (emptyType) reply.header('content-type', emptyType);
    if (headers) reply.headers(headers);
    reply.header('x-cloud-images-emulator', options.version);
    const foreign = refuseForeign(options, request);
    const fault = foreign ? undefined : options.meetFault(request);
    const { socket } = request.raw;
    // Not the hook onResponse, which does not run where the client went away.
    reply.raw.on('close', () => {
      options.ended(request, reply, fault?.id);
      turns.end(socket);
    });
    if (fault) fault.apply(request, reply).then(() => done(), done);
    else done(foreign ?? refuseAdmission(api, request));
  };
  app.addHook('onRequest', (request, reply, done) =>
    turns.take(request.raw.socket, () => begin(request, reply, done)),
  );
  app.addHook('onSend', (request, reply, payload, done) => {
    const api = findApi(request.url);
    if (api?.plainJson && reply.getHeader('content-type') === fastifyJson)
      reply.header('content-type', 'application/json');
    if (request.headers.origin !== undefined) api?.describeToPage?.(request, reply);
    done(null, payload);
  });
  app.setErrorHandler((error, request, reply) => answerError(options, error, request, reply));
  const router = createRouter();
  const requireMethod = (request: Request) => {
    const methods = findApi(request.url)?.hidesMethods ? undefined : router.findMethods(request.url);
    if (!methods || methods.has(request.method)) return;
    findApi(request.url)?.beforeUnknown?.(request);
    throw methodNotAllowed([...methods].join(', '));
  };
  const refuseUnknown = (request: Request, reply: Reply) => {
    const page = options.welcome(request, reply);
    if (page) return page;
    requireMethod(request);
    findApi(request.url)?.beforeUnknown?.(request);
    throw notFound();
  };
  app.setNotFoundHandler(refuseUnknown);
  app.route({
    method: app.supportedMethods,
    url: '/*',
    handler: (request, reply) => {
      const found = router.find(request.method, request.url);
      if (!found) return refuseUnknown(request, reply);
      request.params = found.params;
      const answer = found.handler(request, reply);
      return answer === reply ? undefined : Promise.resolve(answer);
    },
  });
  return { app, routes: { on: router.add, requireMethod } };
}

/** What Fastify calls JSON, whatever the handler has called it. */
const fastifyJson = 'application/json; charset=utf-8';

/** The host of a request line that names a whole URL, which counts before its Host header. */
const authority = /^https?:\/\/([^/?#]*)/i;

function noSchemas(): never {
  throw new Error('A route has a schema.');
}

/** UUIDs that count up from a random one, since they need only differ. */
function createRequestIds(): () => string {
  const start = randomUUID().slice(0, -12);
  let count = 0;
  return () => {
    count += 1;
    return `req-${start}${count.toString(16).padStart(12, '0')}`;
  };
}

/** Pages of the web may not talk to the emulator, not even under a name that they made lead here. */
function refuseForeign(options: HttpOptions, request: Request): ApiError | undefined {
  const { host, origin } = request.headers;
  if (countHosts(request.raw.rawHeaders) > 1)
    return new ApiError('request/form', 'The request has more than one Host header.');
  if (origin !== undefined && !options.findApi(request.url)?.allowsOrigin?.(request, origin))
    return new ApiError(
      'request/host',
      'The emulator refuses requests of web pages, which an Origin header shows.',
    );
  const [, named] = request.originalUrl.startsWith('/') ? [] : (authority.exec(request.originalUrl) ?? []);
  if (!options.isOurHost(host ?? '') || (named !== undefined && !options.isOurHost(named)))
    return new ApiError(
      'request/host',
      'The Host header names another host. Allow its name with --allow-host.',
    );
  return undefined;
}

/** Node keeps the first Host header alone. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

function refuseAdmission(api: Api | undefined, request: Request): ApiError | undefined {
  try {
    api?.admit?.(request);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function answerError(options: HttpOptions, error: unknown, request: Request, reply: Reply): Reply {
  const refusal = readError(options, error, request);
  const [path = ''] = request.url.split('?', 1);
  reply.code(refusal.status).headers({ 'x-cloud-images-rule': refusal.rule, ...refusal.headers });
  if (refusal.status === 401 && !refusal.headers['www-authenticate'])
    reply.header('www-authenticate', options.challenge(request.headers.host ?? ''));
  if (!request.raw.complete && !isAwaited(request.raw, reply.raw)) readOn(request);
  const { accept } = request.headers;
  const body = renderError(
    options.findApi(path),
    path,
    accept,
    refusal.status,
    refusal.message,
    refusal.rule,
  );
  return request.method === 'HEAD' ? reply.type(body.type).send() : reply.type(body.type).send(body.text);
}

/** Clients that are still sending see the answer only when their body is taken; a gigabyte of it, and no more. */
function readOn({ raw }: Request): void {
  let left = 2 ** 30;
  raw
    .on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) raw.destroy();
    })
    .resume();
}

function readError({ log, findApi }: HttpOptions, error: unknown, request: Request): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Damaged)
    // logged where it was found, with whose it is
    return new ApiError('emulator/damaged', `${error.message} Upload the same bytes again to replace them.`);
  const isUnreadable = error instanceof Error && 'code' in error && error.code === 'FST_ERR_BAD_URL';
  const unreadable = isUnreadable ? findApi(request.url)?.unreadablePath?.() : undefined;
  if (unreadable) return unreadable;
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500)
    return new ApiError('request/form', error instanceof Error ? error.message : '', { status });
  log.error(`${request.method} ${request.url} failed`, error);
  const full = fullDisk(error);
  if (full) return new ApiError('emulator/disk-full', full);
  return new ApiError('emulator/failed', 'The emulator failed to answer. Its log says why.');
}
