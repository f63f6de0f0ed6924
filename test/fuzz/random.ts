/** Numbers that follow from a seed and a case's number alone, so that any case can be made again by itself. */
export interface Random {
  /** From 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True once in `cases`. */
  once(cases: number): boolean;
  pick<T>(values: readonly T[]): T;
}

export function randomOf(seed: number, number: number): Random {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(number + 1, 0x85eb_ca6b)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    once: (cases) => below(cases) === 0,
    pick: (values) => {
      const value = values[below(values.length)];
      if (value === undefined) throw new RangeError('There is nothing to pick from.');
      return value;
    },
  };
}
