import type { FilePiece } from '../store/pieces.ts';

/** Messages between the lane and its worker. */
export type Order =
  | { readonly kind: 'inspect'; readonly pieces: readonly FilePiece[]; readonly name: string }
  | { readonly kind: 'pack'; readonly pack: Pack }
  | { readonly kind: 'unpack'; readonly unpack: Unpack }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'readDisk'; readonly part: DiskRead }
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

/** A written image. */
export interface Packing {
  readonly size: number;
  readonly md5: string;
  readonly sha512: string;
}

/** A server's disk: that of its image, and what its guest wrote since. */
export interface ServerDisk {
  /** The image's content; empty: the disk began blank. */
  readonly base: readonly FilePiece[];
  /** As the image states it. `vhd` may be packed as an OVA. */
  readonly diskFormat: string;
  /** Later ones over earlier. */
  readonly writes: readonly DiskWrite[];
  /** A disk that is smaller than its image has the image's size. */
  readonly diskBytes: number;
  /** A path of ours, before which names of files may be made; a snapshot's target can be it. */
  readonly scratch: string;
}

export interface DiskWrite {
  /** Bytes from the start of the disk. */
  readonly offset: number;
  readonly length: number;
  /** Undefined: zeros, which deleting bytes leaves. */
  readonly pieces?: readonly FilePiece[];
}

/** A server's disk, to be written as an image into a new file. */
export interface Snapshot extends ServerDisk {
  readonly target: string;
  /** `ova`: the image's VHDs and a differencing one over them. Any other stands alone; `vhd` is dynamic. */
  readonly as: 'ova' | 'vhd' | 'qcow2' | 'raw';
  /** Of an OVA. */
  readonly compression: 'deflate' | 'stored';
  /** The new VHD's identity; the time is milliseconds since 1970. */
  readonly uuid: string;
  readonly time: number;
}

export interface SnapshotTaken extends Packing {
  /** Bytes of the disk. */
  readonly virtualSize: number;
}

export interface DiskRead extends ServerDisk {
  readonly offset: number;
  /** At most 1 MiB. */
  readonly length: number;
}

/** Families of operating systems that seeds make disks of. */
export type Guest = 'linux' | 'windows' | 'freebsd';
