import { type Cloud, connect } from '../server/cloud/connect.ts';
import { Emitter } from './emitter.ts';
import type { EmulatorProcess, EmulatorState } from './emulatorProcess.ts';
import { describe } from './errors.ts';

export interface Choice {
  /** The region to begin with. */
  region(): string;
  remember(region: string): void;
}

/** The cloud that views, commands and documents speak to: at present the emulator, as its user `owner`. */
export class Connections {
  readonly #emulator: EmulatorProcess;
  readonly #choice: Choice;
  readonly #log: (line: string) => void;
  readonly #changed: Emitter<Cloud | undefined>;
  readonly #subscription: { dispose(): void };
  #cloud: Cloud | undefined;
  #why = 'No cloud is connected.';
  #connecting: Promise<void> = Promise.resolve();

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

  onDidChange(listener: (cloud: Cloud | undefined) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  /** The connected cloud; the emulator is started for it where none is. Throws where that fails. */
  async require(): Promise<Cloud> {
    if (this.#emulator.state.is !== 'running') await this.#emulator.start();
    await this.#connecting;
    if (!this.#cloud) throw new Error(this.#why);
    return this.#cloud;
  }

  /** Shows another region of the connected cloud. */
  chooseRegion(region: string): void {
    if (!this.#cloud) return;
    this.#choice.remember(region);
    this.#set(this.#cloud.inRegion(region));
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #follow(state: EmulatorState): Promise<void> {
    if (state.is !== 'running') {
      if (this.#cloud) this.#set(undefined);
      return;
    }
    const { url } = state.control;
    const wanted = this.#choice.region().toLowerCase();
    const names = state.status.regions.map(({ name }) => name);
    const region = names.find((name) => name.toLowerCase() === wanted) ?? names[0] ?? wanted;
    try {
      this.#set(await connect({ ...demoUser, authUrl: `${url}/identity/v3`, region }));
    } catch (error) {
      this.#why = `Signing in at ${url} failed: ${describe(error)}`;
      this.#log(this.#why);
      this.#set(undefined);
    }
  }

  #set(cloud: Cloud | undefined): void {
    this.#cloud = cloud;
    this.#changed.fire(cloud);
  }
}

/** The owner of the emulator's demo account; its password is no secret. */
export const demoUser = { userName: 'owner', password: 'emulator', project: '100001' } as const;
