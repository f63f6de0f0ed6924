import { type EmulatorControl, emulatorControl } from '../cloud/services/emulatorControl.ts';
import { restoreSnapshot, saveSnapshot } from '../commands/snapshot.ts';
import { openThrowawayCloud } from '../commands/throwawayCloud.ts';
import type { CloudClock, CloudFaults, StartCloud } from './api.ts';

// What `cloud-images/testing` is. Its types, api.ts, ship as they are.

export const startCloud: StartCloud = async (options = {}) => {
  const { url, token, credentials, env, end } = await openThrowawayCloud(options);
  const control = emulatorControl(url, token);
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> => {
    ended ??= end();
    return ended;
  };
  return {
    url,
    authUrl: `${url}/identity/v3`,
    token,
    credentials,
    env,
    snapshot: async (name) => void (await control.takeSnapshot(name)),
    restore: (name) => control.restoreSnapshot(name),
    saveFile: async (file) => void (await saveSnapshot(control, file, undefined)),
    restoreFile: (file) => restoreSnapshot(control, file, undefined),
    reset: (seed = 'demo') => control.reset(seed),
    clock: createClock(control),
    faults: createFaults(control),
    requests: async () =>
      (await control.requests(mostRequests)).filter(({ path }) => !path.startsWith('/emulator')),
    close,
    [Symbol.asyncDispose]: close,
  };
};

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
