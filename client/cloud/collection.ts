import { Emitter } from '../ui/emitter.ts';
import { describeError } from '../ui/errors.ts';
import type { CloudChange, CloudSource, Connection, ItemChange, ItemKind } from './cloudSource.ts';

/** Reads one kind of thing from a cloud. */
export interface Reader<T> {
  readonly kind: ItemKind;
  /** `tell` takes what is read so far, where all of it comes in parts: a map that goes on growing. */
  readAll(
    connection: Connection,
    tell?: (part: ReadonlyMap<string, T>) => void,
  ): Promise<ReadonlyMap<string, T>>;
  /** Returns nothing where there is none, or none that `readAll` would return. */
  readOne(connection: Connection, id: string): Promise<T | undefined>;
  /** Returns why the cloud has none of the kind at all. */
  lacks?(connection: Connection): string | undefined;
  /** Ids of others that a change may concern too: those that wait behind it. */
  concerns?(items: ReadonlyMap<string, T>): Iterable<string>;
  /** Keeps what only the change holds, such as progress. */
  note?(change: ItemChange): void;
}

/** Calls back with what one was before it was read again, and what it is; undefined where there is none. */
export type Seen<T> = (id: string, before: T | undefined, after: T | undefined) => void;

export type Snapshot<T> =
  | { readonly kind: 'disconnected' }
  /** The cloud has none of the kind, for the reason. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** `isPartial`: more is being read. */
  | { readonly kind: 'ready'; readonly items: ReadonlyMap<string, T>; readonly isPartial?: true }
  | { readonly kind: 'failed'; readonly reason: string };

/** Above this many changes, everything is read again. */
const many = 20;

/**
 * The things of one kind in the connected region. They are read when someone asks for them. Changes that the cloud reports are
 * read at the next asking: one by one, or all where they are many. Nothing is read while nobody looks.
 */
