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

/** Texts that were worked out of the store's records, kept until something is committed. */
export interface Texts {
  get(key: string): Buffer | undefined;
  /** Keeps what was read when there were so many commits, if there are no more by now. */
  keep(key: string, text: Buffer, commits: number): void;
}

/** Keeps at most so many bytes in all, and no text that would be a large part of them. */
export function createTexts(store: Pick<Store, 'commits'>, most: number): Texts {
  const kept = new Map<string, Buffer>();
  let bytes = 0;
  let since = Number.NaN;
  const clear = () => {
    kept.clear();
    bytes = 0;
  };
  const fresh = (): Map<string, Buffer> => {
    if (since !== store.commits()) clear();
    since = store.commits();
    return kept;
  };
  return {
    get: (key) => fresh().get(key),
    keep: (key, text, commits) => {
      if (commits !== store.commits() || text.length > most / 8) return;
      fresh();
      if (bytes + text.length > most) clear();
      bytes += text.length;
      kept.set(key, text);
    },
  };
}
