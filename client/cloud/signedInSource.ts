import { t } from '@vscode/l10n';
import { type Cloud, cloudIn } from '../../server/cloud/cloud.ts';
import type { ExchangeLog, Origin } from '../../server/cloud/http/exchanges.ts';
import type { ConnectionChoice } from '../../server/cloud/run/undo.ts';
import type { EmulatorRequest } from '../../server/cloud/services/emulatorControl.ts';
import { listProjects, type Project } from '../../server/cloud/services/projects.ts';
import type { Credentials } from '../../server/cloud/session/authentication.ts';
import { openSession, type Session } from '../../server/cloud/session/session.ts';
import { Emitter } from '../ui/emitter.ts';
import { describeError, endSentence } from '../ui/errors.ts';
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
import { inProject, withUser } from './credentials.ts';
import { findTrouble, type Trouble } from './trouble.ts';
import type { UserChoice } from './userChoice.ts';

/** What a connection has besides its session. */
export type Traits = Pick<Connection, 'profile' | 'because' | 'taskInterval' | 'control' | 'environment'>;

/** Where and how somebody signs in, before a workspace chooses another user or project. */
export interface Endpoint {
  readonly credentials: Credentials;
  readonly region?: string;
  readonly send?: typeof fetch;
  describe(session: Session): Promise<Traits>;
}

/** Signing in, regions, projects and users: what sources have in common, however they learn of changes. */
export abstract class SignedInSource implements CloudSource {
  abstract readonly id: string;
  abstract readonly label: string;
  abstract readonly description: string;
  abstract readonly key: string;
  abstract readonly isSandbox: boolean;
  abstract readonly commandLine: ConnectionChoice | undefined;
  abstract readonly users: readonly KnownUser[];
  abstract readonly actions: readonly CloudAction[];
  protected readonly log: (line: string) => void;
  readonly #choice: UserChoice;
  readonly #exchanges: ExchangeLog | undefined;
  readonly #stateChanged: Emitter<ConnectionState>;
  readonly #changes: Emitter<CloudChange>;
  #state: ConnectionState = { kind: 'disconnected' };
  #pending: Promise<unknown> = Promise.resolve();

