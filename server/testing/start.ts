import { type EmulatorControl, emulatorControl } from '../cloud/services/emulatorControl.ts';
import { CloudError } from '../cloud/session/errors.ts';
import { UsageError } from '../commandLine.ts';
import { restoreSnapshot, saveSnapshot } from '../commands/snapshot.ts';
import { openThrowawayCloud } from '../commands/throwawayCloud.ts';
import { tell } from '../commands/verb.ts';
import { nearest } from '../rules/nearest.ts';
import type { CloudClock, CloudFaults, CloudOptions, StartCloud } from './api.ts';

// What `cloud-images/testing` is. Its types, api.ts, ship as they are.

/** All that a caller can say. */
const names = {
  profile: true,
  release: true,
  config: true,
  seed: true,
  snapshot: true,
  speed: true,
  user: true,
  region: true,
} as const satisfies Record<keyof CloudOptions, true>;

export const startCloud: StartCloud = async (options = {}) => {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown !== undefined) throw inWordsOfCallers(refuseOption(unknown));
  const { url, token, credentials, env, end } = await openThrowawayCloud(options).catch((error: unknown) => {
    throw inWordsOfCallers(error);
  });
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  /** What asks the cloud, while there is one. */
  const guard = <Asked extends readonly unknown[], Answer>(ask: (...asked: Asked) => Promise<Answer>) => {
    return async (...asked: Asked): Promise<Answer> => {
      try {
        if (!ended) return await ask(...asked);
      } catch (error) {
        if (!ended) throw inWordsOfCallers(error);
      }
      throw new Error('This cloud was closed. Start another with startCloud().');
    };
  };
  const control = emulatorControl(url, token);
  return {
    url,
    authUrl: `${url}/identity/v3`,
    token,
    credentials,
    env,
    snapshot: guard(async (name: string) => void (await control.takeSnapshot(name))),
    restore: guard((name: string) => control.restoreSnapshot(name)),
    saveFile: guard(async (file: string) => void (await saveSnapshot(control, file, undefined))),
    restoreFile: guard((file: string) => restoreSnapshot(control, file, undefined)),
    reset: guard((seed: 'demo' | 'empty' = 'demo') => control.reset(seed)),
    clock: guardAll(createClock(control), guard),
    faults: guardAll(createFaults(control), guard),
    requests: guard(async () =>
      (await control.requests(mostRequests)).filter(({ path }) => !path.startsWith('/emulator')),
    ),
    close,
    [Symbol.asyncDispose]: close,
  };
};

type Ask = (...asked: never[]) => Promise<unknown>;

function guardAll<Asks extends { readonly [Name in keyof Asks]: Ask }>(
  asks: Asks,
  guard: (ask: Ask) => Ask,
): Asks {
  return Object.fromEntries(Object.entries<Ask>(asks).map(([name, ask]) => [name, guard(ask)])) as Asks;
}

function refuseOption(name: string): UsageError {
  const meant = nearest(name, Object.keys(names));
  return new UsageError(
    `startCloud takes no '${name}'. ${meant === undefined ? `It takes ${Object.keys(names).join(', ')}.` : `Did you mean ${meant}?`}`,
  );
}

/** An error as the command line tells it, with its code, and its options by the names that they have here. */
function inWordsOfCallers(error: unknown): Error {
  const { code, message } = tell(error);
  const own = error instanceof CloudError ? error.text : message; // the request was ours, not the caller's
  const options = new RegExp(`--(?=(?:${Object.keys(names).join('|')})\\b)`, 'g');
  const said = own.replace(options, '').replace(/ See cloud-images \S+ --help\.$/, '');
  return Object.assign(new Error(said, { cause: error }), code === 'failed' ? {} : { code });
}

/** More than an emulator remembers. */
const mostRequests = 10_000;

function createClock(control: EmulatorControl): CloudClock {
  return {
    now: async () => new Date((await control.clock()).time),
    step: async (step) => new Date((await control.setClock({ step })).time),
    pause: async () => void (await control.setClock({ pause: true })),
    resume: async () => void (await control.setClock({ pause: false })),
    setSpeed: async (speed) => void (await control.setClock({ speed })),
  };
}

function createFaults(control: EmulatorControl): CloudFaults {
  return {
    add: async (fault) => (await control.addFault(fault)).id,
    remove: (id) => control.deleteFaults(id),
  };
}
