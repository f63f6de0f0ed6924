import type { Store } from './store.ts';

/** Records as they were last committed, each kept until it is changed. */
export interface Records<T> {
  get(key: string): T | undefined;
  /** Keeps what was read. Inside `store.write` it is not kept, since it may yet be undone. */
  keep(key: string, value: T): void;
  /** Inside `store.write`: what was kept is no longer true; after the commit `value` is, where it is known. */
  change(key: string, value?: T): void;
  /** Inside `store.write`: none of what was kept may be true any longer. */
  forget(): void;
}

export function createRecords<T>(store: Pick<Store, 'commits' | 'afterCommit'>, most: number): Records<T> {
  const kept = new Map<string, T>();
  const keep = (key: string, value: T) => {
    const oldest = kept.size < most ? undefined : kept.keys().next().value;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(key, value);
  };
  const clear = () => kept.clear();
  return {
    get: (key) => kept.get(key),
    keep: (key, value) => {
      if (!Number.isNaN(store.commits())) keep(key, value);
    },
    change: (key, value) => {
      kept.delete(key);
      store.afterCommit(value === undefined ? () => kept.delete(key) : () => keep(key, value));
    },
    forget: () => {
      clear();
      store.afterCommit(clear);
    },
  };
}

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
