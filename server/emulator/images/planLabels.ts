import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import { type Label, labelled } from './filters.ts';
import { keysOf } from './labelKeys.ts';

/**
 * The images of properties and tags that many share, as sets of bits by key: two of half a million are intersected in a
 * fraction of a millisecond. A set is read when it is first asked for, in short turns, and follows what is written from
 * then on. It may name images that have lost the label, so what it finds is looked at again.
 */
export interface LabelSets {
  /** The images that have all the labels, where all these sets are at hand. */
  known(labels: readonly Label[]): Keys | undefined;
  read(labels: readonly Label[]): Promise<Keys>;
}

export interface Keys {
  /** All of them, where there are at most so many. */
  few(most: number): number[] | undefined;
  chunks(size: number): Iterable<number[]>;
}

interface LabelSet {
  words: Uint32Array;
  complete: boolean;
  readonly read: Promise<void>;
}

const keptBytes = 32 * 2 ** 20;

/** `turn`: how many keys are read at once. */
export function createLabelSets(store: Store, turn: number): LabelSets {
  const sets = new Map<string, LabelSet>();
  let watching = false;

  /** Nothing is watched until the first set. */
  const watch = (): void => {
    if (watching) return;
    watching = true;
    const added = (key: unknown, ...label: unknown[]) => {
      const set = sets.get(JSON.stringify(label));
      if (set) add(set, Number(key));
    };
    for (const [table, columns] of [
      ['image_properties', ['name', 'value']],
      ['image_tags', ['tag']],
      ['image_members', ['member', 'status']],
    ] as const)
      store.watch(table, ['image', ...columns], (key, ...of) => added(key, table, ...of));
    const columns = [...labelled];
    store.watch('images', ['key', 'region', ...columns], (key, region, ...values) => {
      for (const [at, column] of columns.entries()) added(key, 'images', region, column, values[at]);
    });
  };

  const fill = async (set: LabelSet, label: Label): Promise<void> => {
    for (const keys of keysOf(store, label, turn)) {
      for (const key of keys) add(set, key);
      await nextTurn();
    }
    set.complete = true;
  };

  const setOf = (label: Label): LabelSet => {
    watch();
    const name = nameOf(label);
    const known = sets.get(name);
    if (known) return known;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const set: LabelSet = { words: new Uint32Array(1024), complete: false, read: promise };
    sets.set(name, set);
    fill(set, label).then(resolve, (error) => {
      sets.delete(name);
      reject(error);
    });
    return set;
  };

  /** The longest unused go first. */
  const forget = (): void => {
    let bytes = [...sets.values()].reduce((sum, { words }) => sum + words.byteLength, 0);
    for (const [name, { words, complete }] of sets) {
      if (bytes <= keptBytes) return;
      if (!complete) continue;
      sets.delete(name);
      bytes -= words.byteLength;
    }
  };

  return {
    known: (labels) => {
      const found = labels.map((label) => sets.get(nameOf(label)));
      if (!found.every((set) => set?.complete)) return undefined;
      return intersection(found.flatMap((set) => set?.words ?? []));
    },
    read: async (labels) => {
      const wanted = labels.map(setOf);
      await Promise.all(wanted.map(({ read }) => read));
      for (const [at, label] of labels.entries()) {
        const set = wanted[at];
        sets.delete(nameOf(label));
        if (set) sets.set(nameOf(label), set);
      }
      forget();
      return intersection(wanted.map(({ words }) => words));
    },
  };
}

function nameOf({ table, of }: Label): string {
  return JSON.stringify([table, ...of]);
}

function add(set: LabelSet, key: number): void {
  const at = key >>> 5;
  if (at >= set.words.length) {
    const larger = new Uint32Array(Math.max(at + 1, set.words.length * 2));
    larger.set(set.words);
    set.words = larger;
  }
  set.words[at] = (set.words[at] ?? 0) | (1 << (key & 31));
}

function intersection([first = new Uint32Array(), ...others]: readonly Uint32Array[]): Keys {
  const length = Math.min(first.length, ...others.map((words) => words.length));
  const words = first.slice(0, length);
  for (const other of others)
    for (let at = 0; at < length; at++) words[at] = (words[at] ?? 0) & (other[at] ?? 0);
  function* keys(): Generator<number> {
    for (const [at, word] of words.entries())
      for (let rest = word; rest !== 0; rest &= rest - 1) yield at * 32 + 31 - Math.clz32(rest & -rest);
  }
  return {
    few: (most) => {
      const found: number[] = [];
      for (const key of keys()) if (found.push(key) > most) return undefined;
      return found;
    },
    *chunks(size) {
      let chunk: number[] = [];
      for (const key of keys()) {
        if (chunk.push(key) < size) continue;
        yield chunk;
        chunk = [];
      }
      if (chunk.length > 0) yield chunk;
    },
  };
}
