import { type Cloud, connect } from '../../server/cloud/cloud.ts';
import type { EmulatorProcess, EmulatorState } from '../emulator/emulatorProcess.ts';
import { Emitter } from '../ui/emitter.ts';
import { describe } from '../ui/errors.ts';
import type { Choice, SignIn } from './users.ts';

type Running = Extract<EmulatorState, { is: 'running' }>;

/** The cloud that views, commands and documents speak to: at present the emulator, as one of its users. */
export class Connections {
  readonly #emulator: EmulatorProcess;
  readonly #choice: Choice;
  readonly #log: (line: string) => void;
  readonly #changed: Emitter<Cloud | undefined>;
  readonly #subscription: { dispose(): void };
  #cloud: Cloud | undefined;
  #problem: string | undefined;
  #connecting: Promise<unknown> = Promise.resolve();

  constructor(emulator: EmulatorProcess, choice: Choice, log: (line: string) => void) {
    this.#emulator = emulator;
    this.#choice = choice;
    this.#log = log;
    this.#changed = new Emitter((error) => log(`A listener failed: ${String(error)}`));
    this.#subscription = emulator.onDidChange((state) => {
      this.#connecting = this.#connecting.then(() => this.#follow(state));
    });
  }

  get cloud(): Cloud | undefined {
    return this.#cloud;
  }

  /** Why nobody is signed in at a cloud that runs. */
  get problem(): string | undefined {
    return this.#problem;
  }

  onDidChange(listener: (cloud: Cloud | undefined) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** Until this has ended, it is not known whether there is a cloud. */
  begin(joining: Promise<void>): void {
    this.#connecting = Promise.all([this.#connecting, joining]);
  }

  /** Returns when what was begun has ended: a cloud is connected then, or none. */
  async settled(): Promise<void> {
    for (let last: Promise<unknown> | undefined; last !== this.#connecting; ) {
      last = this.#connecting;
      await last;
    }
  }

  /** The connected cloud; the emulator is started for it where none is. Throws where that fails. */
  async require(): Promise<Cloud> {
    if (this.#emulator.state.is !== 'running') await this.#emulator.start();
    await this.settled();
    if (!this.#cloud) throw new Error(this.#problem ?? 'No cloud is connected.');
    return this.#cloud;
  }

  /** Shows another region of the connected cloud. */
  chooseRegion(region: string): void {
    if (!this.#cloud) return;
    this.#choice.rememberRegion(region);
    this.#set(this.#cloud.inRegion(region));
  }

  /** Goes on as another user. Throws CloudError where the cloud does not let them in; then all stays as it was. */
  async switchUser(user: SignIn): Promise<Cloud> {
    if (this.#emulator.state.is !== 'running') await this.#emulator.start();
    await this.settled();
    const { state } = this.#emulator;
    if (state.is !== 'running') throw new Error('The emulator does not run.');
    const cloud = await this.#signIn(state, user);
    await this.#choice.rememberUser(user);
    this.#set(cloud);
    return cloud;
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #follow(state: EmulatorState): Promise<void> {
    if (state.is !== 'running') {
      if (this.#cloud || this.#problem) this.#set(undefined);
      return;
    }
    try {
      this.#set(await this.#signIn(state, await this.#choice.user()));
    } catch (error) {
      const problem = `Signing in at ${state.control.url} failed: ${describe(error)}`;
      this.#log(problem);
      this.#set(undefined, problem);
    }
  }

  #signIn({ control, status }: Running, user: SignIn): Promise<Cloud> {
    const wanted = this.#choice.region().toLowerCase();
    const names = status.regions.map(({ name }) => name);
    const region = names.find((name) => name.toLowerCase() === wanted) ?? names[0] ?? wanted;
    return connect({ ...user, authUrl: `${control.url}/identity/v3`, region });
  }

  #set(cloud: Cloud | undefined, problem?: string): void {
    this.#cloud = cloud;
    this.#problem = problem;
    this.#changed.fire(cloud);
  }
}
