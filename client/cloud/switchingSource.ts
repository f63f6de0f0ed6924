import type { ConnectionChoice } from '../../server/cloud/run/undo.ts';
import type { EmulatorRequest } from '../../server/cloud/services/emulatorControl.ts';
import type { Project } from '../../server/cloud/services/projects.ts';
import { Emitter } from '../ui/emitter.ts';
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

interface Watch {
  readonly kind: ItemKind;
  held: { dispose(): void };
}

/** The one cloud that is shown, which another can take the place of. Whoever watches it goes on watching. */
export class SwitchingSource implements CloudSource {
  readonly #stateChanged: Emitter<ConnectionState>;
  readonly #changes: Emitter<CloudChange>;
  readonly #watches = new Set<Watch>();
  #shown: CloudSource;
  #subscriptions: readonly { dispose(): void }[] = [];

  constructor(shown: CloudSource, log: (line: string) => void) {
    const failed = (error: unknown): void => log(`A listener failed: ${String(error)}`);
    this.#stateChanged = new Emitter(failed);
    this.#changes = new Emitter(failed);
    this.#shown = shown;
    this.#follow();
  }

  /** Shows another cloud, and returns the one that was shown. */
  show(source: CloudSource): CloudSource {
    const before = this.#shown;
    this.#unfollow();
    this.#shown = source;
    this.#follow();
    for (const watch of this.#watches) {
      watch.held.dispose();
      watch.held = source.watch(watch.kind);
    }
    this.#stateChanged.fire(source.state);
    return before;
  }

  get id(): string {
    return this.#shown.id;
  }

  get label(): string {
    return this.#shown.label;
  }

  get description(): string {
    return this.#shown.description;
  }

  get key(): string {
    return this.#shown.key;
  }

  get isSandbox(): boolean {
    return this.#shown.isSandbox;
  }

  get commandLine(): ConnectionChoice | undefined {
    return this.#shown.commandLine;
  }

  get state(): ConnectionState {
    return this.#shown.state;
  }

  get connection(): Connection | undefined {
    return this.#shown.connection;
  }

  get users(): readonly KnownUser[] {
    return this.#shown.users;
  }

  get actions(): readonly CloudAction[] {
    return this.#shown.actions;
  }

  onDidChangeState(listener: (state: ConnectionState) => void): { dispose(): void } {
    return this.#stateChanged.on(listener);
  }

  onDidReport(listener: (change: CloudChange) => void): { dispose(): void } {
    return this.#changes.on(listener);
  }

  settled(): Promise<void> {
    return this.#shown.settled();
  }

  connect(): Promise<Connection> {
    return this.#shown.connect();
  }

  chooseRegion(region: string): void {
    this.#shown.chooseRegion(region);
  }

  switchUser(user: SignIn): Promise<Connection> {
    return this.#shown.switchUser(user);
  }

  listProjects(): Promise<readonly Project[]> {
    return this.#shown.listProjects();
  }

  switchProject(id: string): Promise<Connection> {
    return this.#shown.switchProject(id);
  }

  list<T>(kind: ItemKind, read: () => Promise<ReadonlyMap<string, T>>): Promise<ReadonlyMap<string, T>> {
    return this.#shown.list(kind, read);
  }

  lookedAt(kind: ItemKind): number | undefined {
    return this.#shown.lookedAt(kind);
  }

  readQueue(region: string): Promise<ReadonlyMap<string, number>> {
    return this.#shown.readQueue(region);
  }

  readRequests(): Promise<readonly EmulatorRequest[] | undefined> {
    return this.#shown.readRequests();
  }

  watch(kind: ItemKind): { dispose(): void } {
    const watch: Watch = { kind, held: this.#shown.watch(kind) };
    this.#watches.add(watch);
    return {
      dispose: () => {
        if (this.#watches.delete(watch)) watch.held.dispose();
      },
    };
  }

  dispose(): void {
    this.#unfollow();
    this.#shown.dispose();
  }

  #follow(): void {
    this.#subscriptions = [
      this.#shown.onDidChangeState((state) => this.#stateChanged.fire(state)),
      this.#shown.onDidReport((change) => this.#changes.fire(change)),
    ];
  }

  #unfollow(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
