import type { Api } from '../kernel/api.ts';
import type { JobKind } from '../kernel/jobs.ts';
import type { Handler, Routes } from '../kernel/routes.ts';
import type { Seed } from '../seed/seed.ts';
import type { ContentColumn } from '../store/contentColumns.ts';
import type { Store } from '../store/store.ts';
import type { EmulatorContext } from './context.ts';
import type { CatalogEntry } from './identity/catalog.ts';

/**
 * A service of the emulated cloud, as a value. The list in `services.ts` names all of them; the kernel, the store and the
 * control service learn from these values, and know no path, table or kind of a service by themselves.
 */
export interface Service {
  readonly name: string;
  /** Its entries in the catalogues of tokens. */
  readonly catalog?: CatalogEntry | readonly CatalogEntry[];
  /** The common part of its paths. A service without one adds routes to the API of another. */
  readonly api?: (context: EmulatorContext) => Api;
  /** `WWW-Authenticate` of a 401 of any API; `host`: as the client calls the emulator. */
  readonly challenge?: (host: string) => string;
  readonly routes?: (routes: Routes, context: EmulatorContext) => void;
  /** Adds routes below `/emulator`, for what only the cloud's operator does. */
  readonly controlRoutes?: (on: OnControl, context: EmulatorContext) => void;
  /** By kind. A kind stays, since jobs of an earlier run are found by it. */
  readonly jobs?: (context: EmulatorContext) => Readonly<Record<string, JobKind>>;
  readonly eventKinds?: readonly string[];
  readonly expiries?: readonly Expiry[];
  readonly contentColumns?: readonly ContentColumn[];
  /**
   * Statements that make its tables: each is run once in the life of a data folder, in order. The tables of the first
   * services are in the store's own steps.
   */
  readonly tables?: readonly string[];
  /** Tables whose rows `GET /emulator` counts. */
  readonly countedTables?: readonly string[];
  /** Prepares what a new cloud begins with, which is entered with one change for all services. */
  readonly seed?: (context: EmulatorContext, seed: Seed) => Promise<Planting>;
  /** Inside `store.write`: settles what was under way when the last run ended or a snapshot was taken. */
  readonly recover?: (context: EmulatorContext, after: 'start' | 'restore') => void;
  /** Inside `store.write`, before its rows are changed from outside: forgets what it remembers of them. */
  readonly forget?: (context: EmulatorContext) => void;
  /** Inside `store.write`: removes what belongs to an account. */
  readonly removeAccount?: (context: EmulatorContext, account: string) => void;
  /** Measures what an account stores in a region. */
  readonly measure?: (store: Store, region: string, account: string) => Stored;
  /** Looks for records that contradict each other, a sentence each. */
  readonly findProblems?: (store: Store) => Iterable<string>;
}

export type OnControl = (
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  handler: Handler,
) => void;

/** Rows that end by themselves, by their column `expires`, in milliseconds on the clock. */
export interface Expiry {
  readonly kind: string;
  readonly table: string;
  /** Inside `store.write`: removes some of what has expired. Answers whether that was all. Without it they stay, and count for nothing. */
  remove?(context: EmulatorContext): boolean;
}

export interface Planting {
  /** Inside `store.write`. */
  plant(): void;
  /** Removes what was prepared and not planted. */
  discard?(): void;
}

export interface Stored {
  readonly count: number;
  readonly bytes: number;
}