  constructor(choice: UserChoice, log: (line: string) => void, exchanges?: ExchangeLog) {
    this.#choice = choice;
    this.#exchanges = exchanges;
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
    throw new Error(this.#state.kind === 'failed' ? this.#state.reason : t`${this.label} is not connected.`);
  }

  chooseRegion(region: string): void {
    if (!this.connection) return;
    this.#choice.rememberRegion(region);
    this.setConnection(describeConnection(this.id, this.connection.cloud.inRegion(region), this.connection));
  }

  async switchUser(user: SignIn): Promise<Connection> {
    const endpoint = await this.open();
    await this.settled();
    const credentials = withUser(endpoint.credentials, user);
    const project = await findOwnProject(credentials, this.#observe(endpoint));
    const connection = await this.#signIn(
      endpoint,
      project === undefined ? credentials : inProject(credentials, project),
    );
    await this.#choice.rememberProject(project);
    await this.#choice.rememberUser(user);
    this.setConnection(connection);
    return connection;
  }

  async listProjects(): Promise<readonly Project[]> {
    const { cloud } = await this.connect();
    const { credentials } = await this.open();
    return listProjects(cloud.session, credentials.authUrl);
  }

  async switchProject(id: string): Promise<Connection> {
    const endpoint = await this.open();
    await this.settled();
    const connection = await this.#signIn(endpoint, inProject(await this.#chooseUser(endpoint), id));
    await this.#choice.rememberProject(id);
    this.setConnection(connection);
    return connection;
  }

  async readQueue(_region: string): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  async readRequests(): Promise<readonly EmulatorRequest[] | undefined> {
    return undefined;
  }

  list<T>(_kind: ItemKind, read: () => Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>> {
    return read();
  }

  lookedAt(_kind: ItemKind): number | undefined {
    return undefined;
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

  /** Signs in as the workspace has chosen; returns what went wrong. */
  protected async signIn(endpoint: Endpoint): Promise<Trouble | undefined> {
    this.setState({ kind: 'connecting' });
    try {
      const credentials = await this.#chooseUser(endpoint);
      const project = this.#choice.project();
      this.setConnection(
        await this.#signIn(endpoint, project === undefined ? credentials : inProject(credentials, project)),
      );
      return undefined;
    } catch (error) {
      return this.fail(t`Signing in at ${endpoint.credentials.authUrl} failed`, error);
    }
  }

  /** Shows that nobody is signed in any more, and why. */
  protected fail(what: string, error: unknown): Trouble {
    const trouble = findTrouble(error) ?? { kind: 'refused', reason: describeError(error) };
    const sentences = [
      `${what}: ${trouble.reason}`,
      ...(trouble.remedy === undefined ? [] : [trouble.remedy]),
    ];
    const reason = sentences.length > 1 ? sentences.map(endSentence).join(' ') : sentences.join('');
    this.log(reason);
    this.setState({ kind: 'failed', reason, trouble: trouble.kind });
    return trouble;
  }

  #observe({ send = fetch }: Endpoint): typeof fetch {
    const describeOrigin = (): Origin => {
      const { cloud, region } = this.commandLine ?? {};
      return {
        key: this.key,
        ...(cloud === undefined ? {} : { cloud }),
        ...(region === undefined ? {} : { region }),
      };
    };
    return this.#exchanges?.observe(send, describeOrigin) ?? send;
  }

  async #chooseUser({ credentials }: Endpoint): Promise<Credentials> {
    const user = await this.#choice.user();
    return user ? withUser(credentials, user) : credentials;
  }

  async #signIn(endpoint: Endpoint, credentials: Credentials): Promise<Connection> {
    const session = await openInProject(credentials, this.#observe(endpoint));
    const wanted = this.#choice.region() ?? endpoint.region ?? '';
    const region = session.regions.find((name) => name.toLowerCase() === wanted.toLowerCase());
    const cloud = cloudIn(session, region ?? session.regions[0] ?? wanted);
    const traits = await endpoint.describe(session);
    return describeConnection(this.id, cloud, {
      ...traits,
      environment: { ...traits.environment, ...this.#describeUser(credentials, cloud, traits) },
    });
  }

  /** The variables of user and project, besides those that lead to the cloud. */
  #describeUser(
    credentials: Credentials,
    { session: { user, account } }: Cloud,
    { environment }: Traits,
  ): Record<string, string> {
    // The entry says the rest, and an application credential takes no project.
    if ('OS_CLOUD' in environment)
      return 'projectId' in credentials && credentials.projectId !== undefined
        ? { OS_PROJECT_ID: credentials.projectId }
        : {};
    // Terminals keep their variables in the open, so only a password that is no secret goes there.
    const known = this.users.find(
      (one) =>
        'password' in credentials &&
        one.userName === credentials.userName &&
        one.password === credentials.password,
    );
    return {
      OS_AUTH_URL: credentials.authUrl,
      OS_USERNAME: user.name,
      OS_PROJECT_NAME: account.name,
      ...(known ? { OS_PASSWORD: known.password } : {}),
    };
  }
}

/** A user without a project of their own works in the first that is open to them. */
async function openInProject(credentials: Credentials, send?: typeof fetch): Promise<Session> {
  const session = await openSession(credentials, undefined, send);
  if (session.account.id !== '') return session;
  const [first] = await listProjects(session, credentials.authUrl);
  return first ? openSession(inProject(credentials, first.id), undefined, send) : session;
}

/** The project of a user who is not in the one that the credentials name; undefined where they are, or none is named. */
async function findOwnProject(credentials: Credentials, send?: typeof fetch): Promise<string | undefined> {
  if ('applicationCredential' in credentials) return undefined;
  const { project, projectId, projectDomain: _, ...own } = credentials;
  if (project === undefined && projectId === undefined) return undefined;
  // Without a project first: a refusal then is about the password, which is tried once.
  const session = await openSession(own, undefined, send);
  const projects = await listProjects(session, credentials.authUrl);
  if (projects.some(({ id, name }) => id === projectId || name === project)) return undefined;
  return session.account.id || projects[0]?.id;
}

function describeConnection(cloudId: string, cloud: Cloud, traits: Traits): Connection {
  const { profile, because, taskInterval, environment, control } = traits;
  const { account, roles } = cloud.session;
  return {
    cloudId,
    cloud,
    profile,
    because,
    ...(control ? { control } : {}),
    caller: { account: account.id, roles },
    taskInterval,
    environment: { ...environment, OS_REGION_NAME: cloud.region },
  };
}
