import { t } from '@vscode/l10n';
import type * as vscode from 'vscode';
import type { ExchangeLog } from '../../server/cloud/http/exchanges.ts';
import { readCloudsFile, type Surroundings } from '../../server/cloud/session/cloudFiles.ts';
import { type Entry, readCloud, readEntry, readVariables } from '../../server/cloud/session/cloudsYaml.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { describeError } from '../ui/errors.ts';
import { type CloudAction, type CloudSource, emulatorId } from './cloudSource.ts';
import { PollingSource } from './pollingSource.ts';
import type { SwitchingSource } from './switchingSource.ts';
import { keepChoice } from './userChoice.ts';

/** `emulator`, `environment`, `entry/NAME` of clouds.yaml, or `saved/ID` of a form. */
export type CloudId = string;

/** A cloud that can be connected to. */
export interface KnownCloud {
  readonly id: CloudId;
  readonly label: string;
  /** Where it is known from, and its address. */
  readonly about: string;
}

/** A cloud that a person has described: an entry as clouds.yaml has it, without its secret. */
export interface SavedCloud {
  readonly id: string;
  readonly name: string;
  readonly entry: JsonObject & { readonly auth: JsonObject };
}

export interface CloudsOptions {
  readonly storage: Pick<vscode.ExtensionContext, 'workspaceState' | 'globalState' | 'secrets'>;
  readonly emulator: CloudSource;
  readonly source: SwitchingSource;
  /** Without the workspace's folder where it is not trusted. */
  surroundings(): Surroundings;
  readonly log: (line: string) => void;
  /** Keeps what is asked of each cloud. */
  readonly exchanges?: ExchangeLog;
  /** Milliseconds between two looks, where it is not the polite one. */
  readonly interval?: number;
}

const environmentId: CloudId = 'environment';

/** The keys of an entry that are secret: one of them, by the way in which one signs in. */
const secretKeys = ['password', 'api_key', 'application_credential_secret'] as const;

/** The clouds that can be shown, and which of them is. Each workspace keeps its own choice. */
export class Clouds {
  readonly #options: CloudsOptions;
  #shown: CloudId = emulatorId;

  constructor(options: CloudsOptions) {
    this.#options = options;
  }

  get shown(): CloudId {
    return this.#shown;
  }

  /** The choice of the workspace. */
  get remembered(): CloudId {
    return this.#options.storage.workspaceState.get<string>('cloud', emulatorId);
  }

  /** Lists what can be shown. A file that cannot be read is an entry of `problems`. */
  list(): { readonly clouds: readonly KnownCloud[]; readonly problems: readonly string[] } {
    const around = this.#options.surroundings();
    const problems: string[] = [];
    const clouds: KnownCloud[] = [
      {
        id: emulatorId,
        label: this.#options.emulator.label,
        about: t('a cloud of your own, on this machine'),
      },
    ];
    try {
      const file = readCloudsFile(around, 'clouds');
      for (const name of Object.keys(file?.clouds ?? {}))
        clouds.push({ id: `entry/${name}`, label: name, about: file?.path ?? '' });
    } catch (error) {
      problems.push(describeError(error));
    }
    const address = around.env['OS_AUTH_URL'];
    if (address) clouds.push({ id: environmentId, label: 'OS_* variables', about: address });
    for (const { id, name, entry } of this.saved)
      clouds.push({ id: `saved/${id}`, label: name, about: String(entry.auth['auth_url'] ?? '') });
    return { clouds, problems };
  }

