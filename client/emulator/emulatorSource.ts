import { t } from '@vscode/l10n';
import type { ExchangeLog } from '../../server/cloud/http/exchanges.ts';
import type { ConnectionChoice } from '../../server/cloud/run/undo.ts';
import { emulatorInterval } from '../../server/cloud/run/waiting.ts';
import type { EmulatorEvent, EmulatorRequest } from '../../server/cloud/services/emulatorControl.ts';
import { configure, profiles } from '../../server/rules/profile/table.ts';
import { type CloudAction, emulatorId } from '../cloud/cloudSource.ts';
import { type Endpoint, SignedInSource } from '../cloud/signedInSource.ts';
import type { UserChoice } from '../cloud/userChoice.ts';
import { demoUsers } from './demoUsers.ts';
import type { EmulatorProcess, EmulatorState } from './emulatorProcess.ts';

/** The last requests that are shown. */
const keptRequests = 300;

type RunningEmulator = Extract<EmulatorState, { kind: 'running' }>;

const emulatorWords: Readonly<Record<Exclude<EmulatorState['kind'], 'running'>, string>> = {
  stopped: t('Emulator: stopped'),
  starting: t('Emulator: starting'),
  stopping: t('Emulator: stopping'),
  failed: t('Emulator: failed'),
};

/** The emulator as a cloud: its event stream reports every change. */
export class EmulatorSource extends SignedInSource {
  readonly id = emulatorId;
  readonly label = t('Emulator');
  readonly isSandbox = true;
  readonly users = demoUsers;
  readonly #emulator: EmulatorProcess;
  readonly #subscriptions: readonly { dispose(): void }[];

  constructor(
    emulator: EmulatorProcess,
    choice: UserChoice,
    log: (line: string) => void,
    exchanges?: ExchangeLog,
  ) {
    super(choice, log, exchanges);
    this.#emulator = emulator;
    this.#subscriptions = [
      emulator.onDidChange((state) => this.queue(() => this.#follow(state))),
      emulator.onEvent((event) => this.#pass(event)),
    ];
  }

  get key(): string {
    return this.#emulator.data;
  }

  get commandLine(): ConnectionChoice {
    const cloud = this.connection?.cloud;
    return { emulator: this.key, ...(cloud ? { region: cloud.region, user: cloud.session.user.name } : {}) };
  }

  get description(): string {
    const { state } = this.#emulator;
    return state.kind === 'running'
      ? t`Emulator ${state.status.version} at ${state.control.url}`
      : emulatorWords[state.kind];
  }

  get actions(): readonly CloudAction[] {
    const command = (verb: string): string => `cloudImages.emulator.${verb}`;
    const { state } = this.#emulator;
    const freePort = {
      title: t('Use a free port for the emulator'),
      icon: 'debug-start',
      command: command('startOnFreePort'),
    };
    return state.kind === 'running'
      ? [
          { title: t('Stop the emulator'), icon: 'debug-stop', command: command('stop') },
          { title: t('Restart the emulator'), icon: 'debug-restart', command: command('restart') },
          { title: t('Take a snapshot…'), icon: 'save', command: command('takeSnapshot') },
          { title: t('Go back to a snapshot…'), icon: 'history', command: command('restoreSnapshot') },
          { title: t('Advance the clock…'), icon: 'watch', command: command('advanceClock') },
          { title: t('Faults…'), icon: 'bug', command: command('faults') },
          { title: t('Reset the emulator…'), icon: 'discard', command: command('reset') },
          { title: t("Show the emulator's log"), icon: 'output', command: command('showLog') },
        ]
      : [
          { title: t('Start the emulator'), icon: 'play', command: command('start') },
          ...(state.kind === 'failed' && state.trouble === 'port' ? [freePort] : []),
          { title: t("Show the emulator's log"), icon: 'output', command: command('showLog') },
        ];
  }

  /** Joins the emulator if one runs; with `start`, starts one otherwise. `settled` waits for it. */
  join(start: boolean): void {
    this.queue(async () => {
      try {
        if (start) await this.#emulator.start();
        else await this.#emulator.attach();
      } catch (error) {
        this.log(`The emulator could not be reached: ${String(error)}`);
      }
    });
  }

  override async readQueue(region: string): Promise<ReadonlyMap<string, number>> {
    const { state } = this.#emulator;
    if (state.kind !== 'running') return new Map();
    const { id = region } =
      state.status.regions.find(({ name }) => name.toLowerCase() === region.toLowerCase()) ?? {};
    const imagings = await state.control.imagings(id);
    return new Map(imagings.flatMap((one) => (one.waiting ? [[one.server, one.ahead] as const] : [])));
  }

  override async readRequests(): Promise<readonly EmulatorRequest[] | undefined> {
    const { state } = this.#emulator;
    return state.kind === 'running' ? state.control.requests(keptRequests) : undefined;
  }

  watch(): { dispose(): void } {
    return { dispose: () => undefined };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  protected async open(): Promise<Endpoint> {
    if (this.#emulator.state.kind !== 'running') await this.#emulator.start();
    const { state } = this.#emulator;
    if (state.kind !== 'running') throw new Error(t('The emulator has stopped.'));
    return describeEndpoint(state);
  }

  async #follow(state: EmulatorState): Promise<void> {
    if (state.kind === 'running') {
      await this.signIn(describeEndpoint(state));
      return;
    }
    if (state.kind === 'failed') return this.setState(state);
    this.setState({ kind: phases[state.kind] });
  }

  #pass({ kind, action, region, id, summary }: EmulatorEvent): void {
    if (kind === 'limits') return;
    const { progress, stage } = summary;
    if (kind === 'reset') this.report({ kind });
    else
      this.report({
        ...{ kind, action, region, id },
        ...(typeof progress === 'number' ? { progress } : {}),
        ...(typeof stage === 'string' ? { stage } : {}),
      });
  }
}

const phases = { stopped: 'disconnected', starting: 'connecting', stopping: 'disconnecting' } as const;

function describeEndpoint({ control, status }: RunningEmulator): Endpoint {
  const { profile, limits, release } = status;
  const [{ userName, password }] = demoUsers;
  return {
    credentials: { authUrl: `${control.url}/identity/v3`, userName, password },
    describe: async () => ({
      profile: configure(profiles[profile], { limits, release }),
      because: t('the emulator says so'),
      taskInterval: emulatorInterval,
      control,
      environment: {
        OS_IDENTITY_API_VERSION: '3',
        OS_USER_DOMAIN_NAME: 'Default',
        OS_PROJECT_DOMAIN_NAME: 'Default',
      },
    }),
  };
}
