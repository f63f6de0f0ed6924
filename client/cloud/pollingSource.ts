import { t } from '@vscode/l10n';
import type { ExchangeLog } from '../../server/cloud/http/exchanges.ts';
import { openFetch } from '../../server/cloud/http/proxiedFetch.ts';
import type { ConnectionChoice } from '../../server/cloud/run/undo.ts';
import { emulatorInterval, politeInterval } from '../../server/cloud/run/waiting.ts';
import type { Entry } from '../../server/cloud/session/cloudsYaml.ts';
import { findProfile } from '../../server/cloud/session/profile.ts';
import type { Session } from '../../server/cloud/session/session.ts';
import { configure, profiles } from '../../server/rules/profile/table.ts';
import { describeError } from '../ui/errors.ts';
import type { CloudAction, Connection, ItemKind, KnownUser } from './cloudSource.ts';
import { type Listing, lists, toListing } from './listings.ts';
import { lacksKind } from './offers.ts';
import { type Endpoint, SignedInSource, type Traits } from './signedInSource.ts';
import { findTrouble, passes, type Trouble } from './trouble.ts';
import type { UserChoice } from './userChoice.ts';

export interface PollingOptions {
  readonly label: string;
  /** Where it is known from, for people: `clouds.yaml`. */
  readonly origin: string;
  readonly key: string;
  /** Reads how to sign in, anew for each sign-in. Throws with what is wrong, MissingSecret. */
  readEntry(): Entry | Promise<Entry>;
  readonly commandLine?: ConnectionChoice;
  /** Variables for terminals, besides those of user and project. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly actions?: readonly CloudAction[];
  readonly choice: UserChoice;
  readonly log: (line: string) => void;
  readonly exchanges?: ExchangeLog;
  readonly clock?: PollingClock;
  /** Milliseconds between two looks, where they are not those that the cloud is due. */
  readonly interval?: number;
}

export interface PollingClock {
  now(): number;
  after(milliseconds: number, work: () => void): { dispose(): void };
}

const systemClock: PollingClock = {
  now: () => Date.now(),
  after: (milliseconds, work) => {
    const timer = setTimeout(work, milliseconds);
    return { dispose: () => clearTimeout(timer) };
  },
};

/** Milliseconds between two looks at an emulator that is served as a cloud. */
const nearInterval = 2000;

/** Milliseconds until a cloud that does not answer at all is asked again. */
const silentInterval = 10_000;

/**
 * A cloud without an event stream: it lists what is watched at an interval, and reports what differs from the look before.
 * The first look reports everything as new, so that nothing is lost between a reader's look and the first of ours. Nobody
 * signs in before something is watched. While the cloud does not answer it stays connected, and what was read stays shown.
 */
export class PollingSource extends SignedInSource {
  readonly isSandbox = false;
  readonly users: readonly KnownUser[] = [];
  readonly #options: PollingOptions;
  readonly #clock: PollingClock;
  /** How many watch each kind. */
  readonly #watchers = new Map<ItemKind, number>();
  readonly #listings = new Map<ItemKind, Listing>();
  readonly #looks = new Map<ItemKind, number>();
  /** Kinds that a reader is listing, whose result serves as our look. */
  readonly #read = new Map<ItemKind, Promise<unknown>>();
  /** Kinds that the cloud refuses to list. */
  readonly #refused = new Set<ItemKind>();
  /** The connection that is polled. */
  #polled: Connection | undefined;
  #timer: { dispose(): void } | undefined;
  /** The time before which the cloud asks not to be asked. */
  #notBefore = 0;
  #isPolling = false;
  /** A sign-in has been asked for, which serves all that ask meanwhile. */
  #isSigningIn = false;
  #isDisposed = false;