export class Collection<T> {
  readonly #source: CloudSource;
  readonly #reader: Reader<T>;
  readonly #changed: Emitter<string | undefined>;
  /** A part of a long list has been read. */
  readonly #parts: Emitter<void>;
  /** One has been read again after a change. */
  readonly #sightings: Emitter<Parameters<Seen<T>>>;
  readonly #subscriptions: { dispose(): void }[];
  readonly #log: (line: string) => void;
  /** The connection that the snapshot is of. */
  #connection: Connection | undefined;
  #snapshot: Snapshot<T> = { kind: 'disconnected' };
  /** The last whole list of a connection, which stands where the cloud falls silent. */
  #last: { readonly connection: Connection; readonly items: ReadonlyMap<string, T> } | undefined;
  #reading: Promise<void> | undefined;
  /** What has been read so far of a list that is being read for the first time. */
  #part: Extract<Snapshot<T>, { kind: 'ready' }> | undefined;
  /** How many look. */
  #watchers = 0;
  /** Changed since they were read; and of them those that listeners do not know of yet. */
  #stale = new Set<string>();
  #unannounced = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(source: CloudSource, reader: Reader<T>, log: (line: string) => void) {
    this.#source = source;
    this.#reader = reader;
    this.#log = log;
    const failed = (error: unknown): void => log(`A listener failed: ${String(error)}`);
    this.#changed = new Emitter(failed);
    this.#parts = new Emitter(failed);
    this.#sightings = new Emitter(failed);
    this.#subscriptions = [
      source.onDidChangeState(() => {
        if (source.connection !== this.#connection) this.reload();
        else if (!this.#isSilent()) for (const id of this.#stale) this.touch(id); // could not be read before
      }),
      source.onDidReport((change) => this.#note(change)),
    ];
  }

  /** Calls back with the id of what changed, or with nothing where anything may have changed. */
  onDidChange(listener: (id: string | undefined) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** Calls back when more of a long list has been read, which `shown` returns. */
  onDidRead(listener: () => void): { dispose(): void } {
    return this.#parts.on(listener);
  }

  /** Calls back for each that was read again since the cloud reported a change of it. */
  onDidSee(listener: Seen<T>): { dispose(): void } {
    return this.#sightings.on((seen) => listener(...seen));
  }

  /** Returns what is known by now: of a list that is being read for the first time, the part that has come. */
  async shown(): Promise<Snapshot<T>> {
    const loaded = this.loaded();
    if (this.#part) return this.#part;
    const first = new Promise<void>((resolve) => {
      const listening = this.#parts.on(() => {
        listening.dispose();
        resolve();
      });
      void loaded.then(() => listening.dispose());
    });
    await Promise.race([loaded, first]);
    return this.#part ?? loaded;
  }

  /** Returns what the cloud has, as far as it has reported its changes. */
  async loaded(): Promise<Snapshot<T>> {
    for (let fresh = false; ; ) {
      const { connection } = this.#source;
      if (this.#reading) {
        await this.#reading;
      } else if (connection && this.#snapshot.kind === 'disconnected') {
        await this.#read(() => this.#readAll(connection));
        fresh = true;
      } else if (connection && this.#stale.size > 0 && !fresh) {
        await this.#read(() => this.#readStale(connection));
        fresh = true; // what changed meanwhile will be announced
      } else {
        return this.#snapshot;
      }
    }
  }

  /** Requests reports of changes until disposed, for as long as someone looks, who is not to wait for the first list. */
  watch(): { dispose(): void } {
    this.#watchers++;
    this.#readAhead();
    const watch = this.#source.watch(this.#reader.kind);
    let isHeld = true;
    return {
      dispose: () => {
        watch.dispose();
        if (isHeld) this.#watchers--;
        isHeld = false;
      },
    };
  }

  /** Marks one as changed, such as one that was just made. */
  touch(id: string): void {
    this.#stale.add(id);
    this.#unannounced.add(id);
    this.#timer ??= setTimeout(() => this.#announce(), 50);
  }

  reload(): void {
    this.#connection = this.#source.connection;
    if (this.#last?.connection !== this.#connection) this.#last = undefined;
    this.#snapshot = { kind: 'disconnected' };
    this.#reading = undefined;
    this.#part = undefined;
    this.#stale.clear();
    this.#readAhead();
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  /** Begins to read what someone looks at, who will ask for it. */
  #readAhead(): void {
    if (this.#watchers > 0 && this.#source.connection && this.#snapshot.kind === 'disconnected')
      void this.loaded();
  }

  /** Drops what was begun before a reload, which another user or region brings too. */
  async #read(read: () => Promise<Snapshot<T>>): Promise<void> {
    const reading = read().then((snapshot) => {
      if (this.#reading !== reading) return;
      const wasPartial = this.#part !== undefined;
      this.#reading = undefined;
      this.#part = undefined;
      this.#snapshot = snapshot;
      if (wasPartial) this.#parts.fire();
    });
    this.#reading = reading;
    await reading;
  }

  async #readAll(connection: Connection): Promise<Snapshot<T>> {
    this.#stale.clear();
    const lack = this.#reader.lacks?.(connection);
    if (lack !== undefined) return { kind: 'absent', reason: lack };
    try {
      const tell = this.#openParts(connection);
      const items = await this.#source.list(this.#reader.kind, () => this.#reader.readAll(connection, tell));
      return this.#keep(connection, items);
    } catch (error) {
      const reason = describeError(error);
      this.#log(`Reading ${this.#reader.kind}s failed: ${reason}`);
      return this.#isSilent() && this.#last?.connection === connection
        ? { kind: 'ready', items: this.#last.items }
        : { kind: 'failed', reason };
    }
  }

  /** The cloud does not answer, and its state says so. */
  #isSilent(): boolean {
    const { state } = this.#source;
    return state.kind === 'connected' && state.silence !== undefined;
  }

  /** Takes the parts of a list that is read for the first time: those before show what is still so. */
  #openParts(connection: Connection): (items: ReadonlyMap<string, T>) => void {
    let told = 0;
    return (items) => {
      const isFirst = this.#snapshot.kind === 'disconnected' && this.#reading !== undefined;
      // Each part is drawn anew, so each is to be worth it.
      if (!isFirst || connection !== this.#source.connection || items.size < told * 4) return;
      told = items.size;
      this.#part = { kind: 'ready', items, isPartial: true };
      this.#parts.fire();
    };
  }

  async #readStale(connection: Connection): Promise<Snapshot<T>> {
    const before = this.#snapshot;
    if (before.kind !== 'ready' || this.#stale.size > many) return this.#readAll(connection);
    const items = new Map(before.items);
    const ids = [...this.#stale];
    this.#stale.clear();
    for (const id of ids) {
      try {
        const found = await this.#reader.readOne(connection, id);
        if (found === undefined) items.delete(id);
        else items.set(id, found);
        this.#sightings.fire([id, before.items.get(id), found]);
      } catch (error) {
        this.#stale.add(id); // what is shown of it is old
        this.#log(`Reading ${this.#reader.kind} ${id} failed: ${describeError(error)}`);
      }
    }
    return this.#keep(connection, items);
  }

  #keep(connection: Connection, items: ReadonlyMap<string, T>): Snapshot<T> {
    this.#last = { connection, items };
    return { kind: 'ready', items };
  }

  #note(change: CloudChange): void {
    if (change.kind === 'reset') {
      this.reload();
      return;
    }
    const region = this.#source.connection?.cloud.region.toLowerCase();
    if (change.kind !== this.#reader.kind || change.region.toLowerCase() !== region) return;
    this.#reader.note?.(change);
    this.touch(change.id);
    if (this.#snapshot.kind !== 'ready') return;
    for (const id of this.#reader.concerns?.(this.#snapshot.items) ?? []) this.touch(id);
  }

  #announce(): void {
    this.#timer = undefined;
    const ids = [...this.#unannounced];
    this.#unannounced.clear();
    for (const id of ids.length > many ? [undefined] : ids) this.#changed.fire(id);
  }
}
