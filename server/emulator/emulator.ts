import { randomBytes } from 'node:crypto';
import { isIPv6, type Server } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expire } from './control/clock.ts';
import { createInjectedFaults } from './control/faults.ts';
import { createLeases } from './control/leases.ts';
import { createRequestLog } from './control/requestLog.ts';
import { controlRoutes, requireControl } from './control/routes.ts';
import { createState } from './control/state.ts';
import { createUsage } from './control/usage.ts';
import { createDiskLane } from './diskWorker/lane.ts';
import { createClock } from './kernel/clock.ts';
import { createEvents } from './kernel/events.ts';
import { createHttp } from './kernel/http.ts';
import { createJobs } from './kernel/jobs.ts';
import { isAlive, readLock, removeLock, writeLock } from './kernel/lock.ts';
import type { Log } from './kernel/log.ts';
import { productVersion } from './kernel/version.ts';
import { type EmulatorOptions, UsageError } from './options.ts';
import { readSeed, seedNew } from './seed/seed.ts';
import type { EmulatorContext } from './services/context.ts';
import { regionsOf } from './services/identity/catalog.ts';
import { createIdentity } from './services/identity/identity.ts';
import { identityV2 } from './services/identity/v2/routes.ts';
import { identityCredentials } from './services/identity/v3/credentials.ts';
import { identityResources } from './services/identity/v3/resources.ts';
import { identityV3 } from './services/identity/v3/tokens.ts';
import { actionRoutes } from './services/images/actions.ts';
import { createRoute } from './services/images/create.ts';
import { dataRoutes, recoverUploads } from './services/images/data.ts';
import { imageDiscovery, versionedPath } from './services/images/discovery.ts';
import { importRoutes } from './services/images/imports/job.ts';
import { storeRoutes } from './services/images/imports/stores.ts';
import { createBodies } from './services/images/list/bodies.ts';
import { listRoute } from './services/images/list/routes.ts';
import { memberRoutes } from './services/images/members.ts';
import { createImages } from './services/images/records.ts';
import { imageRoutes } from './services/images/routes.ts';
import { tagRoutes } from './services/images/tags.ts';
import { metadefRoutes } from './services/metadefs/routes.ts';
import { createObjects } from './services/objects/records.ts';
import { objectRoutes } from './services/objects/routes.ts';
import { createTasks } from './services/tasks/records.ts';
import { taskRoutes } from './services/tasks/routes.ts';
import { openBlobs } from './store/blobs.ts';
import { explain, openFolder, setAside } from './store/folder.ts';
import { createReserve, type Reserve } from './store/reserve.ts';
import { type Store, StoreInUse } from './store/store.ts';

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

const tasksAtOnce = 5; // DECISIONS 14

