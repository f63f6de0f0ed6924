import type { Cloud } from '../server/cloud/connect.ts';
import type { EmulatorEvent } from '../server/cloud/emulator.ts';
import { CloudError } from '../server/cloud/errors.ts';
import type { Connections } from './connections.ts';
import { Emitter } from './emitter.ts';
import type { EmulatorProcess } from './emulatorProcess.ts';
import { describe } from './errors.ts';

/** How one kind of thing is read from a cloud. */
export interface Reader<T> {
  readonly kind: EmulatorEvent['kind'];
  all(cloud: Cloud): Promise<Map<string, T>>;
  one(cloud: Cloud, id: string): Promise<T>;
  /** What an event alone tells of it, such as progress. */
  hint?(event: EmulatorEvent): void;
}

export type Snapshot<T> =
  | { readonly is: 'disconnected' | 'loading' }
  | { readonly is: 'ready'; readonly items: ReadonlyMap<string, T> }
  | { readonly is: 'failed'; readonly why: string };

/**
 * The things of one kind in the connected region, read when they are first asked for and kept current by the event stream:
 * one read for each thing that changed, or all anew where much did.
 */
export class Live<T> {
  readonly #connections: Connections;
  readonly #reader: Reader<T>;
  readonly #changed: Emitter<string | undefined>;
  readonly #subscriptions: { dispose(): void }[];
  readonly #log: (line: string) => void;
  #snapshot: Snapshot<T> = { is: 'disconnected' };
  #loading: Promise<void> | undefined;
  #stale = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    connections: Connections,
    emulator: EmulatorProcess,
    reader: Reader<T>,
    log: (line: string) => void,
  ) {
    this.#connections = connections;
    this.#reader = reader;
    this.#log = log;
    this.#changed = new Emitter((error) => log(`A listener failed: ${String(error)}`));
    this.#subscriptions = [
      connections.onDidChange(() => this.reload()),
      emulator.onEvent((event) => this.#note(event)),
    ];
  }

  /** Called with the id of the one that changed, or with nothing when any may have. */
  onDidChange(listener: (id: string | undefined) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** What is known at present; starts to load what is not. */
  get snapshot(): Snapshot<T> {
    if (this.#snapshot.is === 'disconnected' && this.#connections.cloud) void this.#load();
    return this.#snapshot;
  }

  /** What is known once it is loaded. */
  async loaded(): Promise<Snapshot<T>> {
    if (this.snapshot.is === 'loading') await this.#loading;
    return this.#snapshot;
  }

  /** Reads one of them now, such as one that was just made. */
  async read(id: string): Promise<void> {
    await this.loaded();
    this.#stale.add(id);
    if (this.#connections.cloud) await this.#refresh(this.#connections.cloud);
  }

  reload(): void {
    this.#snapshot = { is: 'disconnected' };
    this.#loading = undefined;
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #load(): Promise<void> {
    const { cloud } = this.#connections;
    if (!cloud) return;
    this.#snapshot = { is: 'loading' };
    const loading = this.#reader.all(cloud).then(
      (items): Snapshot<T> => ({ is: 'ready', items }),
      (error: unknown): Snapshot<T> => ({ is: 'failed', why: describe(error) }),
    );
    const settled = loading.then((snapshot) => {
      if (this.#loading !== settled) return; // another region or cloud meanwhile
      if (snapshot.is === 'failed') this.#log(`Reading ${this.#reader.kind}s failed: ${snapshot.why}`);
      this.#snapshot = snapshot;
      this.#changed.fire(undefined);
    });
    this.#loading = settled;
    await settled;
  }

  #note(event: EmulatorEvent): void {
    const { cloud } = this.#connections;
    if (event.kind === 'reset') this.reload();
    if (event.kind !== this.#reader.kind || !cloud) return;
    if (event.region.toLowerCase() !== cloud.region.toLowerCase()) return;
    this.#reader.hint?.(event);
    this.#stale.add(event.id);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#refresh(cloud);
    }, 50);
  }

  async #refresh(cloud: Cloud): Promise<void> {
    const ids = this.#stale;
    this.#stale = new Set();
    if (this.#loading) await this.#loading;
    if (ids.size > 20) this.reload();
    for (const id of ids) {
      if (this.#snapshot.is !== 'ready') {
        this.#changed.fire(id);
        continue;
      }
      const found = await this.#reader.one(cloud, id).catch((error: unknown) => {
        if (!(error instanceof CloudError && error.status === 404)) this.#log(describe(error));
      });
      if (cloud !== this.#connections.cloud || this.#snapshot.is !== 'ready') return;
      const items = new Map(this.#snapshot.items);
      if (found === undefined) items.delete(id);
      else items.set(id, found);
      this.#snapshot = { is: 'ready', items };
      this.#changed.fire(id);
    }
  }
}
