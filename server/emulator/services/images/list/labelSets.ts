import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../../../store/store.ts';
import { type Label, labelled } from './filters.ts';
import { keysOf } from './labelKeys.ts';

/**
 * The images of properties and tags that many share, as sets of bits by key: two of half a million are intersected in a
 * fraction of a millisecond. A set is read when it is first asked for, in short turns, and follows what is written from
 * then on. It may name images that have lost the label, so what it finds is looked at again.
 */
export interface LabelSets {
  /** The images that have those of the labels whose sets are at hand, if any are. */
  known(labels: readonly Label[]): Keys | undefined;
  /** The images that have the labels, of which no more are read once at most `few` images are left. */
  read(labels: readonly Label[], few: number): Promise<Keys>;
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
  // Long, since its parts share state that nothing else may reach.
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
      const found = labels.flatMap((label) => sets.get(nameOf(label)) ?? []);
      const complete = found.filter((set) => set.complete);
      return complete.length > 0 ? intersection(complete) : undefined;
    },
    read: async (labels, few) => {
      const wanted: LabelSet[] = [];
      for (const label of labels) {
        const set = setOf(label);
        await set.read;
        sets.delete(nameOf(label));
        sets.set(nameOf(label), set);
        wanted.push(set);
        if (intersection(wanted).few(few)) break;
      }
      forget();
      return intersection(wanted);
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

function intersection(sets: readonly LabelSet[]): Keys {
  const [first = new Uint32Array(), ...others] = sets.map(({ words }) => words);
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
