import { forbidden } from '../api/refuse.ts';
import type { QuotaTable } from './names.ts';

/** What servers take of the quotas: all that are asked for together. */
export type Wanted = Pick<QuotaTable, 'instances' | 'cores' | 'ram'>;

const names = ['cores', 'instances', 'ram'] as const;

/**
 * Tells how many servers may be built, from `min` to `max`, where `max` of them want this much. Throws 403 in Nova's words
 * where they are fewer than `min`.
 */
export function countBuildable(
  limits: QuotaTable,
  used: QuotaTable,
  wanted: Wanted,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const roomFor = (name: keyof Wanted) =>
    limits[name] < 0 || wanted[name] === 0
      ? max
      : Math.floor((limits[name] - used[name]) / (wanted[name] / max));
  const possible = Math.min(max, ...names.map(roomFor));
  if (possible > 0 && possible >= min) return possible;
  const over = names.filter((name) => roomFor(name) < max);
  const list = (show: (name: keyof Wanted) => string | number) => over.map(show).join(', ');
  const requested = list((name) => (name === 'instances' && min < max ? `${min}-${max}` : wanted[name]));
  throw forbidden(
    `Quota exceeded for ${over.join(', ')}: Requested ${requested}, but already used ${list((name) => used[name])} of ${list((name) => limits[name])} ${over.join(', ')}`,
  );
}