/** Starts an emulator on a data folder. Throws DataInUse, DataRefused and UsageError; nothing of it runs on then. */
export async function startEmulator(options: EmulatorOptions, log: Log): Promise<Emulator> {
  const seed = readSeed(options.seed, options.profile);
  const data = resolve(options.data);
  if (options.recover) recover(data, log);
  const reserve = createReserve(data, log);
  const store = await own(data, reserve, log);
  const context = createContext(options, store, data, log);
  try {
    tellSwept(context);
    if (await seedNew(context, seed)) store.checkpoint();
    await store.free(() => recoverUploads(context));
    reserve.restore();
    return await serve(options, context, data, reserve);
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

async function serve(
  options: EmulatorOptions,
  context: EmulatorContext,
  data: string,
  reserve: Reserve,
): Promise<Emulator> {
  const { log, store } = context;
  const version = productVersion();
  const stopping = new AbortController();
  const streams = new Set<Promise<void>>();
  const ended = Promise.withResolvers<void>();
  const requests = createRequestLog();
  const faults = createInjectedFaults();
  const usage = createUsage(context);
  const leases = createLeases(options.linger, () => close());
  const token = randomBytes(32).toString('base64url');
  let hosts: ReadonlySet<string> | undefined;
  const http = createHttp({
    version,
    isOurHost: (host) => {
      hosts ??= ourHosts(options, portOf(http.app.server));
      return hosts.has(host.toLowerCase());
    },
    beforeUnknown: (request) => {
      const { url: path, headers } = request;
      if (/^\/emulator\b/.test(path)) requireControl(request, token);
      if (/^\/[^/]+\/(image|object-store)\/v\d/.test(path))
        context.identity.authenticate(headers['x-auth-token']);
    },
    rewrite: (path) => versionedPath(context, path),
    faults,
    ended: (request, reply, fault) => {
      requests.add(request, reply, fault);
      usage.count(request);
    },
    log,
  });
  identityV2(http.routes, context);
  identityV3(http.routes, context);
  identityResources(http.routes, context);
  identityCredentials(http.routes, context);
  imageDiscovery(http.routes, context);
  const bodies = createBodies(context);
  listRoute(http.routes, context, bodies);
  imageRoutes(http.routes, context, bodies);
  tagRoutes(http.routes, context);
  metadefRoutes(http.routes, context);
  createRoute(http.routes, context);
  dataRoutes(http.routes, context);
  importRoutes(http.routes, context);
  storeRoutes(http.routes, context);
  actionRoutes(http.routes, context);
  memberRoutes(http.routes, context);
  taskRoutes(http.routes, context);
  objectRoutes(http.routes, context);
  const state = createState(context, stopping.signal);
  controlRoutes(http.routes, context, {
    version,
    token,
    data,
    url: () => urlOf(options, portOf(http.app.server)),
    leases,
    requests,
    stopping: stopping.signal,
    streams,
    state,
    faults,
    usage,
    stop: () => close(),
  });
  try {
    await http.app.listen({ host: options.host, port: options.port });
  } catch (error) {
    leases.close();
    await http.app.close();
    throw new UsageError(
      `It cannot listen on ${options.host}, port ${options.port}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const port = portOf(http.app.server);
  const url = urlOf(options, port);
  try {
    writeLock(data, { pid: process.pid, port, url, token, startedAt: new Date().toISOString(), version });
  } catch (error) {
    leases.close();
    await http.app.close();
    throw error;
  }
  for (const { id, kind, step } of context.jobs.start())
    log.info(`Goes on with ${kind} task ${id} at step '${step}'.`);
  const chores = async () => {
    try {
      reserve.restore();
      await expire(context);
      await usage.flush();
    } catch (error) {
      log.error('What has expired was not removed, or transfers were not counted', error);
    }
  };
  const clockwork = setInterval(chores, 60_000);
  clockwork.unref();
  log.info(`Serves ${options.profile.name} at ${url} from ${data}, speed ${context.clock.state.speed}.`);

  let closing = false;
  const close = (): Promise<void> => {
    if (closing) return ended.promise;
    closing = true;
    stopping.abort();
    clearInterval(clockwork);
    leases.close();
    const parts = async () => {
      await Promise.allSettled(streams); // ended, not cut
      await http.app.close();
      await state.settled(); // whoever asked for it may be gone
      await context.jobs.stop();
      await context.lane.close();
      await usage.flush();
      try {
        removeLock(data);
      } catch (error) {
        log.error('The lock file stays; the next start writes over it', error);
      }
      await store.close();
      log.info('Stopped.');
    };
    parts().then(ended.resolve, ended.reject);
    return ended.promise;
  };
  return { url, token, data, close, closed: ended.promise };
}

function createContext(
  { profile, settings, speed }: EmulatorOptions,
  store: Store,
  data: string,
  log: Log,
): EmulatorContext {
  const clock = createClock(store, speed);
  const blobs = openBlobs(data, store, log);
  const events = createEvents(store, clock);
  return {
    profile,
    settings,
    regions: regionsOf(profile),
    clock,
    log,
    store,
    blobs,
    events,
    jobs: createJobs(store, clock, log, tasksAtOnce),
    lane: createDiskLane(),
    identity: createIdentity(store, clock),
    images: createImages(store, clock, events, blobs, profile),
    tasks: createTasks(store, clock, events),
    objects: createObjects(store, clock, events, blobs),
  };
}

/** Opens the store, waiting a little for an emulator that is just stopping. */
async function own(data: string, reserve: Reserve, log: Log): Promise<Store> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { store, warnings } = openFolder(data, {
        makeRoom: reserve.release,
        failed: (error) => log.error('What follows a change failed; the change stands', error),
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

/** Of a server that listens: the first request may come before `listen` has been told so. */
function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('It does not listen on a port.');
  return address.port;
}

function urlOf({ host }: EmulatorOptions, port: number): string {
  return `http://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function ourHosts({ host, allowHosts }: EmulatorOptions, port: number): ReadonlySet<string> {
  const names = ['127.0.0.1', 'localhost', '[::1]', isIPv6(host) ? `[${host}]` : host, ...allowHosts];
  return new Set(
    names
      .flatMap((name) => [`${name}:${port}`.toLowerCase(), ...(port === 80 ? [name] : [])])
      .concat(allowHosts.map((name) => name.toLowerCase())),
  );
}

/** What a start removes, it says. */
function tellSwept({ blobs, log }: EmulatorContext): void {
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