  constructor(options: PollingOptions) {
    super(options.choice, options.log, options.exchanges);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get id(): string {
    return this.#options.key;
  }

  get label(): string {
    return this.#options.label;
  }

  get key(): string {
    return this.#options.key;
  }

  get commandLine(): ConnectionChoice | undefined {
    const { commandLine } = this.#options;
    const region = this.connection?.cloud.region;
    return commandLine && { ...commandLine, ...(region === undefined ? {} : { region }) };
  }

  get description(): string {
    return `${this.label} (${this.#options.origin})`;
  }

  get actions(): readonly CloudAction[] {
    return this.#options.actions ?? [];
  }

  override lookedAt(kind: ItemKind): number | undefined {
    return this.#looks.get(kind);
  }

  /** What a reader lists is looked at from then on: it knows of it, so that nothing of it is reported. */
  override async list<T>(
    kind: ItemKind,
    read: () => Promise<ReadonlyMap<string, T>>,
  ): Promise<ReadonlyMap<string, T>> {
    const connection = this.#polled;
    const reading = read();
    this.#read.set(kind, reading);
    try {
      const items = await reading;
      const listing = toListing(kind, items);
      if (listing && connection && connection === this.#polled) {
        this.#listings.set(kind, listing);
        this.#noteLook(connection, kind);
      }
      return items;
    } catch (error) {
      const trouble = findTrouble(error);
      if (trouble && connection && connection === this.#polled) {
        this.#note(connection, trouble);
        this.#schedule(this.#interval);
      }
      throw error;
    } finally {
      if (this.#read.get(kind) === reading) this.#read.delete(kind);
    }
  }

  watch(kind: ItemKind): { dispose(): void } {
    this.#watchers.set(kind, (this.#watchers.get(kind) ?? 0) + 1);
    if (this.state.kind === 'disconnected') void this.open().catch(() => undefined); // its state says why
    if (this.#isDue(kind)) this.#schedule(0);
    let isHeld = true;
    return {
      dispose: () => {
        if (isHeld) this.#watchers.set(kind, (this.#watchers.get(kind) ?? 1) - 1);
        isHeld = false;
      },
    };
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#polled = undefined;
    this.#timer?.dispose();
  }

  protected async open(): Promise<Endpoint> {
    const reading = this.#readEndpoint();
    if (this.connection || this.#isSigningIn) return reading;
    this.#isSigningIn = true;
    this.queue(() =>
      this.#signInUnlessConnected(reading).finally(() => {
        this.#isSigningIn = false;
      }),
    );
    return reading;
  }

  protected override setConnection(connection: Connection): void {
    if (this.#isDisposed) return;
    if (connection !== this.#polled) {
      this.#listings.clear();
      this.#refused.clear();
      this.#looks.clear();
    }
    this.#polled = connection;
    super.setConnection(connection);
    this.#schedule(0);
  }

  async #readEndpoint(): Promise<Endpoint> {
    const entry = await this.#options.readEntry();
    const { credentials, region, trust } = entry;
    const send = trust && openFetch(process.env, trust);
    return {
      credentials,
      ...(send ? { send } : {}),
      ...(region === undefined ? {} : { region }),
      describe: (session) => this.#describe(session, entry, send ?? fetch),
    };
  }

  async #describe(
    session: Session,
    { credentials: { authUrl }, profile: told }: Entry,
    send: typeof fetch,
  ): Promise<Traits> {
    const known = told && ({ profile: told, by: t('its address') } as const);
    const { profile, limits, release, because } = await findProfile(authUrl, session, known, { send });
    return {
      profile: configure(profiles[profile], { limits, release }),
      because,
      taskInterval: session.isEmulator ? emulatorInterval : politeInterval,
      environment: this.#options.environment ?? {},
    };
  }

  async #signInUnlessConnected(reading: Promise<Endpoint>): Promise<void> {
    if (this.connection || this.#isDisposed) return;
    let endpoint: Endpoint;
    try {
      endpoint = await reading;
    } catch (error) {
      this.fail(t`${this.label} cannot be connected to`, error);
      return;
    }
    const trouble = await this.signIn(endpoint);
    // A refused user is not tried again: that locks accounts.
    if (trouble && passes(trouble)) this.#later(this.#findWait(trouble), () => this.#retrySignIn());
  }

  #retrySignIn(): void {
    if (this.state.kind !== 'failed') return;
    if (this.#isWatched())
      void this.open().catch(() => undefined); // its state says why
    else this.#later(this.#interval, () => this.#retrySignIn());
  }

  get #interval(): number {
    const isNear = (this.#polled?.taskInterval ?? politeInterval) < politeInterval;
    return this.#options.interval ?? (isNear ? nearInterval : politeInterval);
  }

  /** Tells whether the last look at a kind is so long ago that who begins to watch it needs another at once. */
  #isDue(kind: ItemKind): boolean {
    const lookedAt = this.#looks.get(kind);
    return lookedAt === undefined || this.#clock.now() - lookedAt >= this.#interval;
  }

