/** What a block of a disk can be. Its number is its place here. */
export const blockStates = [
  /** Nothing was written to it: it reads as zeros. */
  'free',
  'allocated',
  /** A differencing disk leaves it to its parent. */
  'parent',
  /** Its bytes would lie over those of another. */
  'overlapping',
  /** Its bytes would reach past the end of the file. */
  'beyond',
  /** Its bytes would lie over the disk's own tables. */
  'overTables',
  /** Its bytes stand in a part of the file that is missing. */
  'lost',
] as const;

export type BlockState = (typeof blockStates)[number];

/**
 * The blocks of a disk in runs: so many of one state, whose bytes follow on each other in the file. Arrays of one length, so that
 * a million runs take 9 MB.
 */
export interface BlockMap {
  /** Bytes of the disk in a block; the last one may have fewer. */
  readonly blockSize: number;
  readonly virtualSize: number;
  readonly lengths: Uint32Array;
  readonly states: Uint8Array;
  /** Where the first block of a run stands in the file, in units of `placeUnit` bytes, where it does. */
  readonly places: Uint32Array;
  readonly placeUnit: number;
  /** Bytes in the file from a block to the next; 0 where places are not known. */
  readonly apart: number;
}
