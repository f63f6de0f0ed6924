import { politeInterval } from '../../server/cloud/run/waiting.ts';
import { listContainers } from '../../server/cloud/services/browse.ts';
import { describeError } from '../ui/errors.ts';
import type { CloudAction, Connection, ItemKind, KnownUser } from './cloudSource.ts';
import { imageReader } from './imageCollection.ts';
import { listServers } from './serverCollection.ts';
import { type Endpoint, SignedInSource } from './signedInSource.ts';
import { shownTasks } from './taskCollection.ts';
import type { UserChoice } from './userChoice.ts';

export interface PollingOptions extends Omit<Endpoint, 'taskInterval'> {
  readonly label: string;
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly choice: UserChoice;
  readonly log: (line: string) => void;
}

/** The result of a look: each id with a text that differs when the thing has changed. */
type Listing = ReadonlyMap<string, string>;

/**
 * A cloud without an event stream: it lists what is watched at an interval, and reports what differs from the look before.
 * The first look reports everything as new, so that nothing is lost between a reader's look and the first of ours.
 */
export class PollingSource extends SignedInSource {
  readonly label: string;
  readonly description: string;
  readonly key: string;
  readonly users: readonly KnownUser[] = [];
  readonly actions: readonly CloudAction[] = [];
  readonly #options: PollingOptions;
  /** How many watch each kind. */
  readonly #watchers = new Map<ItemKind, number>();
  readonly #listings = new Map<ItemKind, Listing>();
  /** The connection that is polled, also while the cloud does not answer. */
  #polled: Connection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;

  constructor(options: PollingOptions) {
    super(options.choice, options.log);
    this.label = options.label;
    this.description = `${options.label} at ${options.authUrl}`;
    this.key = options.authUrl;
    this.#options = options;
  }

  watch(kind: ItemKind): { dispose(): void } {
    this.#watchers.set(kind, (this.#watchers.get(kind) ?? 0) + 1);
    this.#schedule(0);
    let isHeld = true;
    return {
      dispose: () => {
        if (isHeld) this.#watchers.set(kind, (this.#watchers.get(kind) ?? 1) - 1);
        isHeld = false;
      },
    };
  }

  dispose(): void {
    this.#polled = undefined;
    clearTimeout(this.#timer);
  }

  protected async open(): Promise<Endpoint> {
    const endpoint: Endpoint = { ...this.#options, taskInterval: politeInterval };
    if (!this.connection) this.queue(() => (this.connection ? undefined : this.signIn(endpoint)));
    return endpoint;
  }

  protected override setConnection(connection: Connection): void {
    if (connection !== this.#polled) this.#listings.clear();
    this.#polled = connection;
    super.setConnection(connection);
    this.#schedule(0);
  }

  #schedule(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#polled && !this.#isPolling) this.#timer = setTimeout(() => void this.#poll(), milliseconds);
  }

  async #poll(): Promise<void> {
    const connection = this.#polled;
    if (!connection) return;
    this.#isPolling = true;
    for (const { kind, list } of lists) {
      if ((this.#watchers.get(kind) ?? 0) === 0) continue;
      try {
        const listing = await list(connection);
        if (connection === this.#polled) this.#compare(connection, kind, listing);
      } catch (error) {
        if (connection === this.#polled) this.#fail(error);
        break;
      }
    }
    this.#isPolling = false;
    this.#schedule(connection === this.#polled ? this.#options.interval : 0);
  }

  /** Reports what differs from the look before. A cloud that answers again is connected again. */
  #compare(connection: Connection, kind: ItemKind, now: Listing): void {
    if (!this.connection) this.setConnection(connection);
    const before = this.#listings.get(kind) ?? new Map();
    this.#listings.set(kind, now);
    const { region } = connection.cloud;
    for (const [id, text] of now)
      if (before.get(id) !== text)
        this.report({ kind, action: before.has(id) ? 'update' : 'create', region, id });
    for (const id of before.keys()) if (!now.has(id)) this.report({ kind, action: 'delete', region, id });
  }

  #fail(error: unknown): void {
    const reason = `${this.label} does not answer: ${describeError(error)}`;
    if (this.state.kind === 'failed') return;
    this.log(reason);
    this.setState({ kind: 'failed', reason });
  }
}

/** Objects are not listed by themselves: a change of one changes its container's totals. */
const lists: readonly { readonly kind: ItemKind; list(connection: Connection): Promise<Listing> }[] = [
  {
    kind: 'image',
    list: async (connection) => {
      const images = await imageReader.readAll(connection);
      return new Map(
        [...images].map(([id, { image, ...seen }]) => [id, JSON.stringify([...image, seen])] as const),
      );
    },
  },
  {
    kind: 'task',
    list: async ({ cloud }) => {
      const { value } = await cloud.tasks.list({ limit: String(shownTasks) }).next();
      return new Map((value ?? []).map((task) => [task.id, JSON.stringify(task)] as const));
    },
  },
  {
    kind: 'server',
    list: async ({ cloud }) => {
      // A cloud without servers is no cloud that does not answer.
      const servers = cloud.session.offers('compute', cloud.region) ? await listServers(cloud) : [];
      return new Map(servers.map((server) => [server.id, JSON.stringify(server)] as const));
    },
  },
  {
    kind: 'container',
    list: async ({ cloud }) => {
      const listing = new Map<string, string>();
      for (let marker: string | undefined = ''; marker !== undefined; ) {
        const page: Awaited<ReturnType<typeof listContainers>> = await listContainers(cloud, 1000, marker);
        for (const { name, count, bytes } of page.entries) listing.set(name, `${count} ${bytes}`);
        marker = page.next;
      }
      return listing;
    },
  },
];
