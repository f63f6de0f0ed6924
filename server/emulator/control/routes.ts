import { timingSafeEqual } from 'node:crypto';
import { isObject } from '../../rules/json.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import type { Handler, Reply, Request, Routes } from '../kernel/http.ts';
import { param, queryOf } from '../kernel/request.ts';
import { readSeed, reset, seedOf } from '../seed/seed.ts';
import type { EmulatorContext } from '../services/context.ts';
import { regionName } from '../services/identity/catalog.ts';
import { wholeNumber } from '../services/images/list/filters.ts';
import { operatorRoutes } from '../services/images/operator.ts';
import { peopleRoutes } from './accounts.ts';
import { clockRoutes } from './clock.ts';
import { streamEvents } from './eventStream.ts';
import { faultRoutes, type InjectedFaults } from './faults.ts';
import { oneOf, readFields } from './fields.ts';
import type { Leases } from './leases.ts';
import { keptRequests, type RequestLog } from './requestLog.ts';
import { snapshotRoutes } from './snapshots.ts';
import type { State } from './state.ts';
import { type Usage, usageRoutes } from './usage.ts';

export interface Control {
  readonly version: string;
  readonly token: string;
  readonly data: string;
  readonly url: () => string;
  readonly leases: Leases;
  readonly requests: RequestLog;
  /** Fires when the emulator stops. */
  readonly stopping: AbortSignal;
  /** The event streams that are open, each until it has ended. */
  readonly streams: Set<Promise<void>>;
  readonly state: State;
  readonly faults: InjectedFaults;
  readonly usage: Usage;
  stop(): void;
}

/** Adds a route below `/emulator` that asks for the control token. */
export type On = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, handler: Handler) => void;

/** The service that controls the emulator itself. All but `health` and `info` ask for the token of the lock file. */
export function controlRoutes(routes: Routes, context: EmulatorContext, control: Control): void {
  const info = () => ({
    name: 'cloud-images emulator',
    version: control.version,
    pid: process.pid,
    profile: context.profile.name,
  });
  const on: On = (method, path, handler) =>
    routes.on(method, `/emulator${path}`, (request, reply) => {
      requireControl(request, control.token);
      return handler(request, reply);
    });

  routes.on('GET', '/emulator/health', (_request, reply) => {
    context.store.get('SELECT 1 FROM meta');
    return reply.type('text/plain; charset=UTF-8').send('OK');
  });
  routes.on('GET', '/emulator/info', info);
  on('GET', '', () => ({
    ...info(),
    url: control.url(),
    data: control.data,
    speed: context.clock.state.speed,
    limits: context.profile.limits,
    regions: context.regions.map((region) => ({ id: region, name: regionName(region) })),
    time: new Date(context.clock.now()).toISOString(),
    seq: context.events.last(),
    leases: control.leases.count(),
    counts: counts(context),
  }));
  on('GET', '/events', (request, reply) => answerEvents(context, control, request, reply));
  on('GET', '/requests', (request) => {
    const query = queryOf(request);
    const text = (name: string) => query.get(name) ?? undefined;
    const limit = wholeNumber('limit', text('limit') ?? String(keptRequests));
    const status = text('status');
    if (status !== undefined && !/^[1-5](\d\d|xx)$/.test(status))
      throw new ApiError(400, `status is a number such as 404, or a class such as 4xx, not '${status}'.`);
    const method = text('method')?.toUpperCase();
    return {
      requests: control.requests.recent({ method, status, path: text('path'), rule: text('rule'), limit }),
    };
  });
  on('GET', '/jobs/:id', (request) => {
    const job = context.jobs.progress(param(request, 'id'));
    if (!job) throw new ApiError(404, 'There is no such job, or it has ended.');
    return job;
  });
  on('POST', '/reset', async (request) => {
    const body = await readJson(request);
    const seed =
      isObject(body) && Object.hasOwn(body, 'seed')
        ? readSeed(readFields(body, { seed: oneOf('demo', 'empty') }).seed, context.profile)
        : seedOf(body);
    await reset(context, control.state, seed);
    return { accounts: seed.accounts.length, users: seed.users.length, demo: seed.demo };
  });
  on('POST', '/stop', (_request, reply) => {
    reply.raw.once('finish', () => control.stop());
    return reply.code(202).send();
  });
  clockRoutes(on, context);
  faultRoutes(on, control.faults);
  operatorRoutes(on, context);
  peopleRoutes(on, context, control.state);
  snapshotRoutes(on, context, control.state);
  usageRoutes(on, context, control.usage);
}

/** Throws 401. */
export function requireControl({ headers }: Request, token: string): void {
  if (!isToken(headers.authorization, token))
    throw new ApiError(401, 'The control service needs the token of the lock file.', {
      headers: { 'www-authenticate': 'Bearer realm="emulator"' },
    });
}

async function answerEvents(
  context: EmulatorContext,
  control: Control,
  request: Request,
  reply: Reply,
): Promise<void> {
  const query = queryOf(request);
  const asked = query.get('after') ?? request.headers['last-event-id'];
  const after = typeof asked === 'string' ? wholeNumber('after', asked) : context.events.last();
  const release = query.get('lease') === '1' ? control.leases.take() : undefined;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-openstack-request-id': request.id,
    'x-cloud-images-emulator': control.version,
  });
  const stream = streamEvents(reply.raw, context.events, after, control.stopping);
  control.streams.add(stream);
  try {
    await stream;
  } finally {
    control.streams.delete(stream);
    release?.();
  }
}

function counts({ store, blobs }: EmulatorContext) {
  const count = (table: string) => store.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0;
  return {
    accounts: count('accounts'),
    users: count('users'),
    images: count('images'),
    tasks: count('tasks'),
    jobs: count('jobs'),
    containers: count('containers'),
    objects: count('objects'),
    ...blobs.count(),
  };
}

function isToken(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
