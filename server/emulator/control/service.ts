import { timingSafeEqual } from 'node:crypto';
import { isObject } from '../../rules/json.ts';
import { type FindApi, jsonBody } from '../kernel/api.ts';
import { ApiError, methodNotAllowed } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import type { MetFault } from '../kernel/http.ts';
import { formatRegion } from '../kernel/regions.ts';
import { readParam, readQuery, readWholeNumber } from '../kernel/request.ts';
import type { Reply, Request, Routes } from '../kernel/routes.ts';
import { plantSeed } from '../seed/plant.ts';
import { parseSeed, readSeed } from '../seed/seed.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { OnControl, Service } from '../services/service.ts';
import { accountRoutes } from './accounts.ts';
import { clockRoutes, expire } from './clock.ts';
import { streamEvents } from './eventStream.ts';
import { createInjectedFaults, faultRoutes } from './faults.ts';
import { oneOf, readFields } from './fields.ts';
import type { Leases } from './leases.ts';
import { wantsPage } from './pages/html.ts';
import { answerForm, isForm, sendTokenForm } from './pages/requests.ts';
import { answerWelcome } from './pages/welcome.ts';
import { createRequestLog, keptRequests, type RequestLog } from './requestLog.ts';
import { snapshotRoutes } from './snapshots.ts';
import { clear, createState, type State } from './state.ts';
import { createUsage, usageRoutes } from './usage.ts';

/** The process, as the control service sees it. */
export interface Host {
  readonly version: string;
  /** Lets in whoever can read the lock file. */
  readonly token: string;
  readonly data: string;
  /** All services, this one among them. */
  readonly services: readonly Service[];
  readonly findApi: FindApi;
  readonly leases: Leases;
  /** Fires when the emulator stops. */
  readonly stopping: AbortSignal;
  url(): string;
  stop(): void;
}

export interface Control {
  readonly service: Service;
  /** Removes what has expired, and makes durable what was counted. */
  tidy(): Promise<void>;
  meetFault(request: Request): MetFault | undefined;
  /** Answers who opens the emulator's address in a browser; undefined: nobody does. */
  welcome(request: Request, reply: Reply): Reply | undefined;
  /** Notes a request that has been answered. */
  ended(request: Request, reply: Reply, fault: string | undefined): void;
  /** Waits for the event streams, which end with the emulator and are not cut. */
  endStreams(): Promise<void>;
  /** Waits for what was begun: whoever asked for it may be gone. */
  settled(): Promise<void>;
}

/** The control service's part of the store. */
export const controlRecords: Service = {
  name: 'control',
  eventKinds: ['reset'],
  contentColumns: [
    {
      table: 'snapshot_blobs',
      column: 'blob',
      label: {
        sql: "'snapshot ' || name",
        from: 'snapshot_blobs JOIN snapshots ON number = snapshot',
      },
    },
  ],
  countedTables: ['jobs'],
};

/** The service that controls the emulator itself. All but `health` and `info` ask for the token of the lock file. */
export function createControl(host: Host, context: EmulatorContext): Control {
  const { findApi, services, token } = host;
  const requests = createRequestLog(findApi);
  const faults = createInjectedFaults();
  const usage = createUsage(context, services, findApi);
  const state = createState(context, services, host.stopping);
  const expiries = services.flatMap((service) => service.expiries ?? []);
  const streams = new Set<Promise<void>>();
  const addRoutes = (routes: Routes) => {
    const on: OnControl = (method, path, handler) =>
      routes.on(method, `/emulator${path}`, (request, reply) => {
        requireControl(request, token);
        return handler(request, reply);
      });
    aboutRoutes(routes, on, context, host);
    on('GET', '/events', (request, reply) => answerEvents(context, host, streams, request, reply));
    requestRoutes(routes, requests, token);
    resetRoute(on, context, services, state);
    clockRoutes(on, context, expiries);
    faultRoutes(on, faults);
    accountRoutes(on, context, services, state);
    snapshotRoutes(on, context, services, state);
    usageRoutes(on, context, usage);
    for (const service of services) service.controlRoutes?.(on, context);
  };
  return {
    service: {
      ...controlRecords,
      api: () => ({
        prefixes: ['/emulator'],
        errorBody: ({ status, title, text }) => jsonBody({ error: { code: status, title, message: text } }),
        beforeUnknown: (request) => requireControl(request, token),
        // The form of the page of requests brings the token itself, and is sent from that page alone.
        allowsOrigin: (request, origin) =>
          isForm(request) &&
          request.url === '/emulator/requests' &&
          origin === `http://${request.headers.host}`,
      }),
      routes: addRoutes,
    },
    tidy: async () => {
      await expire(context, expiries);
      await usage.flush();
    },
    meetFault: faults.meet,
    welcome: (request, reply) => answerWelcome(request, reply, context, host),
    ended: (request, reply, fault) => {
      requests.add(request, reply, fault);
      usage.count(request, reply.statusCode);
    },
    endStreams: async () => {
      await Promise.allSettled(streams);
    },
    settled: async () => {
      await state.settled();
      await usage.flush();
    },
  };
}

