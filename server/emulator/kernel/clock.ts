import { defaultSpeed } from '../../verbs/emulator.ts';
import type { Store } from '../store/store.ts';

/**
 * The cloud's time: wall time plus what the control service stepped it by, or standing still. Simulated work takes its
 * real duration divided by `speed`; timestamps and lifetimes are not divided. Work that waits ends with the clock: a
 * step over its end ends it.
 */
export interface Clock {
  readonly state: ClockState;
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits for simulated work of `duration` milliseconds. Rejects when the signal fires. */
  work(duration: number, signal: AbortSignal): Promise<void>;
  /** Counts who waits for simulated work, and tells when the first of them is done. */
  waiting(): { readonly count: number; readonly next: number | undefined };
  /** The next time that somebody begins to wait. */
  nextWait(): Promise<void>;
  /** Inside `store.write`: the clock goes on from what becomes of its state, now and after a restart. */
  change(to: (state: ClockState) => ClockState): void;
}

export interface ClockState {
  readonly speed: number;
  /** Milliseconds that the clock is ahead of wall time. */
  readonly offset: number;
  /** Where it stands still: its time, in milliseconds since 1970. */
  readonly pausedAt: number | null;
}

interface Wait {
  /** On the clock. */
  due: number;
  end(): void;
}

/** A timer's longest, far below what Node bears. */
const longest = 2 ** 30;

/** Goes on from what the store says. A `speed` that is given is its speed from now on. */
export function createClock(store: Store, speed: number | undefined): Clock {
  // Long, since its parts share state that nothing else may reach.
  let state = { ...load(store), ...(speed === undefined ? {} : { speed }) };
  let saved = false;
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  let begun = Promise.withResolvers<void>();

  const now = () => state.pausedAt ?? Date.now() + state.offset;
  const first = () => {
    let next: number | undefined;
    for (const { due } of waits) if (next === undefined || due < next) next = due;
    return next;
  };
  const arm = (): void => {
    clearTimeout(timer);
    const next = first();
    if (next !== undefined && state.pausedAt === null)
      timer = setTimeout(wake, Math.min(Math.max(next - now(), 0), longest));
  };
  const wake = (): void => {
    const time = now();
    for (const wait of waits) if (wait.due <= time) wait.end();
    arm();
  };

  return {
    get state() {
      return state;
    },
    now,
    work: (duration, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const leave = (settle: () => void) => () => {
          waits.delete(wait);
          signal.removeEventListener('abort', abort);
          settle();
        };
        const wait: Wait = { due: now() + duration / state.speed, end: leave(resolve) };
        const abort = leave(() => {
          arm();
          reject(signal.reason);
        });
        signal.addEventListener('abort', abort);
        waits.add(wait);
        arm();
        begun.resolve();
        begun = Promise.withResolvers();
      }),
    waiting: () => ({ count: waits.size, next: first() }),
    nextWait: () => begun.promise,
    change: (to) => {
      // Others may have changed it in the same commit.
      const next = to(saved ? load(store) : state);
      saved = true;
      store.run(
        "INSERT INTO meta (name, value) VALUES ('clock', ?1) ON CONFLICT DO UPDATE SET value = ?1",
        JSON.stringify(next),
      );
      store.afterCommit(() => {
        const time = now();
        for (const wait of waits) wait.due = time + ((wait.due - time) * state.speed) / next.speed;
        state = next;
        wake();
      });
    },
  };
}

function load(store: Store): ClockState {
  const row = store.get<{ value: string }>("SELECT value FROM meta WHERE name = 'clock'");
  return row ? JSON.parse(row.value) : { speed: defaultSpeed, offset: 0, pausedAt: null };
}

/** Reads an ISO 8601 time as milliseconds; UTC where it names no zone, as everywhere in OpenStack. Undefined: it is none. */
export function parseTime(text: string): number | undefined {
  const found =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.exec(text);
  if (!found) return undefined;
  const [, day, time = '00:00', zone = 'Z'] = found;
  const offset = zone.replace(/^([+-]\d{2}):?(\d{2})?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`);
  const at = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(at) ? undefined : at;
}

/** `2015-03-09T19:32:29Z`, as the Images API writes times. */
export function seconds(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** `2015-03-09T19:32:29.123000`, as Swift and Keystone write times (Keystone adds a Z). */
export function formatMicroseconds(time: number): string {
  return new Date(time).toISOString().replace('Z', '000');
}
