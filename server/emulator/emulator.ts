import { randomBytes } from 'node:crypto';
import { isIPv6, type Server } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../system.ts';
import { productVersion } from '../version.ts';
import { createLeases } from './control/leases.ts';
import { type Control, controlRecords, createControl, type Host } from './control/service.ts';
import { createDiskLane } from './diskWorker/lane.ts';
import { createApiFinder } from './kernel/api.ts';
import { createClock } from './kernel/clock.ts';
import { createEvents } from './kernel/events.ts';
import { createHttp, type Http } from './kernel/http.ts';
import { createJobs } from './kernel/jobs.ts';
import type { Kernel } from './kernel/kernel.ts';
import { readLock, removeLock, writeLock } from './kernel/lock.ts';
import type { Log } from './kernel/log.ts';
import { findPortHolder, tryPort } from './kernel/port.ts';
import { listRegions } from './kernel/regions.ts';
import { createTrimming, type Trimming } from './kernel/trimming.ts';
import { type EmulatorOptions, StartRefused } from './options.ts';
import { seedNew } from './seed/plant.ts';
import { readSeed } from './seed/seed.ts';
import { startFromSnapshot } from './seed/snapshot.ts';
import { apiOf } from './services/admission.ts';
import { createContext, type EmulatorContext } from './services/context.ts';
import type { Service } from './services/service.ts';
import { listContentColumns, services as standardServices } from './services/services.ts';
import { openBlobs } from './store/blobs.ts';
import { explain, openFolder, setAside } from './store/folder.ts';
import { createReserve, type Reserve } from './store/reserve.ts';
import { type Store, StoreInUse } from './store/store.ts';
import { makeTables } from './store/tables.ts';

export interface Emulator {
  readonly url: string;
  /** For the control service. */
  readonly token: string;
  readonly data: string;
  close(): Promise<void>;
  /** Resolves when it has ended, for whatever reason. */
  readonly closed: Promise<void>;
}

/** Another emulator has the data folder. The message says which. */
export class DataInUse extends Error {}

/**
 * Starts an emulator on a data folder, with further services beside its own. Throws DataInUse, DataRefused and StartRefused;
 * nothing of it runs on then.
 */
export async function startEmulator(
  options: EmulatorOptions,
  log: Log,
  additional: readonly Service[] = [],
): Promise<Emulator> {
  const seed = readSeed(options.seed, options.profile);
  const data = resolve(options.data);
  if (options.recover) recover(data, log);
  const reserve = createReserve(data, log);
  const store = await own(data, reserve, log);
  const services = [...standardServices, ...additional];
  const kernel = createKernel(options, store, data, log, [controlRecords, ...services]);
  const context = createContext(
    kernel,
    services.flatMap(({ catalog }) => catalog ?? []),
  );
  try {
    await store.free(() => {
      for (const { name, tables = [] } of services) makeTables(store, name, tables);
    });
    logSwept(context);
    // Before anything is seeded: a start that is refused is to leave nothing behind.
    const refusal = await tryPort(options.host, options.port);
    if (refusal) throw describeRefusal(refusal, options);
    const { snapshot, speed } = options;
    if (snapshot !== undefined) await startFromSnapshot(context, services, snapshot, speed);
    if (snapshot !== undefined || (await seedNew(context, services, seed))) store.checkpoint();
    await store.free(() => {
      for (const service of services) service.recover?.(context, 'start');
    });
    reserve.restore();
    return await serve(options, context, services, data, reserve);
  } catch (error) {
    await context.lane.close();
    await store.close();
    throw explain(error, data);
  }
}

function recover(data: string, log: Log): void {
  let aside: string | undefined;
  try {
    aside = setAside(data);
  } catch (error) {
    if (error instanceof StoreInUse) return; // told where it is opened
    throw error;
  }
  log.warn(
    aside === undefined
      ? `The records of ${data} are whole: nothing was moved aside.`
      : `Moved what was in ${data} to ${aside}, and starts anew. Remove it when you no longer need it; '--check --deep' takes content from it.`,
  );
}

/** Serves until it is told to stop. Nothing listens where it throws. */
async function serve(
  options: EmulatorOptions,
  context: EmulatorContext,
  services: readonly Service[],
  data: string,
  reserve: Reserve,
): Promise<Emulator> {
  const { log, jobs } = context;
  const stopping = new AbortController();
  const ended = Promise.withResolvers<void>();
  const token = randomBytes(32).toString('base64url');
  const version = productVersion();
  const leases = createLeases(options.linger, () => close());
  const findApi = createApiFinder(() => all.flatMap((service) => apiOf(service, context) ?? []));
  const url = () => formatUrl(options, readPort(http.app.server));
  const host: Host = {
    version,
    token,
    data,
    services: [controlRecords, ...services],
    findApi,
    leases,
    stopping: stopping.signal,
    url,
    stop: () => close(),
  };
  const control = createControl(host, context);
  const all = [control.service, ...services];
  const trimming = createTrimming(
    () => jobs.running() > 0,
    () => context.store.shrink(),
  );
  const http = createServer(options, host, control, all, trimming, log);
  for (const service of all)
    for (const [name, kind] of Object.entries(service.jobs?.(context) ?? {})) jobs.define(name, kind);
  for (const service of all) service.routes?.(http.routes, context);
  try {
    await listen(http, options);
    const port = readPort(http.app.server);
    const startedAt = new Date().toISOString();
    writeLock(data, { pid: process.pid, port, url: url(), token, startedAt, version });
  } catch (error) {
    leases.close();
    await http.app.close();
    throw error;
  }
  for (const { id, kind, step } of jobs.start()) log.info(`Resuming ${kind} task ${id} at step '${step}'.`);
  const chores = setInterval(() => doChores(control, reserve, log), 60_000);
  chores.unref();
  if (!isLoopback(options.host))
    log.warn(
      `Whoever reaches port ${readPort(http.app.server)} of ${options.host} can use this cloud, whose passwords are no secret. Without --host it is for this machine alone.`,
    );
  log.info(`Serving ${options.profile.name} at ${url()} from ${data}, speed ${context.clock.state.speed}.`);

  const close = (): Promise<void> => {
    if (stopping.signal.aborted) return ended.promise;
    stopping.abort();
    clearInterval(chores);
    leases.close();
    trimming.stop();
    stop(context, control, http, data).then(ended.resolve, ended.reject);
    return ended.promise;
  };
  return { url: url(), token, data, close, closed: ended.promise };
}

