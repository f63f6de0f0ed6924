import { answers, type HttpAnswer } from './answers.ts';

/** What servers take of the quotas; of limits, -1: none. */
export interface ServerAmounts {
  readonly instances: number;
  readonly cores: number;
  /** MB. */
  readonly ram: number;
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
