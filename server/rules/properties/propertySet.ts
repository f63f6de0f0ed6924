import type { Json } from '../json.ts';
import type { ImageProperties, NovaProps } from './judge.ts';
import type { BootRefusal } from './read.ts';

/** A custom property that a manifest states. Its places are JSON Pointers. */
export interface StatedProperty {
  readonly name: string;
  /** Nova's own name of it. */
  readonly field: string;
  readonly text: string;
  readonly pointer: string;
  /** Of its name: a key, or the path of an operation. */
  readonly namePointer: string;
  /** What to take away so that it is no longer stated. */
  readonly whole: string;
}

/** The custom properties of one image, as a manifest leaves them. */
export interface PropertySet {
  readonly stated: readonly StatedProperty[];
  /** All that the image has afterwards, as far as it is known. */
  readonly all: ImageProperties;
  /** Nothing is missing from `all`, as far as the manifest's author can tell. */
  readonly complete: boolean;
  /** The live image. */
  readonly live: ReadonlyMap<string, Json> | null | undefined;
  /** Names are keys; otherwise they are paths of operations. */
  readonly onKeys: boolean;
  /** `all` as Nova reads it, worked out once. */
  nova(): NovaProps | BootRefusal;
  /** Where a property's value stands, or can be put; undefined where there is no place for it. */
  place(name: string): string | undefined;
}