  /** Shows a cloud without signing in, and disposes the one before, unless that is the emulator. */
  show(id: CloudId): void {
    const { source, emulator, storage } = this.#options;
    void storage.workspaceState.update('cloud', id);
    if (id === this.#shown && id === emulatorId) return;
    this.#shown = id;
    const before = source.show(id === emulatorId ? emulator : this.#open(id));
    if (before !== emulator) before.dispose();
  }

  get saved(): readonly SavedCloud[] {
    return this.#options.storage.globalState.get<readonly SavedCloud[]>('clouds', []);
  }

  /** Keeps a cloud in place of one with its id; its secret goes to the secret storage alone. */
  async save(cloud: SavedCloud, key: string, secret: string): Promise<CloudId> {
    const others = this.saved.filter(({ id }) => id !== cloud.id);
    const id = `saved/${cloud.id}`;
    await this.keepSecret(id, key, secret);
    for (const other of secretKeys)
      if (other !== key) await this.#options.storage.secrets.delete(`${id}.${other}`);
    await this.#options.storage.globalState.update('clouds', [...others, cloud]);
    return id;
  }

  /** Forgets a saved cloud and its secrets; where it is shown, the emulator takes its place. */
  async forget(id: string): Promise<void> {
    const { globalState, secrets } = this.#options.storage;
    await globalState.update(
      'clouds',
      this.saved.filter((cloud) => cloud.id !== id),
    );
    const place = `saved/${id}`;
    for (const key of await secrets.keys()) if (key.startsWith(`${place}.`)) await secrets.delete(key);
    if (this.#shown === place) this.show(emulatorId);
  }

  /** Returns the key of the secret that a person gave for a cloud, if any. */
  async findAskedKey(id: CloudId): Promise<string | undefined> {
    return Object.keys(await this.#readSecrets(id))[0];
  }

  /** Keeps a secret that an entry lacks: `password`. */
  async keepSecret(id: CloudId, key: string, secret: string): Promise<void> {
    await this.#options.storage.secrets.store(`${id}.${key}`, secret);
  }

  #open(id: CloudId): CloudSource {
    const { storage, log, interval, exchanges } = this.#options;
    const { label, origin, commandLine, environment } = this.#describe(id);
    return new PollingSource({
      label,
      origin,
      key: id,
      readEntry: async () => this.#readEntry(id, await this.#readSecrets(id)),
      actions: [reconnect],
      choice: keepChoice(storage, [], () => undefined, id),
      log,
      ...(exchanges ? { exchanges } : {}),
      ...(commandLine ? { commandLine } : {}),
      ...(environment ? { environment } : {}),
      ...(interval === undefined ? {} : { interval }),
    });
  }

  #describe(id: CloudId) {
    const name = id.slice(id.indexOf('/') + 1);
    if (id === environmentId) return { label: 'OS_* variables', origin: 'environment', commandLine: {} };
    if (id.startsWith('entry/'))
      return {
        label: name,
        origin: 'clouds.yaml',
        commandLine: { cloud: name },
        environment: { OS_CLOUD: name },
      };
    const saved = this.saved.find((cloud) => cloud.id === name);
    return { label: saved?.name ?? name, origin: 'saved', environment: describeDomains(saved) };
  }

  #readEntry(id: CloudId, asked: JsonObject): Entry {
    const around = this.#options.surroundings();
    const name = id.slice(id.indexOf('/') + 1);
    if (id.startsWith('entry/')) return readCloud(name, around, asked);
    if (id === environmentId) {
      const entry = readVariables(around.env, asked);
      if (!entry) throw new Error(t('OS_AUTH_URL is not set in the environment of the editor.'));
      return entry;
    }
    const saved = this.saved.find((cloud) => cloud.id === name);
    if (!saved) throw new Error(t('This cloud is no longer saved. Connect to another.'));
    return readEntry({ ...saved.entry, auth: { ...saved.entry.auth, ...asked } }, saved.name);
  }

  async #readSecrets(id: CloudId): Promise<JsonObject> {
    const { secrets } = this.#options.storage;
    const found: Record<string, string> = {};
    for (const key of secretKeys) {
      const secret = await secrets.get(`${id}.${key}`);
      if (secret !== undefined) found[key] = secret;
    }
    return found;
  }
}

const reconnect: CloudAction = { title: t('Sign in again'), icon: 'sync', command: 'cloudImages.signIn' };

function describeDomains(saved: SavedCloud | undefined): Record<string, string> {
  const text = (key: string): string => String(saved?.entry.auth[key] ?? 'Default');
  return {
    OS_IDENTITY_API_VERSION: '3',
    OS_USER_DOMAIN_NAME: text('user_domain_name'),
    OS_PROJECT_DOMAIN_NAME: text('project_domain_name'),
  };
}
