/** Where a text of YAML is being written. */
import { isObject, type Json, type JsonObject } from '../../../../server/rules/json.ts';
import type { Random } from '../../../fuzz/random.ts';

/** Offsets of a member with its key, or of an item. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export interface Writer {
  readonly random: Random;
  readonly put: (text: string) => void;
  readonly at: () => number;
  /** By document and JSON Pointer: `0/tags`. The document itself is `0`. */
  readonly places: Map<string, Place>;
}

/** Of one document. */
export interface YamlState extends Writer {
  /** Names of anchors, by the JSON of what they mark. */
  readonly anchors: Map<string, string>;
  /** Mappings that have an anchor, to be merged. */
  readonly bases: { readonly name: string; readonly data: JsonObject }[];
  /** The handle by which the tags of YAML are written. */
  readonly handle: string;
  /** The member that is written a second time at the end of its mapping; nothing is left to aliases and merges then. */
  readonly twice?: string;
  /** By YAML 1.1 more words are true or numbers. */
  readonly isOld: boolean;
  named: number;
  /** The lines that follow would belong to the text before. */
  isKept: boolean;
  /** A line with a tab alone would be wrong. */
  isBlockText: boolean;
}

export function isBlock(value: Json): value is JsonObject | Json[] {
  return Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0;
}

export function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The members of a value with their pointers, and the one that is written again. */
export function entriesOf(
  value: JsonObject | Json[],
  pointer: string,
  twice: string | undefined,
): { key?: string; own: string; item: Json }[] {
  if (Array.isArray(value)) return value.map((item, index) => ({ own: `${pointer}/${index}`, item }));
  const entries = Object.entries(value).map(([key, item]) => ({
    key,
    own: `${pointer}/${escapeToken(key)}`,
    item,
  }));
  const again = entries.find(({ own }) => own === twice);
  return again ? [...entries, { ...again, own: `${again.own} again`, item: 'again' }] : entries;
}

/** What stands elsewhere, at an anchor, is told here. */
export function placeAll(value: Json, pointer: string, place: Place, places: Map<string, Place>): void {
  places.set(pointer, place);
  if (!Array.isArray(value) && !isObject(value)) return;
  for (const { own, item } of entriesOf(value, pointer, undefined)) placeAll(item, own, place, places);
}
