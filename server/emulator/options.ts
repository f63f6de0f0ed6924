import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cloudImages } from '../../schemas/generated/validators.js';
import { exitCodesUsage, readRelease, requireOneBeginning, UsageError } from '../commandLine.ts';
import { defaultProfile, type Profile } from '../rules/profile/profile.ts';
import { defaultRelease, isRelease, type Release, releases } from '../rules/profile/releases.ts';
import { type CloudConfiguration, configure, isProfileName, profiles } from '../rules/profile/table.ts';
import { defaultSpeed } from './kernel/clock.ts';
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

export const usage = `cloud-images emulator [--host 127.0.0.1] [--port 0] [--data DIR] [--speed N] [--profile rackspace|openstack]
                      [--release NAME] [--config FILE] [--seed demo|empty|FILE] [--snapshot FILE] [--allow-host NAME]
                      [--linger SECONDS] [--recover] [--discard]
cloud-images emulator --check [--deep] [--data DIR]
cloud-images emulator snapshot save|restore FILE [--emulator DIR]

  --data DIR         where the cloud is kept; default ~/.cloud-images/emulator
  --speed N          simulated work takes its real time divided by N; default ${defaultSpeed}, or as it was left
  --config FILE      a .cloud-images.json: profile, release, limits, and what the emulated service offers
  --release NAME     the OpenStack release that it answers as: ${releases.join(', ')}; default ${defaultRelease}
  --seed             what a new data folder begins with; default demo
  --snapshot FILE    a snapshot that it begins with instead, with its profile and release; snapshot --help says how to save one
  --allow-host NAME  another name that may stand in the Host header; may be repeated
  --linger SECONDS   end so long after the last window has gone
  --discard          removes its data at the end
  --recover          where the records of the data folder are lost or damaged: moves all of it aside, and starts anew
  --check            proves that every record has its content and every file its record; --deep reads all content, and
                     repairs what is damaged from a copy

${exitCodesUsage}
  cloud-images emulator --port 9292 --data /tmp/cloud            # then: OS_AUTH_URL=http://127.0.0.1:9292/identity/v3
  cloud-images emulator --profile openstack --seed empty`;

/** Why an emulator does not start, as a sentence for the person who started it. */
export class StartRefused extends Error {}

/** The slowest and the fastest that simulated work can go. */
export const speeds = [0.001, 1e9] as const;

/** The data folder where none is named. */
export function defaultData(): string {
  return join(homedir(), '.cloud-images', 'emulator');
}

/** The file that `--snapshot` names. Throws UsageError. */
export function findSnapshot(args: readonly string[]): string | undefined {
  return parse(args).values.snapshot;
}

/** `kept`: what the snapshot's head says of its cloud, for what is not given. Throws UsageError and StartRefused. */
export function readOptions(
  args: readonly string[],
  kept?: { readonly profile: string; readonly release: string },
): EmulatorOptions {
  const { values } = parse(args);
  requireOneBeginning(values.seed, values.snapshot);
  const config = values.config === undefined ? {} : readConfig(values.config);
  const name = values.profile ?? config.profile ?? kept?.profile ?? defaultProfile;
  if (!isProfileName(name)) throw new UsageError(`--profile is rackspace or openstack, not '${name}'.`);
  const settings = completeSettings(config.emulator ?? {});
  return {
    host: values.host ?? '127.0.0.1',
    port: number('--port', values.port ?? '0', 0, 65535),
    data: values.data ?? defaultData(),
    speed: values.speed === undefined ? undefined : number('--speed', values.speed, ...speeds),
    profile: chooseProfile(name, {
      ...config,
      release: readRelease(values.release) ?? config.release ?? findRelease(kept),
    }),
    settings,
    seed: values.seed ?? 'demo',
    snapshot: values.snapshot,
    allowHosts: values['allow-host'] ?? [],
    recover: values.recover,
    linger: values.linger === undefined ? undefined : number('--linger', values.linger, 0, 1e6),
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

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: text,
        port: text,
        data: text,
        speed: text,
        profile: text,
        release: text,
        config: text,
        seed: text,
        snapshot: text,
        'allow-host': { type: 'string', multiple: true },
        linger: text,
        recover: { type: 'boolean', default: false },
        discard: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`${option} is a number from ${least} to ${most}, not '${text}'.`);
  return value;
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
    throw new StartRefused(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const problem = cloudImages.errors?.[0];
  throw new StartRefused(
    `${file}: ${problem?.instancePath ?? ''} ${problem?.message ?? 'is not a configuration'}.`,
  );
}