function aboutRoutes(routes: Routes, on: OnControl, context: EmulatorContext, host: Host): void {
  const info = () => ({
    name: 'cloud-images emulator',
    id: context.store.get<{ value: string }>("SELECT value FROM meta WHERE name = 'folder'")?.value,
    version: host.version,
    pid: process.pid,
    profile: context.profile.name,
    release: context.profile.release,
    limits: context.profile.limits,
  });
  routes.on('GET', '/emulator/health', (_request, reply) => {
    context.store.get('SELECT 1 FROM meta');
    return reply.type('text/plain; charset=UTF-8').send('OK');
  });
  routes.on('GET', '/emulator/info', info);
  on('GET', '', () => ({
    ...info(),
    url: host.url(),
    data: host.data,
    speed: context.clock.state.speed,
    regions: context.regions.map((region) => ({ id: region, name: formatRegion(region) })),
    time: new Date(context.clock.now()).toISOString(),
    seq: context.events.last(),
    leases: host.leases.count(),
    counts: count(context, host.services),
  }));
  on('GET', '/jobs/:id', (request) => {
    const job = context.jobs.progress(readParam(request, 'id'));
    if (!job) throw new ApiError('emulator/not-found', 'There is no such job. It may have ended.');
    return job;
  });
  on('POST', '/stop', (_request, reply) => {
    reply.raw.once('finish', () => host.stop());
    return reply.code(202).send();
  });
}

function requestRoutes(routes: Routes, requests: RequestLog, token: string): void {
  routes.on('POST', '/emulator/requests', (request, reply) => {
    if (isForm(request))
      return answerForm(request, reply, requests, (given) => isToken(`Bearer ${given}`, token));
    requireControl(request, token);
    throw methodNotAllowed('GET');
  });
  routes.on('GET', '/emulator/requests', (request, reply) => {
    if (wantsPage(request) && request.headers.authorization === undefined)
      return sendTokenForm(request, reply);
    requireControl(request, token);
    const query = readQuery(request);
    const text = (name: string) => query.get(name) ?? undefined;
    const limit = readWholeNumber('limit', text('limit') ?? String(keptRequests));
    const status = text('status');
    if (status !== undefined && !/^[1-5](\d\d|xx)$/.test(status))
      throw new ApiError(
        'emulator/body',
        `status must be a number such as 404, or a class such as 4xx, not '${status}'.`,
      );
    const method = text('method')?.toUpperCase();
    return { requests: requests.recent({ method, status, path: text('path'), rule: text('rule'), limit }) };
  });
}

/** Removes everything and seeds anew, on a clock that shows wall time. */
function resetRoute(
  on: OnControl,
  context: EmulatorContext,
  services: readonly Service[],
  state: State,
): void {
  on('POST', '/reset', async (request) => {
    const body = await readJson(request);
    const seed =
      isObject(body) && Object.hasOwn(body, 'seed')
        ? readSeed(readFields(body, { seed: oneOf('demo', 'empty') }).seed, context.profile)
        : parseSeed(body);
    await plantSeed(context, services, seed, (plant) =>
      state.alter(() => {
        clear(context.store);
        context.clock.change((now) => ({ ...now, offset: 0, pausedAt: null }));
        plant();
      }),
    );
    return { accounts: seed.accounts.length, users: seed.users.length, demo: seed.demo };
  });
}

/** Throws 401. */
function requireControl({ headers }: Request, token: string): void {
  if (!isToken(headers.authorization, token))
    throw new ApiError(
      'emulator/token',
      'The control service asks for the token of emulator.lock. Send it as Authorization: Bearer TOKEN.',
      {
        headers: { 'www-authenticate': 'Bearer realm="emulator"' },
      },
    );
}

async function answerEvents(
  context: EmulatorContext,
  { leases, version, stopping }: Host,
  streams: Set<Promise<void>>,
  request: Request,
  reply: Reply,
): Promise<void> {
  const query = readQuery(request);
  const asked = query.get('after') ?? request.headers['last-event-id'];
  const after = typeof asked === 'string' ? readWholeNumber('after', asked) : context.events.last();
  const release = query.get('lease') === '1' ? leases.take() : undefined;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-openstack-request-id': request.id,
    'x-cloud-images-emulator': version,
  });
  const stream = streamEvents(reply.raw, context.events, after, stopping);
  streams.add(stream);
  try {
    await stream;
  } finally {
    streams.delete(stream);
    release?.();
  }
}

function count({ store, blobs }: EmulatorContext, services: readonly Service[]) {
  const tables = services.flatMap(({ countedTables = [] }) => countedTables);
  const countRows = (table: string) => store.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
  return {
    ...Object.fromEntries(tables.map((table): [string, number] => [table, countRows(table)])),
    ...blobs.count(),
  };
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
