/** What differs between two texts: `[start, before)` of the one has become `[start, after)` of the other. */
export interface Change {
  readonly start: number;
  readonly before: number;
  readonly after: number;
}

/** Undefined where the texts are equal. Compares slices, since comparing by character takes 3 ms for 100,000 lines. */
export function changeBetween(old: string, text: string): Change | undefined {
  if (old === text) return undefined;
  const shorter = Math.min(old.length, text.length);
  const start = longest(shorter, (from, to) => old.slice(from, to) === text.slice(from, to));
  const tail = longest(
    shorter - start,
    (from, to) =>
      old.slice(old.length - to, old.length - from) === text.slice(text.length - to, text.length - from),
  );
  return { start, before: old.length - tail, after: text.length - tail };
}

/** How far from 0 all is equal. */
function longest(limit: number, equal: (from: number, to: number) => boolean): number {
  let low = 0;
  for (let high = limit; low < high; ) {
    const middle = (low + high + 1) >> 1;
    if (equal(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Copies a string: one that is cut out of a text keeps the whole text in memory. */
export function detached(text: string): string {
  return structuredClone(text);
}
