import type { JsonObject } from '../json.ts';
import type { Flavor } from '../profile/profile.ts';
import { answers, type HttpAnswer } from './answers.ts';

/** What servers take of the quotas; of limits, -1: none. */
export interface ServerAmounts {
  readonly instances: number;
  readonly cores: number;
  /** MB. */
  readonly ram: number;
}

/** What an account may have of servers, and has. */
export interface ServerQuota {
  readonly limits: ServerAmounts;
  readonly used: ServerAmounts;
}

export const noServers: ServerAmounts = { instances: 0, cores: 0, ram: 0 };

export function addAmounts(one: ServerAmounts, other: ServerAmounts): ServerAmounts {
  return {
    instances: one.instances + other.instances,
    cores: one.cores + other.cores,
    ram: one.ram + other.ram,
  };
}

/** What a build takes of a quota: for as many servers as there is room for. Or what Nova answers where there is none. */
export function takeOfQuota(
  { min_count: least = 1, max_count: most = least }: JsonObject,
  flavor: Flavor,
  { limits, used }: ServerQuota,
): ServerAmounts | HttpAnswer {
  const [min, max] = [Number(least), Number(most)];
  if (!(min >= 1 && max >= min)) return noServers; // a schema refuses it
  const found = countBuildable(limits, used, amountsOf(flavor, max), { min, max });
  return typeof found === 'number' ? amountsOf(flavor, found) : found;
}

function amountsOf({ vcpus, ram }: Flavor, instances: number): ServerAmounts {
  return { instances, cores: vcpus * instances, ram: ram * instances };
}

const names = ['cores', 'instances', 'ram'] as const;

/**
 * Tells how many servers may be built, from `min` to `max`, where `max` of them want this much; or what Nova answers where
 * they are fewer than `min`.
 */
export function countBuildable(
  limits: ServerAmounts,
  used: ServerAmounts,
  wanted: ServerAmounts,
  { min, max }: { readonly min: number; readonly max: number },
): number | HttpAnswer {
  const roomFor = (name: keyof ServerAmounts) =>
    limits[name] < 0 || wanted[name] === 0
      ? max
      : Math.floor((limits[name] - used[name]) / (wanted[name] / max));
  const possible = Math.min(max, ...names.map(roomFor));
  if (possible > 0 && possible >= min) return possible;
  const over = names.filter((name) => roomFor(name) < max);
  const list = (show: (name: keyof ServerAmounts) => string | number) => over.map(show).join(', ');
  const requested = list((name) => (name === 'instances' && min < max ? `${min}-${max}` : wanted[name]));
  return answers.serverQuota({
    over: over.join(', '),
    requested,
    used: list((name) => used[name]),
    limits: list((name) => limits[name]),
  });
}