  #isWatched(): boolean {
    return [...this.#watchers.values()].some((count) => count > 0);
  }

  /** Sets the time of the next request, and returns the milliseconds until then. */
  #findWait({ kind, retryAfter }: Trouble): number {
    const usual = kind === 'network' ? Math.min(silentInterval, this.#interval) : this.#interval;
    const wait = Math.max(usual, retryAfter ?? 0);
    this.#notBefore = this.#clock.now() + wait;
    return wait;
  }

  #later(milliseconds: number, work: () => void): void {
    this.#timer?.dispose();
    if (!this.#isDisposed) this.#timer = this.#clock.after(milliseconds, work);
  }

  #schedule(milliseconds: number): void {
    if (!this.#polled || this.#isPolling || !this.connection) return;
    const wait = Math.max(milliseconds, this.#notBefore - this.#clock.now());
    this.#later(wait, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    const connection = this.#polled;
    if (!connection || this.#isPolling) return;
    this.#isPolling = true;
    let trouble: Trouble | undefined;
    for (const { kind, list } of lists) {
      if ((this.#watchers.get(kind) ?? 0) === 0 || this.#refused.has(kind)) continue;
      if (lacksKind(kind, connection) !== undefined || this.#isRead(kind)) continue;
      try {
        const listing = await list(connection);
        if (connection !== this.#polled) break;
        if (this.#isRead(kind)) continue; // of a later time
        this.#compare(connection, kind, listing);
      } catch (error) {
        if (connection !== this.#polled) break;
        trouble = findTrouble(error);
        if (trouble) break;
        this.#refused.add(kind);
        this.log(`${this.label} does not list ${kind}s: ${describeError(error)}`);
      }
    }
    this.#isPolling = false;
    if (connection !== this.#polled) return this.#schedule(0);
    if (trouble) this.#note(connection, trouble);
    this.#schedule(this.#interval);
  }

  /** Reports what differs from the look before. */
  #compare(connection: Connection, kind: ItemKind, now: Listing): void {
    this.#noteLook(connection, kind);
    const before = this.#listings.get(kind) ?? new Map();
    this.#listings.set(kind, now);
    const { region } = connection.cloud;
    for (const [id, text] of now)
      if (before.get(id) !== text)
        this.report({ kind, action: before.has(id) ? 'update' : 'create', region, id });
    for (const id of before.keys()) if (!now.has(id)) this.report({ kind, action: 'delete', region, id });
  }

  #isRead(kind: ItemKind): boolean {
    return kind === 'image' && this.#read.has(kind);
  }

  #noteLook(connection: Connection, kind: ItemKind): void {
    this.#notBefore = 0;
    this.#looks.set(kind, this.#clock.now());
    if (this.state.kind !== 'connected' || !this.state.silence) return;
    this.log(`${this.label} answers again.`);
    this.setState({ kind: 'connected', connection });
  }

  /** Says that the cloud does not answer, and until when. A token that cannot be renewed ends the connection. */
  #note(connection: Connection, trouble: Trouble): void {
    const reason =
      trouble.kind === 'busy'
        ? t`${this.label} is busy: ${trouble.reason}`
        : t`${this.label} does not answer: ${trouble.reason}`;
    if (!passes(trouble)) {
      this.#polled = undefined;
      this.log(reason);
      this.setState({
        kind: 'failed',
        reason: t`${this.label} signed you out: ${trouble.reason}`,
        trouble: trouble.kind,
      });
      return;
    }
    const until = this.#clock.now() + this.#findWait(trouble);
    if (this.state.kind !== 'connected' || this.state.silence?.reason !== reason) this.log(reason);
    this.setState({ kind: 'connected', connection, silence: { kind: trouble.kind, reason, until } });
  }
}
