import { Fault } from '../faults.ts';
import { limits } from './limits.ts';

export interface Range {
  /** First and last byte. */
  readonly start: number;
  readonly end: number;
}

/**
 * The ranges of a `Range` header that lie within `size` bytes. Undefined: no header, or one that makes no sense, which
 * means all of it. Faults: 416 where none of them is within, or they are too many.
 */
export function rangesOf(header: string | undefined, size: number): readonly Range[] | undefined {
  const list = /^bytes=(.+)$/.exec(header?.trim() ?? '')?.[1];
  if (list === undefined) return undefined;
  const asked = list.split(',').map((text) => readRange(text.trim()));
  if (asked.some((range) => range === undefined)) return undefined;
  const found = asked.flatMap((range) => (range ? inside(range, size) : []));
  if (found.length === 0 || asked.length > limits.ranges) throw notAvailable(size);
  return found;
}

export function notAvailable(size: number): Fault {
  return new Fault(416, 'The requested range is not available.', {
    headers: { 'content-range': `bytes */${size}` },
  });
}

/** Bytes from `first` to `last`; without `first` the last so many, without `last` to the end. */
export interface Wanted {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

function readRange(text: string): Wanted | undefined {
  const found = /^(\d*)-(\d*)$/.exec(text);
  if (!found) return undefined;
  const [first, last] = [found[1], found[2]].map((digits) => (digits ? Number(digits) : undefined));
  if (first === undefined && last === undefined) return undefined;
  if (first !== undefined && last !== undefined && last < first) return undefined;
  return { first, last };
}

/** That part of it which lies within `size` bytes, or nothing. */
export function inside({ first, last }: Wanted, size: number): Range[] {
  const start = first ?? Math.max(0, size - (last ?? 0));
  const end = first === undefined ? size - 1 : Math.min(last ?? size - 1, size - 1);
  return start > end ? [] : [{ start, end }];
}
