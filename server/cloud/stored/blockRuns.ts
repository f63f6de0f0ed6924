/** The blocks of a VHD in the order of the disk, as runs of one state. */
export interface BlockMapData {
  readonly blocks: number;
  readonly blockBytes: number;
  readonly runs: readonly BlockRun[];
}

export interface BlockRun {
  readonly first: number;
  readonly count: number;
  readonly state: BlockState;
}

export type BlockState = 'stored' | 'empty' | 'lost';
