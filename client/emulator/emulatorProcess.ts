import { existsSync, type FSWatcher, watch } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { t } from '@vscode/l10n';
import {
  type EmulatorControl,
  type EmulatorEvent,
  type EmulatorStatus,
  emulatorControl,
} from '../../server/cloud/services/emulatorControl.ts';
import { defaultProfile } from '../../server/rules/profile/profile.ts';
import { isAlive } from '../../server/system.ts';
import { Emitter } from '../ui/emitter.ts';
import { type EmulatedCloud, type Launch, launchEmulator, logFileOf } from './launch.ts';
import { readLock } from './lock.ts';

export type EmulatorState =
  | { readonly kind: 'stopped' | 'starting' | 'stopping' }
  | { readonly kind: 'running'; readonly control: EmulatorControl; readonly status: EmulatorStatus }
  | { readonly kind: 'failed'; readonly reason: string; readonly trouble: 'port' | 'start' | 'ended' };

export interface EmulatorOptions extends Launch {
  /** Its data folder as the cloud that it is by default; as another it has one of its own beside it. */
  readonly data: string;
  /** The cloud that it is by the settings as they are now; without it the emulator's own default. */
  readonly cloud?: () => Promise<EmulatedCloud>;
  readonly log: (line: string) => void;
}

/**
 * The one emulator of a data folder, shared by all windows: joined where it runs, started where it does not. It is no child
 * process of a window: it lives as long as one holds a lease, which is the event stream.
 */
export class EmulatorProcess {
  readonly #options: EmulatorOptions;
  readonly #changed: Emitter<EmulatorState>;
  readonly #events: Emitter<EmulatorEvent>;
  #state: EmulatorState = { kind: 'stopped' };
  #lease = new AbortController();
  #busy: Promise<EmulatorControl> | undefined;
  #watching: FSWatcher | undefined;
  #data: string;
  #cloud: EmulatedCloud = {};

  constructor(options: EmulatorOptions) {
    this.#options = options;
    this.#data = options.data;
    const failed = (error: unknown): void => options.log(`A listener failed: ${String(error)}`);
    this.#changed = new Emitter(failed);
    this.#events = new Emitter(failed);
  }

  /** Its data folder, which identifies it whatever its port. */
  get data(): string {
    return this.#data;
  }

