import type { FilePiece } from '../store/pieces.ts';

/** Messages between the lane and its worker. */
export type Order =
  | { readonly kind: 'inspect'; readonly pieces: readonly FilePiece[]; readonly name: string }
  | { readonly kind: 'pack'; readonly pack: Pack }
  | { readonly kind: 'unpack'; readonly unpack: Unpack }
  | { readonly kind: 'make'; readonly target: string; readonly guest: Guest; readonly name: string };

export type Message =
  | { readonly id: number; readonly order: Order }
  | { readonly id: number; readonly cancel: true };

export type Answer =
  | { readonly id: number; readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly id: number; readonly kind: 'done'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

/** A disk, to be packed as an OVA into a new file. */
export interface Pack {
  readonly source: readonly FilePiece[];
  readonly target: string;
  readonly compression: 'deflate' | 'stored';
}

/** The disks of an OVA, to be merged into one VHD. */
export interface Unpack {
  readonly ova: readonly FilePiece[];
  /** A path of ours, before which names of files may be made. */
  readonly scratch: string;
  /** The largest segment. */
  readonly segmentBytes: number;
  /** The new disk's identity; the time is milliseconds since 1970. */
  readonly uuid: string;
  readonly time: number;
}

/** A part of the merged VHD, in a synced file of its own. */
export interface Segment {
  readonly file: string;
  readonly size: number;
  readonly md5: string;
  /** SHA-256. */
  readonly hash: string;
}

/** A packed OVA. */
export interface Packing {
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
}

/** Families of operating systems that seeds make disks of. */
export type Guest = 'linux' | 'windows' | 'freebsd';
