import { type Cloud, cloudIn } from '../../server/cloud/cloud.ts';
import { openSession } from '../../server/cloud/session/session.ts';
import type { Profile } from '../../server/rules/profile/profile.ts';
import { Emitter } from '../ui/emitter.ts';
import { describeError } from '../ui/errors.ts';
import type {
  CloudAction,
  CloudChange,
  CloudSource,
  Connection,
  ConnectionState,
  ItemKind,
  KnownUser,
  SignIn,
} from './cloudSource.ts';
import type { UserChoice } from './userChoice.ts';

/** Where a user signs in. */
export interface Endpoint {
  /** Keystone's address, ending in `/v3`. */
  readonly authUrl: string;
  readonly profile: Profile;
  readonly taskInterval: number;
  readonly control?: Connection['control'];
}

/** Signing in, regions and users: what sources have in common, however they learn of changes. */
export abstract class SignedInSource implements CloudSource {
  abstract readonly label: string;
  abstract readonly description: string;
  abstract readonly key: string;
  abstract readonly users: readonly KnownUser[];
  abstract readonly actions: readonly CloudAction[];
  protected readonly log: (line: string) => void;
  readonly #choice: UserChoice;
  readonly #stateChanged: Emitter<ConnectionState>;
  readonly #changes: Emitter<CloudChange>;
  #state: ConnectionState = { kind: 'disconnected' };
  #pending: Promise<unknown> = Promise.resolve();

  constructor(choice: UserChoice, log: (line: string) => void) {
    this.#choice = choice;
    this.log = log;
    const failed = (error: unknown): void => log(`A listener failed: ${String(error)}`);
    this.#stateChanged = new Emitter(failed);
    this.#changes = new Emitter(failed);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#state.kind === 'connected' ? this.#state.connection : undefined;
  }

  onDidChangeState(listener: (state: ConnectionState) => void): { dispose(): void } {
    return this.#stateChanged.on(listener);
  }

  onDidReport(listener: (change: CloudChange) => void): { dispose(): void } {
    return this.#changes.on(listener);
  }

  async settled(): Promise<void> {
    for (let last: Promise<unknown> | undefined; last !== this.#pending; ) {
      last = this.#pending;
      await last;
    }
  }

  async connect(): Promise<Connection> {
    await this.open();
    await this.settled();
    if (this.connection) return this.connection;
    throw new Error(this.#state.kind === 'failed' ? this.#state.reason : `${this.label} is not connected.`);
  }

  chooseRegion(region: string): void {
    if (!this.connection) return;
    this.#choice.rememberRegion(region);
    this.setConnection(describeConnection(this.connection.cloud.inRegion(region), this.connection));
  }

  async switchUser(user: SignIn): Promise<Connection> {
    const endpoint = await this.open();
    await this.settled();
    const connection = await this.#signIn(endpoint, user);
    await this.#choice.rememberUser(user);
    this.setConnection(connection);
    return connection;
  }

  async readQueue(_region: string): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  abstract watch(kind: ItemKind): { dispose(): void };
  abstract dispose(): void;

  /** Makes the cloud reachable, and begins to sign in where nobody is. Throws with the reason where it cannot be reached. */
  protected abstract open(): Promise<Endpoint>;

  protected report(change: CloudChange): void {
    this.#changes.fire(change);
  }

  protected setState(state: ConnectionState): void {
    this.#state = state;
    this.#stateChanged.fire(state);
  }

  protected setConnection(connection: Connection): void {
    this.setState({ kind: 'connected', connection });
  }

  /** Runs after what is under way; `settled` waits for it. */
  protected queue(work: () => Promise<void> | void): void {
    this.#pending = this.#pending.then(work);
  }

  protected async signIn(endpoint: Endpoint): Promise<void> {
    this.setState({ kind: 'connecting' });
    try {
      this.setConnection(await this.#signIn(endpoint, await this.#choice.user()));
    } catch (error) {
      const reason = `Signing in at ${endpoint.authUrl} failed: ${describeError(error)}`;
      this.log(reason);
      this.setState({ kind: 'failed', reason });
    }
  }

  async #signIn({ authUrl, profile, taskInterval, control }: Endpoint, user: SignIn): Promise<Connection> {
    const session = await openSession({ ...user, authUrl });
    const wanted = this.#choice.region();
    const region = session.regions.find((name) => name.toLowerCase() === wanted.toLowerCase());
    const cloud = cloudIn(session, region ?? session.regions[0] ?? wanted);
    // Terminals keep their variables in the open, so only a password that is no secret goes there.
    const isKnown = this.users.some(
      ({ userName, password }) => userName === user.userName && password === user.password,
    );
    const environment = {
      OS_AUTH_URL: authUrl,
      OS_IDENTITY_API_VERSION: '3',
      ...(isKnown ? { OS_PASSWORD: user.password } : {}),
    };
    return describeConnection(cloud, { profile, taskInterval, environment, ...(control ? { control } : {}) });
  }
}

function describeConnection(
  cloud: Cloud,
  {
    profile,
    taskInterval,
    environment,
    control,
  }: Pick<Connection, 'profile' | 'taskInterval' | 'environment' | 'control'>,
): Connection {
  const { user, account, roles } = cloud.session;
  return {
    cloud,
    profile,
    ...(control ? { control } : {}),
    caller: { account: account.id, roles },
    taskInterval,
    environment: {
      ...environment,
      OS_USERNAME: user.name,
      OS_PROJECT_NAME: account.name,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: cloud.region,
    },
  };
}
