import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { applyFault, type InjectedFaults } from '../control/faults.ts';
import { Damaged } from '../store/integrity.ts';
import { ApiError, errorBody, fullDisk } from './apiError.ts';
import { continueWhenRead, createTurns, isAwaited } from './connections.ts';
import type { Log } from './log.ts';
import { createPaths } from './paths.ts';

export type Request = FastifyRequest;
export type Reply = FastifyReply;
export type Handler = (request: Request, reply: Reply) => unknown;
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'COPY';

/** Where services put their routes. A path's other methods answer 405 with `Allow`. */
export interface Routes {
  on(method: Method, path: string, handler: Handler): void;
  /** For a route that stands for every other path. Throws 405 where the path is one that is served by other methods. */
  requireMethod(request: Request): void;
}

export interface Http {
  readonly app: FastifyInstance;
  readonly routes: Routes;
}

export interface HttpOptions {
  readonly version: string;
  /** Whether a Host header names this emulator. */
  isOurHost(host: string): boolean;
  /** Throws the ApiError of a service that asks for a token before it looks whether a path exists. */
  beforeUnknown(request: Request): void;
  /** The path and query under which a request is served. */
  rewrite(url: string): string;
  readonly faults: InjectedFaults;
  /** A request has been answered, or its client has gone. `fault`: the id of the trouble that it met. */
  ended(request: Request, reply: Reply, fault: string | undefined): void;
  readonly log: Log;
}

export function createHttp(options: HttpOptions): Http {
  const requestId = createRequestIds();
  const app = fastify({
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: false },
    forceCloseConnections: true,
    rewriteUrl: ({ url = '/' }) => options.rewrite(url.replace(authority, '')),
    requestTimeout: 0, // an upload may take hours; slow headers are cut by Node, stalled bodies by the upload
    genReqId: ({ url }) => (isFiles(url) ? transactionId() : requestId()),
    // No route has a schema of Fastify's, and what compiles them takes long to load.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error, request, reply) => answerError(options, error, request, reply),
  });
  // Handlers read bodies themselves: streams, JSON with any property name, of any type; and limits differ by route.
  for (const method of [...app.supportedMethods, 'COPY'])
    app.addHttpMethod(method, { hasBody: false, overrideExisting: true });
  continueWhenRead(app.server);
  const takeTurn = createTurns();
  app.addHook('onRequest', (request, reply, done) => takeTurn(request.raw, reply.raw, done));
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-openstack-request-id', request.id);
    if (isFiles(request.url)) reply.header('x-trans-id', request.id);
    reply.header('x-cloud-images-emulator', options.version);
    const foreign = refuseForeign(options, request);
    const fault = foreign ? undefined : options.faults.meet(request);
    // Not the hook onResponse, which does not run where the client went away.
    reply.raw.on('close', () => options.ended(request, reply, fault?.id));
    if (fault) applyFault(fault, request, reply).then(() => done(), done);
    else done(foreign);
  });
  app.setErrorHandler((error, request, reply) => answerError(options, error, request, reply));
  app.setNotFoundHandler((request) => {
    requireMethod(request);
    options.beforeUnknown(request);
    throw new ApiError(404, 'The resource could not be found.');
  });

  const paths = createPaths();
  const requireMethod = (request: Request) => {
    const methods = paths.methodsOf(request.url);
    if (!methods || methods.has(request.method)) return;
    options.beforeUnknown(request);
    const headers = { allow: [...methods].join(', ') };
    throw new ApiError(405, 'The method is not allowed for this resource.', { headers });
  };
  return {
    app,
    routes: {
      on: (method, path, handler) => {
        app.route({
          method,
          url: path,
          handler: (request, reply) => {
            const answer = handler(request, reply);
            return answer === reply ? undefined : Promise.resolve(answer);
          },
        });
        paths.add(path, method);
      },
      requireMethod,
    },
  };
}

/** Of a request line that names a whole URL, which counts before its Host header. */
const authority = /^https?:\/\/([^/?#]*)/i;

function noSchemas(): never {
  throw new Error('A route has a schema.');
}

/** Whether Swift answers; it names requests in its own way, and in a header of its own too (SOURCES: glance §12). */
function isFiles(url: string | undefined): boolean {
  return /^(\/[^/]+\/object-store|\/info)\b/.test(url ?? '');
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

function transactionId(): string {
  const time = Math.floor(Date.now() / 1000).toString(16);
  return `tx${randomUUID().replaceAll('-', '').slice(0, 21)}-${time.padStart(10, '0')}`;
}

/** Pages of the web may not talk to the emulator, not even under a name that they made lead here. */
function refuseForeign(options: HttpOptions, request: Request): ApiError | undefined {
  const { host, origin } = request.headers;
  const hosts = request.raw.rawHeaders.filter(
    (text, at) => at % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host',
  );
  if (hosts.length > 1) return new ApiError(400, 'The request has more than one Host header.');
  if (origin !== undefined) return new ApiError(403, 'Requests of web pages are refused.');
  const [, named] = authority.exec(request.originalUrl) ?? [];
  if (!options.isOurHost(host ?? '') || (named !== undefined && !options.isOurHost(named)))
    return new ApiError(403, 'The Host header names another host. Allow its name with --allow-host.');
  return undefined;
}

function answerError(options: HttpOptions, error: unknown, request: Request, reply: Reply): Reply {
  const fault = readError(options, error, request);
  const [path = ''] = request.url.split('?', 1);
  reply.code(fault.status).headers(fault.headers);
  if (fault.rule) reply.header('x-cloud-images-rule', fault.rule);
  if (fault.status === 401 && !fault.headers['www-authenticate'])
    reply.header('www-authenticate', `Keystone uri="http://${request.headers.host ?? ''}/identity/v3"`);
  if (!request.raw.complete && !isAwaited(request.raw, reply.raw)) readOn(request);
  const body = errorBody(path, request.headers.accept, fault.status, fault.message);
  return request.method === 'HEAD' ? reply.send() : reply.type(body.type).send(body.text);
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

function readError({ log }: HttpOptions, error: unknown, request: Request): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Damaged)
    // logged where it was found, with whose it is
    return new ApiError(500, `${error.message} Upload the same bytes again to replace them.`);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return new ApiError(status, error instanceof Error ? error.message : '');
  log.error(`${request.method} ${request.url} failed`, error);
  const full = fullDisk(error);
  if (full) return new ApiError(507, full);
  return new ApiError(500, 'The emulator failed to answer; its log says why.');
}
