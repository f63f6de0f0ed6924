/** Finds the known word that a misspelt one most likely means; undefined where none is near. `most`: edits between them. */
export function nearest(
  word: string,
  known: Iterable<string>,
  most = Number.POSITIVE_INFINITY,
): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = Math.min(most, wanted.length < 5 ? 1 : wanted.length < 10 ? 2 : 3);
  for (const candidate of known) {
    if (candidate === word || Math.abs(candidate.length - word.length) > least) continue;
    const edits = distance(wanted, candidate.toLowerCase(), least);
    if (edits > least || (best !== undefined && edits === least)) continue;
    best = candidate;
    least = edits;
  }
  return best;
}

/** Edits that turn one word into another: a letter more, less, another, or two swapped. Above `limit` it is only above it. */
function distance(from: string, to: string, limit: number): number {
  if (limit === 1 && differsMore(from, to)) return 2;
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let at = 1; at <= to.length; at++) {
      const same = from[row - 1] === to[at - 1];
      const swapped = from[row - 1] === to[at - 2] && from[row - 2] === to[at - 1];
      next[at] = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (same ? 0 : 1),
        swapped && row > 1 && at > 1 ? (before[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    if (Math.min(...next) > limit) return limit + 1;
    [before, last] = [last, next];
  }
  return last[to.length] ?? 0;
}

/** Tells whether more than one edit lies between two words: what one changes are two letters at most. */
function differsMore(from: string, to: string): boolean {
  let start = 0;
  while (start < from.length && from[start] === to[start]) start++;
  let end = 0;
  const most = Math.min(from.length, to.length) - start;
  while (end < most && from[from.length - 1 - end] === to[to.length - 1 - end]) end++;
  return Math.max(from.length, to.length) - start - end > 2;
}
