import type { Store } from './store.ts';

/** What was worked out of the store's records, kept until something is committed. */
export interface Memory<T> {
  get(key: string): T | undefined;
  /** Keeps a value that was read when there were so many commits, if there are no more by now. */
  keep(key: string, value: T, commits: number): void;
}

export function createMemory<T>(store: Pick<Store, 'commits'>, most: number): Memory<T> {
  const kept = new Map<string, T>();
  let since = Number.NaN;
  const fresh = (): Map<string, T> => {
    if (since !== store.commits()) kept.clear();
    since = store.commits();
    return kept;
  };
  return {
    get: (key) => fresh().get(key),
    keep: (key, value, commits) => {
      if (commits !== store.commits()) return;
      if (fresh().size >= most) kept.clear();
      kept.set(key, value);
    },
  };
}
