import { timingSafeEqual } from 'node:crypto';
import { param, queryOf } from '../asked.ts';
import { objectAt, readJson, textOf } from '../body.ts';
import type { Cloud } from '../cloud.ts';
import { Fault } from '../faults.ts';
import type { Handler, Routes } from '../http.ts';
import { regionName } from '../identity/catalog.ts';
import { wholeNumber } from '../images/filters.ts';
import type { Leases } from './leases.ts';
import type { RequestLog } from './requests.ts';
import { streamEvents } from './stream.ts';

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
  reset(seed: 'demo' | 'empty'): Promise<void>;
  stop(): void;
}

/** The service that controls the emulator itself. All but `info` asks for the token of the lock file. */
export function controlRoutes(routes: Routes, cloud: Cloud, control: Control): void {
  const info = () => ({
    name: 'cloud-images emulator',
    version: control.version,
    pid: process.pid,
    profile: cloud.profile.name,
  });
  const guarded =
    (handler: Handler): Handler =>
    (request, reply) => {
      if (!isToken(request.headers.authorization, control.token))
        throw new Fault(401, 'The control service needs the token of the lock file.', {
          headers: { 'www-authenticate': 'Bearer realm="emulator"' },
        });
      return handler(request, reply);
    };
  const on = (method: 'GET' | 'POST', path: string, handler: Handler) =>
    routes.on(method, path, guarded(handler));

  routes.on('GET', '/emulator/info', info);
  on('GET', '/emulator', () => ({
    ...info(),
    url: control.url(),
    data: control.data,
    speed: cloud.clock.speed,
    limits: cloud.profile.limits,
    regions: cloud.regions.map((region) => ({ id: region, name: regionName(region) })),
    time: new Date(cloud.clock.now()).toISOString(),
    seq: cloud.events.last(),
    leases: control.leases.count(),
    counts: counts(cloud),
  }));
  on('GET', '/emulator/events', async (request, reply) => {
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
  });
  on('GET', '/emulator/requests', () => ({ requests: control.requests.recent() }));
  on('GET', '/emulator/jobs/:id', (request) => {
    const job = cloud.jobs.progress(param(request, 'id'));
    if (!job) throw new Fault(404, 'There is no such job, or it has ended.');
    return job;
  });
  on('POST', '/emulator/reset', async (request, reply) => {
    const seed = textOf(objectAt(await readJson(request))['seed']);
    if (seed !== 'demo' && seed !== 'empty') throw new Fault(400, 'seed is "demo" or "empty".');
    await control.reset(seed);
    return reply.code(200).send({ seed });
  });
  on('POST', '/emulator/stop', (_request, reply) => {
    reply.raw.once('finish', () => control.stop());
    return reply.code(202).send();
  });
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
