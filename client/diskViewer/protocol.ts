import type { BlockMap } from '../../server/disks/blockStates.ts';

/** What the page of a disk shows. Texts are whole; the page lays them out. */
export interface DiskView {
  readonly name: string;
  /** What it is, in a sentence. */
  readonly summary: string;
  /** Why nothing, or not all of it, can be shown: it is gone, cut off, no disk. */
  readonly problem?: string;
  /** It is text: the editor shows it better. */
  readonly isText?: true;
  readonly verdicts: readonly ShownVerdict[];
  readonly repair?: ShownRepair;
  readonly facts: readonly ShownFact[];
  readonly damage: readonly { readonly field: string; readonly text: string }[];
  readonly guest?: ShownGuest;
  /** Of a differencing disk, or of an archive: the newest first. */
  readonly chain?: ShownChain;
  readonly blocks?: { readonly map: BlockMap; readonly caption: string };
  /** What is still being read. */
  readonly pending?: string;
}

export type ShownFact = readonly [name: string, value: string];

export interface ShownVerdict {
  readonly profile: string;
  readonly accepted: boolean;
  readonly title: string;
  readonly findings: readonly {
    readonly severity: string;
    readonly message: string;
    readonly rule: string;
  }[];
}

export interface ShownRepair {
  /** What a repair would do; empty: nothing can be repaired without a guess. */
  readonly steps: readonly string[];
  /** Why it cannot be done now. */
  readonly refused?: string;
  /** There is a repair to undo. */
  readonly canUndo: boolean;
  /** Why it cannot be undone now. */
  readonly undoRefused?: string;
}

export interface ShownGuest {
  readonly facts: readonly ShownFact[];
  readonly partitions: readonly (readonly string[])[];
}

export interface ShownChain {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly path?: string }[];
  readonly problem?: string;
}

export type ToPage = { readonly kind: 'disk'; readonly view: DiskView };

export type FromPage =
  | { readonly kind: 'repair' }
  | { readonly kind: 'undo' }
  | { readonly kind: 'openText' }
  | { readonly kind: 'readAgain' }
  | { readonly kind: 'openRule'; readonly rule: string }
  | { readonly kind: 'openDisk'; readonly path: string };
