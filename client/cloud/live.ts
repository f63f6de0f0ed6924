import type { Cloud } from '../../server/cloud/cloud.ts';
import type { EmulatorEvent } from '../../server/cloud/services/emulatorControl.ts';
import type { EmulatorProcess } from '../emulator/emulatorProcess.ts';
import { Emitter } from '../ui/emitter.ts';
import { describe } from '../ui/errors.ts';
import type { Connections } from './connections.ts';

/** How one kind of thing is read from a cloud. */
export interface Reader<T> {
  readonly kind: EmulatorEvent['kind'];
  all(cloud: Cloud): Promise<Map<string, T>>;
  /** Undefined where there is none, or none that `all` would show. */
  one(cloud: Cloud, id: string): Promise<T | undefined>;
  /** What an event alone tells of it, such as progress. */
  hint?(event: EmulatorEvent): void;
}

export type Snapshot<T> =
  | { readonly is: 'disconnected' }
  | { readonly is: 'ready'; readonly items: ReadonlyMap<string, T> }
  | { readonly is: 'failed'; readonly why: string };

/**
 * The things of one kind in the connected region. They are read when someone asks for them; the event stream tells which of
 * them changed, and those are read again at the next asking, or all where they are many. So what nobody looks at costs
 * nothing.
 */
export class Live<T> {
  readonly #connections: Connections;
  readonly #reader: Reader<T>;
  readonly #changed: Emitter<string | undefined>;
  readonly #subscriptions: { dispose(): void }[];
  readonly #log: (line: string) => void;
  #snapshot: Snapshot<T> = { is: 'disconnected' };
  #reading: Promise<void> | undefined;
  /** Those that changed since they were read, and of them those whose change was not told yet. */
  #stale = new Set<string>();
  #untold = new Set<string>();
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

  /** What the cloud has, as far as the events tell. */
  async loaded(): Promise<Snapshot<T>> {
    for (let fresh = false; ; ) {
      const { cloud } = this.#connections;
      if (this.#reading) {
        await this.#reading;
      } else if (cloud && this.#snapshot.is === 'disconnected') {
        await this.#read(() => this.#all(cloud));
        fresh = true;
      } else if (cloud && this.#stale.size > 0 && !fresh) {
        await this.#read(() => this.#stales(cloud));
        fresh = true; // what changed meanwhile will be told
      } else {
        return this.#snapshot;
      }
    }
  }

  /** As if an event had told of it, such as of one that was just made. */
  touch(id: string): void {
    this.#stale.add(id);
    this.#untold.add(id);
    this.#timer ??= setTimeout(() => this.#tell(), 50);
  }

  reload(): void {
    this.#snapshot = { is: 'disconnected' };
    this.#reading = undefined;
    this.#stale.clear();
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** What was begun before a reload, which another cloud or region brings too, counts for nothing. */
  async #read(read: () => Promise<Snapshot<T>>): Promise<void> {
    const reading = read().then((snapshot) => {
      if (this.#reading !== reading) return;
      this.#reading = undefined;
      this.#snapshot = snapshot;
    });
    this.#reading = reading;
    await reading;
  }

  async #all(cloud: Cloud): Promise<Snapshot<T>> {
    this.#stale.clear();
    try {
      return { is: 'ready', items: await this.#reader.all(cloud) };
    } catch (error) {
      const why = describe(error);
      this.#log(`Reading ${this.#reader.kind}s failed: ${why}`);
      return { is: 'failed', why };
    }
  }

  async #stales(cloud: Cloud): Promise<Snapshot<T>> {
    const before = this.#snapshot;
    if (before.is !== 'ready' || this.#stale.size > 20) return this.#all(cloud);
    const items = new Map(before.items);
    const ids = [...this.#stale];
    this.#stale.clear();
    for (const id of ids) {
      try {
        const found = await this.#reader.one(cloud, id);
        if (found === undefined) items.delete(id);
        else items.set(id, found);
      } catch (error) {
        this.#log(`Reading ${this.#reader.kind} ${id} failed: ${describe(error)}`);
      }
    }
    return { is: 'ready', items };
  }

  #note(event: EmulatorEvent): void {
    const { cloud } = this.#connections;
    if (event.kind === 'reset') this.reload();
    if (event.kind !== this.#reader.kind || !cloud) return;
    if (event.region.toLowerCase() !== cloud.region.toLowerCase()) return;
    this.#reader.hint?.(event);
    this.touch(event.id);
  }

  #tell(): void {
    this.#timer = undefined;
    const ids = [...this.#untold];
    this.#untold.clear();
    for (const id of ids.length > 20 ? [undefined] : ids) this.#changed.fire(id);
  }
}
