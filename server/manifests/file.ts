import type { Json } from '../rules/json.ts';
import type { KindOf, Told } from './kinds.ts';
import type { ManifestNode, TextProblem } from './nodes.ts';

export interface ManifestDocument extends KindOf {
  readonly index: number;
  readonly root?: ManifestNode | undefined;
  readonly data: Json;
  readonly start: number;
  readonly end: number;
  /** What it was read as by itself: the same object as long as its text is the same. */
  readonly unit?: DocumentUnit;
  /** Where the text of each item begins, where items are read by themselves. */
  readonly items?: readonly number[] | undefined;
}

export interface ManifestFile {
  readonly format: 'yaml' | 'json';
  readonly path: string;
  readonly text: string;
  readonly documents: readonly ManifestDocument[];
  readonly problems: readonly TextProblem[];
  /** The kind that was known from outside. */
  readonly told?: Told;
  /** What the next reading of the same file can take over. */
  readonly units?: readonly DocumentUnit[];
}

/**
 * The parts of a text that are read by themselves, so that an edit costs the reading of those it touches: yaml's parser
 * takes 7 µs a line, which is the whole bill of an edit (SOURCES: language-servers §1.6). A text is a sequence of
 * documents, and a document that is a list a sequence of items; each part goes on to where the next begins.
 */
export interface Unit {
  /** Of its text. */
  readonly length: number;
  /** What to take off the positions in it, so that they count from its beginning. */
  readonly base: number;
  readonly root?: ManifestNode | undefined;
  readonly data: Json;
  readonly problems: readonly TextProblem[];
}

/** Of the text of one document. `list` instead of `root` where its items are units. */
export interface DocumentUnit extends Unit {
  readonly list?: ListUnits | undefined;
  /** How far from its beginning the document begins: below comments. */
  readonly head: number;
}

export interface ListUnits {
  readonly items: readonly Unit[];
  readonly flow: boolean;
  /** Where the list begins, from the beginning of the first item's text. */
  readonly from: number;
  /** How far before the document's end it ends; undefined: with its last item. */
  readonly rest?: number | undefined;
}
