import { homedir } from 'node:os';
import { join } from 'node:path';
import { cloudImages } from '../../schemas/generated/validators.js';
import { requireOneBeginning, UsageError } from '../commandLine.ts';
import { defaultProfile, type Profile } from '../rules/profile/profile.ts';
import { isRelease, type Release } from '../rules/profile/releases.ts';
import { type CloudConfiguration, configure, isProfileName, profiles } from '../rules/profile/table.ts';
import type { Values } from '../verbs/definition.ts';
import type { emulatorVerb } from '../verbs/emulator.ts';
import { explainReading } from '../verbs/fileErrors.ts';
import { speeds } from '../verbs/options.ts';
import { readNumber } from '../verbs/read.ts';
import { readJsonFile } from './kernel/jsonFile.ts';
import { defaultSettings, type Settings } from './kernel/settings.ts';

export interface EmulatorOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The data folder. */
  readonly data: string;
  /** Undefined: as the clock was left, or the default. */
  readonly speed: number | undefined;
  readonly profile: Profile;
  readonly settings: Settings;
  /** `demo`, `empty`, or a file of accounts, users, flavors and networks. Applies to a data folder that is new. */
  readonly seed: string;
  /** A snapshot's file, in place of a seed. */
  readonly snapshot: string | undefined;
  readonly allowHosts: readonly string[];
  /** Moves what is in the data folder aside where its records are lost. */
  readonly recover: boolean;
  /** Seconds after the last lease; undefined: it stays until it is stopped. */
  readonly linger: number | undefined;
  /** Removes the data folder at its end. */
  readonly discard: boolean;
}

/** Why an emulator does not start, as a sentence for the person who started it. */
export class StartRefused extends Error {}

/** The data folder where none is named. */
export function defaultData(): string {
  return join(homedir(), '.cloud-images', 'emulator');
}

/** `kept`: what the snapshot's head says of its cloud, for what is not given. Throws UsageError and StartRefused. */
export function readOptions(
  values: Values<typeof emulatorVerb.options>,
  kept?: { readonly profile: string; readonly release: string },
): EmulatorOptions {
  requireOneBeginning(values.seed, values.snapshot);
  const config = values.config === undefined ? {} : readConfig(values.config);
  const name = values.profile ?? config.profile ?? kept?.profile ?? defaultProfile;
  if (!isProfileName(name)) throw new UsageError(`--profile is rackspace or openstack, not '${name}'.`);
  const settings = completeSettings(config.emulator ?? {});
  return {
    host: values.host,
    port: readNumber('--port', values.port, 0, 65535),
    data: values.data ?? defaultData(),
    speed: values.speed === undefined ? undefined : readNumber('--speed', values.speed, ...speeds),
    profile: chooseProfile(name, {
      ...config,
      release: values.release ?? config.release ?? findRelease(kept),
    }),
    settings,
    seed: values.seed ?? 'demo',
    snapshot: values.snapshot,
    allowHosts: values['allow-host'],
    recover: values.recover,
    linger: values.linger === undefined ? undefined : readNumber('--linger', values.linger, 0, 1e6),
    discard: values.discard,
  };
}

/** A release that this version does not know is left to the default. */
function findRelease(kept: { readonly release: string } | undefined): Release | undefined {
  return kept && isRelease(kept.release) ? kept.release : undefined;
}

function chooseProfile(name: Profile['name'], config: CloudConfiguration): Profile {
  try {
    return configure(profiles[name], config);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartRefused(`${why}.`);
  }
}

function completeSettings(given: PartialSettings): Settings {
  const webDownload = { ...defaultSettings.webDownload, ...given.webDownload };
  return { ...defaultSettings, ...given, webDownload };
}

type PartialSettings = Partial<Omit<Settings, 'webDownload'>> & {
  webDownload?: Partial<Settings['webDownload']>;
};

type Configuration = CloudConfiguration & { profile?: string; emulator?: PartialSettings };

function readConfig(file: string): Configuration {
  try {
    const config = readJsonFile(file);
    if (cloudImages(config)) return config as Configuration;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartRefused(
      `--config ${explainReading(error, file)?.message ?? `${file} cannot be read: ${reason}`}`,
    );
  }
  const problem = cloudImages.errors?.[0];
  throw new StartRefused(
    `${file}: ${problem?.instancePath ?? ''} ${problem?.message ?? 'is not a configuration'}.`,
  );
}
