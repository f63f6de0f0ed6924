import { timingSafeEqual } from 'node:crypto';
import { isObject } from '../../rules/families/subjects.ts';
import { readJson } from '../kernel/body.ts';
import type { Cloud } from '../kernel/cloud.ts';
import { Fault } from '../kernel/errorBody.ts';
import type { Handler, Reply, Request, Routes } from '../kernel/http.ts';
import { param, queryOf } from '../kernel/request.ts';
import { readSeed, reset, seedOf } from '../seed/seed.ts';
import { regionName } from '../services/identity/catalog.ts';
import { wholeNumber } from '../services/images/filters.ts';
import { oneOf, readFields } from './fields.ts';
import { faultRoutes, type Troubles } from './injectedFaults.ts';
import type { Leases } from './leases.ts';
import { operatorRoutes } from './operator.ts';
import { peopleRoutes } from './people.ts';
import { keptRequests, type RequestLog } from './requests.ts';
import { snapshotRoutes } from './snapshots.ts';
import type { State } from './state.ts';
import { streamEvents } from './stream.ts';
import { clockRoutes } from './time.ts';
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
  readonly troubles: Troubles;
  readonly usage: Usage;
  stop(): void;
}

/** Adds a route below `/emulator` that asks for the control token. */
export type On = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, handler: Handler) => void;

/** The service that controls the emulator itself. All but `health` and `info` ask for the token of the lock file. */
export function controlRoutes(routes: Routes, cloud: Cloud, control: Control): void {
  const info = () => ({
    name: 'cloud-images emulator',
    version: control.version,
    pid: process.pid,
    profile: cloud.profile.name,
  });
  const on: On = (method, path, handler) =>
    routes.on(method, `/emulator${path}`, (request, reply) => {
      requireControl(request, control.token);
      return handler(request, reply);
    });

  routes.on('GET', '/emulator/health', (_request, reply) => {
    cloud.store.get('SELECT 1 FROM meta');
    return reply.type('text/plain; charset=UTF-8').send('OK');
  });
  routes.on('GET', '/emulator/info', info);
  on('GET', '', () => ({
    ...info(),
    url: control.url(),
    data: control.data,
    speed: cloud.clock.state.speed,
    limits: cloud.profile.limits,
    regions: cloud.regions.map((region) => ({ id: region, name: regionName(region) })),
    time: new Date(cloud.clock.now()).toISOString(),
    seq: cloud.events.last(),
    leases: control.leases.count(),
    counts: counts(cloud),
  }));
  on('GET', '/events', (request, reply) => answerEvents(cloud, control, request, reply));
  on('GET', '/requests', (request) => {
    const query = queryOf(request);
    const text = (name: string) => query.get(name) ?? undefined;
    const limit = wholeNumber('limit', text('limit') ?? String(keptRequests));
    const status = text('status');
    if (status !== undefined && !/^[1-5](\d\d|xx)$/.test(status))
      throw new Fault(400, `status is a number such as 404, or a class such as 4xx, not '${status}'.`);
    const method = text('method')?.toUpperCase();
    return {
      requests: control.requests.recent({ method, status, path: text('path'), rule: text('rule'), limit }),
    };
  });
  on('GET', '/jobs/:id', (request) => {
    const job = cloud.jobs.progress(param(request, 'id'));
    if (!job) throw new Fault(404, 'There is no such job, or it has ended.');
    return job;
  });
  on('POST', '/reset', async (request) => {
    const body = await readJson(request);
    const seed =
      isObject(body) && Object.hasOwn(body, 'seed')
        ? readSeed(readFields(body, { seed: oneOf('demo', 'empty') }).seed, cloud.profile)
        : seedOf(body);
    await reset(cloud, control.state, seed);
    return { accounts: seed.accounts.length, users: seed.users.length, demo: seed.demo };
  });
  on('POST', '/stop', (_request, reply) => {
    reply.raw.once('finish', () => control.stop());
    return reply.code(202).send();
  });
  clockRoutes(on, cloud);
  faultRoutes(on, control.troubles);
  operatorRoutes(on, cloud);
  peopleRoutes(on, cloud, control.state);
  snapshotRoutes(on, cloud, control.state);
  usageRoutes(on, cloud, control.usage);
}

/** Faults: 401. */
export function requireControl({ headers }: Request, token: string): void {
  if (!isToken(headers.authorization, token))
    throw new Fault(401, 'The control service needs the token of the lock file.', {
      headers: { 'www-authenticate': 'Bearer realm="emulator"' },
    });
}

async function answerEvents(cloud: Cloud, control: Control, request: Request, reply: Reply): Promise<void> {
  const query = queryOf(request);
  const asked = query.get('after') ?? request.headers['last-event-id'];
  const after = typeof asked === 'string' ? wholeNumber('after', asked) : cloud.events.last();
  const release = query.get('lease') === '1' ? control.leases.take() : undefined;
  reply.hijack();
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-openstack-request-id': request.id,
    'x-cloud-images-emulator': control.version,
  });
  const stream = streamEvents(reply.raw, cloud.events, after, control.stopping);
  control.streams.add(stream);
  try {
    await stream;
  } finally {
    control.streams.delete(stream);
    release?.();
  }
}

function counts({ store, blobs }: Cloud) {
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