async function stop(context: EmulatorContext, control: Control, http: Http, data: string): Promise<void> {
  const { jobs, lane, log, store } = context;
  await control.endStreams();
  await http.app.close();
  await control.settled();
  await jobs.stop();
  await lane.close();
  try {
    removeLock(data);
  } catch (error) {
    log.error('The lock file was not removed; the next start overwrites it', error);
  }
  await store.close();
  log.info('Stopped.');
}

async function doChores(control: Control, reserve: Reserve, log: Log): Promise<void> {
  try {
    reserve.restore();
    await control.tidy();
  } catch (error) {
    log.error('Expired records were not removed, or transfers not counted', error);
  }
}

function createServer(
  options: EmulatorOptions,
  { version, findApi }: Host,
  control: Control,
  services: readonly Service[],
  trimming: Trimming,
  log: Log,
): Http {
  let hosts: ReadonlySet<string> | undefined;
  const challenge = services.find((service) => service.challenge)?.challenge;
  const http = createHttp({
    version,
    isOurHost: (host) => {
      hosts ??= listOwnHosts(options, readPort(http.app.server));
      return hosts.has(host.toLowerCase());
    },
    findApi,
    challenge: (host) => challenge?.(host) ?? 'Bearer',
    meetFault: control.meetFault,
    welcome: control.welcome,
    ended: (...request) => {
      control.ended(...request);
      trimming.worked();
    },
    log,
  });
  return http;
}

/** Throws StartRefused. */
async function listen({ app }: Http, options: EmulatorOptions): Promise<void> {
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    throw describeRefusal(error, options);
  }
}

function describeRefusal(error: unknown, { host, port }: EmulatorOptions): StartRefused {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
    return new StartRefused(
      `The emulator cannot listen on ${host}, port ${port}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  const holder = findPortHolder(port);
  return new StartRefused(
    `Port ${port} of ${host} is taken by another program${holder === undefined ? '' : ` (${holder})`}. Choose another with --port; without it, a free one is taken.`,
  );
}

function createKernel(
  { profile, settings, speed }: EmulatorOptions,
  store: Store,
  data: string,
  log: Log,
  services: readonly Service[],
): Kernel {
  const clock = createClock(store, speed);
  const blobs = openBlobs(data, store, log, listContentColumns(services));
  return {
    profile,
    settings,
    regions: listRegions(profile),
    clock,
    log,
    store,
    blobs,
    events: createEvents(store, clock, new Set(services.flatMap(({ eventKinds = [] }) => eventKinds))),
    jobs: createJobs(store, clock, log),
    lane: createDiskLane(),
  };
}

/** Opens the store, waiting a little for an emulator that is just stopping. */
async function own(data: string, reserve: Reserve, log: Log): Promise<Store> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { store, warnings } = openFolder(data, {
        makeRoom: reserve.release,
        failed: (error) => log.error('A step after a change failed; the change stands', error),
      });
      for (const warning of warnings) log.warn(warning);
      return store;
    } catch (error) {
      if (!(error instanceof StoreInUse)) throw error;
      const found = readLock(data);
      const holder = found && isAlive(found.pid) ? found : undefined; // one that was killed leaves it behind
      // A holder without a lock file is starting or stopping.
      if (holder || attempt === 20)
        throw new DataInUse(
          `The data folder ${data} is in use by ${holder ? `the emulator with process id ${holder.pid} at ${holder.url}, started ${holder.startedAt}` : 'another emulator'}. Stop it, or choose another folder with --data.`,
          { cause: error },
        );
      await delay(100);
    }
  }
}

/** Reads the port of a server that listens: the first request may come before `listen` resolves. */
function readPort(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('It does not listen on a port.');
  return address.port;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function formatUrl({ host }: EmulatorOptions, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function listOwnHosts({ host, allowHosts }: EmulatorOptions, port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]', isIPv6(host) ? `[${host}]` : host, ...allowHosts];
  return new Set(
    names
      .flatMap((name) => [`${name}:${port}`.toLowerCase(), ...(port === 80 ? [name] : [])])
      .concat(allowHosts.map((name) => name.toLowerCase())),
  );
}

/** Logs what the start removed. */
function logSwept({ blobs, log }: EmulatorContext): void {
  const { halfWritten, orphans, bytes, left } = blobs.sweep();
  if (halfWritten + orphans > 0)
    log.info(
      `Removed what the last run left unanswered: ${halfWritten} unfinished files, ${orphans} files that no record names (${bytes} bytes).`,
    );
  if (left.length > 0)
    log.warn(
      `Left alone what the emulator did not make: ${left.slice(0, 5).join(', ')}${left.length > 5 ? ` and ${left.length - 5} more` : ''}.`,
    );
}
