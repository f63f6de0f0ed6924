import { setTimeout as delay } from 'node:timers/promises';

/**
 * The cloud's time: wall time plus what the control service stepped it by. Simulated work takes its real duration
 * divided by `speed`; timestamps and lifetimes are not divided.
 */
export interface Clock {
  readonly speed: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits for simulated work of `duration` milliseconds. Rejects when the signal fires. */
  work(duration: number, signal: AbortSignal): Promise<void>;
}

export function createClock(speed: number, offset = 0): Clock {
  return {
    speed,
    now: () => Date.now() + offset,
    work: async (duration, signal) => {
      await delay(duration / speed, undefined, { signal });
    },
  };
}

/** `2015-03-09T19:32:29Z`, as the Images API writes times. */
export function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** `2015-03-09T19:32:29.123000`, as Swift and Keystone write times (Keystone adds a Z). */
export function microseconds(time: number): string {
  return new Date(time).toISOString().replace('Z', '000');
}