  /** Path of its log. */
  get logFile(): string {
    return logFileOf(this.#data);
  }

  get state(): EmulatorState {
    return this.#state;
  }

  onDidChange(listener: (state: EmulatorState) => void): { dispose(): void } {
    return this.#changed.on(listener);
  }

  onEvent(listener: (event: EmulatorEvent) => void): { dispose(): void } {
    return this.#events.on(listener);
  }

  /** Joins the emulator of the data folder if one runs. */
  async attach(): Promise<EmulatorControl | undefined> {
    if (this.#state.kind === 'running') return this.#state.control;
    await this.#followSettings();
    const lock = await readLock(this.data);
    if (!lock || !isAlive(lock.pid)) return undefined;
    const control = emulatorControl(lock.url, lock.token);
    // Another process may have its number by now, and another emulator its port: only the token proves that it is ours.
    const status = await control.status().catch((error: unknown) => {
      this.#options.log(`The lock file names process ${lock.pid}, which does not answer: ${String(error)}`);
    });
    if (!status || status.pid !== lock.pid) return undefined;
    const present = this.state;
    if (present.kind === 'running') return present.control; // joined meanwhile
    this.#options.log(`Joined the emulator at ${lock.url} (process ${lock.pid}).`);
    this.#lease = new AbortController();
    this.#set({ kind: 'running', control, status });
    void this.#follow(control, status, this.#lease.signal);
    return control;
  }

  /** Joins or starts it, on a port of the caller's choice. Throws with the reason where it does not come up. */
  start(port: number = this.#options.port()): Promise<EmulatorControl> {
    this.#busy ??= this.#start(port).finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  /** Stops it for every window, and returns when its process has ended. */
  async stop(): Promise<void> {
    if (this.#state.kind !== 'running') return;
    const { control, status } = this.#state;
    this.#set({ kind: 'stopping' });
    try {
      await control.stop();
      await this.#ended(status.pid, 15_000);
    } finally {
      this.#lease.abort();
      this.#set({ kind: 'stopped' });
    }
  }

  /** Leaves it: gives the lease back and lets it run for the others. */
  dispose(): void {
    this.#watching?.close();
    this.#lease.abort();
  }

  /** Goes to the emulator of the cloud that the settings name; one that runs is left by restarting it. */
  async #followSettings(): Promise<void> {
    const cloud = (await this.#options.cloud?.()) ?? {};
    if (this.#state.kind === 'running') return;
    const { profile = defaultProfile } = cloud;
    const data = profile === defaultProfile ? this.#options.data : `${this.#options.data}-${profile}`;
    if (data !== this.#data) {
      this.#watching?.close();
      this.#watching = undefined;
    }
    this.#data = data;
    this.#cloud = cloud;
    this.#watchFolder();
  }

  /** Joins the emulator by itself when another window has started it: its lock file then comes. */
  #watchFolder(): void {
    if (this.#watching || !existsSync(this.data)) return;
    this.#watching = watch(this.data, { persistent: false }, (_, name) => {
      const { kind } = this.#state;
      if (name === 'emulator.lock' && (kind === 'stopped' || kind === 'failed')) void this.attach();
    });
    this.#watching.on('error', (error) =>
      this.#options.log(`The data folder is not watched: ${error.message}`),
    );
  }

  async #start(port: number): Promise<EmulatorControl> {
    const joined = await this.attach();
    if (joined) return joined;
    this.#set({ kind: 'starting' });
    try {
      // Where another window was faster, its emulator holds the folder, and ours has ended with that error: join that one.
      const failure = await launchEmulator(this.#options, this.#data, this.#cloud, port).then(
        () => undefined,
        (error: unknown) => error,
      );
      const control = (await this.attach()) ?? (await this.#whenServed(failure));
      if (control) return control;
      throw failure ?? new Error(t('The emulator started, and then did not answer.'));
    } catch (error) {
      const failure = explainFailure(error);
      this.#options.log(`The emulator did not start: ${failure.reason}`);
      this.#set({ kind: 'failed', ...failure });
      throw new Error(failure.reason, { cause: error });
    }
  }

  /** Joins the emulator that another window has just started, and that holds the folder and does not serve yet. */
  async #whenServed(failure: unknown): Promise<EmulatorControl | undefined> {
    if (!(failure instanceof Error && failure.message.includes('is in use by another emulator')))
      return undefined;
    this.#options.log('Another emulator holds the data folder. Waiting for it to serve.');
    for (let waited = 0; waited < 30_000; waited += 100) {
      const control = await this.attach();
      if (control) return control;
      await wait(100);
    }
    return undefined;
  }

  /** Passes its events on. When the stream breaks, finds out how the emulator has ended, or follows it again. */
  async #follow(control: EmulatorControl, { pid, seq }: EmulatorStatus, signal: AbortSignal): Promise<void> {
    let after = seq;
    while (!signal.aborted) {
      try {
        for await (const event of control.events({ after, lease: true, signal })) {
          after = event.seq;
          this.#events.fire(event);
        }
      } catch (error) {
        if (!signal.aborted) this.#options.log(`The event stream broke: ${String(error)}`);
      }
      if (signal.aborted || this.#state.kind === 'stopping') return;
      if (await this.#isGone(pid)) {
        const crashed = (await readLock(this.data))?.pid === pid;
        const reason = t`The emulator (process ${pid}) ended unexpectedly.`;
        if (crashed) this.#options.log(reason);
        this.#set(crashed ? { kind: 'failed', reason, trouble: 'ended' } : { kind: 'stopped' });
        return;
      }
    }
  }

  /** Checks that the process has ended, or ends within the second that a clean stop may take after its streams. */
  async #isGone(pid: number): Promise<boolean> {
    await this.#ended(pid, 1000);
    return !isAlive(pid);
  }

  async #ended(pid: number, milliseconds: number): Promise<void> {
    for (let waited = 0; waited < milliseconds && isAlive(pid); waited += 50) await wait(50);
  }

  #set(state: EmulatorState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}

/** The emulator's own words, but where they speak of its command line. */
function explainFailure(error: unknown): { reason: string; trouble: 'port' | 'start' } {
  const reason = error instanceof Error ? error.message : String(error);
  const [taken] = /^Port \d+ of .* is taken by .*?\.(?= )/m.exec(reason) ?? [];
  return taken === undefined
    ? { reason, trouble: 'start' }
    : { reason: t`${taken} Change cloudImages.emulator.port, or use a free port.`, trouble: 'port' };
}
