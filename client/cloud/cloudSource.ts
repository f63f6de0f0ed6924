import { t } from '@vscode/l10n';
import type { Cloud } from '../../server/cloud/cloud.ts';
import type { ConnectionChoice } from '../../server/cloud/run/undo.ts';
import type { EmulatorControl, EmulatorRequest } from '../../server/cloud/services/emulatorControl.ts';
import type { Project } from '../../server/cloud/services/projects.ts';
import type { Caller, Profile } from '../../server/rules/profile/profile.ts';
import type { PublishedLimits } from '../../server/workspace/settings.ts';
import type { TroubleKind } from './trouble.ts';

/** The kinds of thing whose changes a source reports. */
export type ItemKind = 'image' | 'task' | 'container' | 'object' | 'server';

/** A change in the cloud, reported after it has happened. */
export interface ItemChange {
  readonly kind: ItemKind;
  readonly action: 'create' | 'update' | 'delete';
  readonly region: string;
  /** Id of an image, task or server; name of a container; `container/object`. */
  readonly id: string;
  /** Progress of a task, 0 to 1, from clouds that tell. */
  readonly progress?: number;
  /** What is being done for a task, from clouds that tell: `judge`, `pack`, `merge`, `store`. */
  readonly stage?: string;
}

/** `reset`: everything may have changed. */
export type CloudChange = ItemChange | { readonly kind: 'reset' };

/** A user signed in to one region of a cloud, and what the rules need to know of both. */
export interface Connection {
  /** Which of the clouds that can be shown: `emulator`, `entry/acme`. */
  readonly cloudId: string;
  readonly cloud: Cloud;
  /** The cloud's profile, with its own limits. */
  readonly profile: Profile;
  readonly caller: Caller;
  /** Milliseconds between two looks at a task that is waited for. */
  readonly taskInterval: number;
  /** Of an emulator: guests of servers write by it, and it tells how long an image of one takes. */
  readonly control?: Pick<EmulatorControl, 'changeDisk' | 'readImaging' | 'clock'>;
  /** Why the cloud has this profile, as a clause. */
  readonly because: string;
  /** Variables that let OpenStack's command-line clients sign in as this user. */
  readonly environment: Readonly<Record<string, string>>;
}

export type ConnectionState =
  | { readonly kind: 'disconnected' | 'connecting' | 'disconnecting' }
  | { readonly kind: 'connected'; readonly connection: Connection; readonly silence?: Silence }
  | { readonly kind: 'failed'; readonly reason: string; readonly trouble?: TroubleKind };

/** A connected cloud that does not answer now: what was read before is still shown. */
export interface Silence {
  readonly kind: 'network' | 'busy';
  readonly reason: string;
  /** When it is asked again, in milliseconds of the clock. */
  readonly until: number;
}

export interface SignIn {
  readonly userName: string;
  readonly password: string;
}

/** A user that can be chosen by name. */
export interface KnownUser extends SignIn {
  readonly about: string;
}

/** A command to offer for a cloud in its present state. */
export interface CloudAction {
  readonly title: string;
  readonly icon: string;
  readonly command: string;
}

/**
 * A cloud as views, commands and documents see it. One implementation follows the emulator's events, the other polls a cloud
 * that has none.
 */
export interface CloudSource {
  /** Which of the clouds that can be shown: `emulator`, `entry/acme`. */
  readonly id: string;
  /** Short name for people: `Emulator`. */
  readonly label: string;
  /** Product, version and address, for people. */
  readonly description: string;
  /** Identifies the cloud in files that outlive the session. */
  readonly key: string;
  /** Nothing is lost where something goes wrong: it is a cloud to try things in. */
  readonly isSandbox: boolean;
  /** How the command line connects to it as this user; undefined where it cannot. */
  readonly commandLine: ConnectionChoice | undefined;
  readonly state: ConnectionState;
  /** The connection of the state `connected`. */
  readonly connection: Connection | undefined;
  readonly users: readonly KnownUser[];
  /** Ways to start, stop or reset the cloud, where a person can do that. */
  readonly actions: readonly CloudAction[];
  onDidChangeState(listener: (state: ConnectionState) => void): { dispose(): void };
  onDidReport(listener: (change: CloudChange) => void): { dispose(): void };
  /** Resolves when no sign-in is under way. */
  settled(): Promise<void>;
  /** Returns the connection, after starting the cloud or signing in where that is needed. Throws where it fails. */
  connect(): Promise<Connection>;
  /** Shows another region of the connected cloud. */
  chooseRegion(region: string): void;
  /** Signs in as another user and remembers the choice. Throws CloudError, and then keeps the present user. */
  switchUser(user: SignIn): Promise<Connection>;
  /** Lists the projects that the user may work in. Throws CloudError. */
  listProjects(): Promise<readonly Project[]>;
  /** Shows another project and remembers the choice. Throws CloudError, and then keeps the present one. */
  switchProject(id: string): Promise<Connection>;
  /**
   * Reads a list of a kind by `read`. A source that looks itself takes the result for a look of its own, so that nothing is
   * listed twice.
   */
  list<T>(kind: ItemKind, read: () => Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>>;
  /** The time of the last good look at a kind; undefined where there was none, or where changes come by themselves. */
  lookedAt(kind: ItemKind): number | undefined;
  /**
   * How many images wait on the same hosts before that of each server which waits for its turn, by the server's id. Empty
   * where the cloud does not tell.
   */
  readQueue(region: string): Promise<ReadonlyMap<string, number>>;
  /** The last requests of everybody, the oldest first; undefined where the cloud does not tell. */
  readRequests(): Promise<readonly EmulatorRequest[] | undefined>;
  /** Requests reports of a kind until disposed. A source that reports everything anyway ignores it. */
  watch(kind: ItemKind): { dispose(): void };
  dispose(): void;
}

/** The id of the emulator among the clouds that can be shown. */
export const emulatorId = 'emulator';

/** The name of the account, as people know it: of the project, or its number where it has none. */
export function nameProject({ cloud: { session } }: Connection): string {
  return session.account.name || session.account.id;
}

/** Names cloud, region, user and project: what tells one view of a cloud from another. */
export function describeView({ label }: Pick<CloudSource, 'label'>, connection: Connection): string {
  const { region, session } = connection.cloud;
  return `${label} ${region} · ${session.user.name} · ${nameProject(connection)}`;
}

/** Names cloud, account and region, for questions about changes: `Emulator, account 100001, DFW`. */
export function describePlace({ label, connection }: CloudSource): string {
  const cloud = connection?.cloud;
  return cloud ? t`${label}, account ${cloud.session.account.id}, ${cloud.region}` : label;
}

/** Returns what the rules need to know of the connected cloud. */
export function describeLimits({ connection }: CloudSource): PublishedLimits | undefined {
  if (!connection) return undefined;
  const { profile, caller } = connection;
  return { profile: profile.name, limits: profile.limits, release: profile.release, caller };
}
