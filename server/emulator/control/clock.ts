import type { Json } from '../../rules/json.ts';
import { speeds } from '../../verbs/options.ts';
import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import type { ClockState } from '../kernel/clock.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { Expiry, OnControl } from '../services/service.ts';
import { type Field, flag, number, optional, readFields, wrong } from './fields.ts';

/** The cloud's clock: how fast simulated work goes, whether time stands still, and steps ahead. */
export function clockRoutes(on: OnControl, context: EmulatorContext, expiries: readonly Expiry[]): void {
  const { clock } = context;
  on('GET', '/clock', () => view(context, expiries));
  on('POST', '/clock', async (request) => {
    const wanted = readFields(await readJson(request), {
      speed: optional(number(...speeds, 'any')),
      pause: optional(flag),
      step: optional(step),
    });
    await change(context, (state) => ({
      ...paused(state, clock.now(), wanted.pause),
      speed: wanted.speed ?? state.speed,
    }));
    if (wanted.step === undefined) return { ...view(context, expiries), stepped: 0 };
    return wanted.step === 'next' ? stepToNext(context, expiries) : stepBy(context, expiries, wanted.step);
  });
}

/** Removes what has expired, and what could not be removed before. */
export async function expire(context: EmulatorContext, expiries: readonly Expiry[]): Promise<void> {
  context.blobs.retry();
  const removals = expiries.flatMap(({ remove }) => remove ?? []);
  for (let all = false; !all; )
    all = await context.store.free(() => removals.every((remove) => remove(context)));
}

interface Due {
  /** `work`, or an expiry's. */
  readonly kind: string;
  /** On the clock. */
  readonly at: number;
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const step: Field<number | 'next'> = (value: Json | undefined, name) => {
  if (value === 'next') return value;
  const found = typeof value === 'string' ? /^(\d{1,12})(ms|s|m|h|d)$/.exec(value) : null;
  const [, count, unit] = found ?? [];
  const factor = Object.entries(units).find(([name]) => name === unit)?.[1] ?? 1;
  const time = typeof value === 'number' ? value : count === undefined ? Number.NaN : Number(count) * factor;
  if (!Number.isInteger(time) || time < 0)
    return wrong(
      name,
      '"next", a text such as "90s", "15m", "48h" or "7d", or milliseconds, none of them negative',
    );
  return time;
};

function view(context: EmulatorContext, expiries: readonly Expiry[]) {
  const { state, now } = context.clock;
  const next = nextDue(context, expiries);
  return {
    time: new Date(now()).toISOString(),
    speed: state.speed,
    paused: state.pausedAt !== null,
    ahead: state.pausedAt === null ? state.offset : state.pausedAt - Date.now(),
    next: next ? shown(next) : null,
  };
}

function shown({ kind, at }: Due) {
  return { kind, time: new Date(at).toISOString() };
}

function paused(state: ClockState, now: number, pause: boolean | undefined): ClockState {
  if (pause === undefined || pause === (state.pausedAt !== null)) return state;
  return pause ? { ...state, pausedAt: now } : { ...state, pausedAt: null, offset: now - Date.now() };
}

async function change(
  { store, clock }: EmulatorContext,
  to: (state: ClockState) => ClockState,
): Promise<void> {
  await store.write(() => clock.change(to));
}

/** The last time that the services can write: years have four digits. */
const lastTime = Date.UTC(9999, 0);

async function stepBy(context: EmulatorContext, expiries: readonly Expiry[], time: number) {
  const { clock } = context;
  await change(context, (state) => {
    if (clock.now() + time > lastTime)
      throw new ApiError('emulator/body', 'step is too large: the clock ends with the year 9999.');
    return {
      ...state,
      offset: state.offset + time,
      pausedAt: state.pausedAt === null ? null : state.pausedAt + time,
    };
  });
  await expire(context, expiries);
  return { ...view(context, expiries), stepped: time };
}

/** To the time at which the next thing happens by itself, and until it has happened. */
async function stepToNext(context: EmulatorContext, expiries: readonly Expiry[]) {
  const { clock } = context;
  await finishWork(context);
  const next = nextDue(context, expiries);
  if (!next) return { ...view(context, expiries), stepped: 0, reached: null };
  const stepped = Math.max(0, Math.ceil(next.at - clock.now()));
  await stepBy(context, expiries, stepped);
  await finishWork(context);
  return { ...view(context, expiries), stepped, reached: shown(next) };
}

/** Waits for work that is really done, such as reading a disk, until all that is left waits for the clock. */
async function finishWork({ clock, jobs }: EmulatorContext): Promise<void> {
  while (jobs.running() > clock.waiting().count) await Promise.race([clock.nextWait(), jobs.nextEnd()]);
}

function nextDue({ store, clock }: EmulatorContext, expiries: readonly Expiry[]): Due | undefined {
  const now = clock.now();
  const { next } = clock.waiting();
  const stored = expiries.flatMap(({ kind, table }): Due[] => {
    const row = store.get<{ at: number | null }>(
      `SELECT min(expires) AS at FROM ${table} WHERE expires > ?`,
      now,
    );
    return row && row.at !== null ? [{ kind, at: row.at }] : [];
  });
  const work: Due[] = next === undefined ? [] : [{ kind: 'work', at: next }];
  return [...work, ...stored].reduce<Due | undefined>(
    (first, due) => (first && first.at <= due.at ? first : due),
    undefined,
  );
}
