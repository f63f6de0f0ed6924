import type { Damage } from './locate.ts';

/** What a repair can mend without a guess; it leaves any disk alone that has other damage. */
const mendable: ReadonlySet<string> = new Set(['footer position', 'front copy']);

export function isMendable(damage: readonly Damage[]): boolean {
  return damage.every(({ field }) => mendable.has(field));
}
