import { inside, notAvailable, type Range, type Wanted } from '../../kernel/ranges.ts';
import { limits } from './limits.ts';

/**
 * The ranges of a `Range` header that lie within `size` bytes. Undefined: no header, or one that makes no sense, which
 * means all of it. Throws 416 where none of them is within, or they are too many, or ask for the same bytes again and
 * again.
 */
export function readRanges(header: string | undefined, size: number): readonly Range[] | undefined {
  const list = /^bytes=(.+)$/.exec(header?.trim() ?? '')?.[1];
  if (list === undefined) return undefined;
  const asked = list.split(',').map((text) => readRange(text.trim()));
  if (asked.some((range) => range === undefined)) return undefined;
  const found = asked.flatMap((range) => (range ? inside(range, size) : []));
  if (found.length === 0 || asked.length > limits.ranges || isEgregious(found)) throw notAvailable(size);
  return found;
}

/** More than two overlaps, or eight ranges in no order, as Swift judges. */
function isEgregious(ranges: readonly Range[]): boolean {
  const isWithin = (position: number, { start, end }: Range) => start < position && position < end;
  const overlap = (one: Range, other: Range) =>
    isWithin(other.start, one) ||
    isWithin(other.end, one) ||
    isWithin(one.start, other) ||
    isWithin(one.end, other);
  const overlaps = ranges.reduce(
    (sum, range, at) => sum + ranges.slice(at + 1).filter((other) => overlap(range, other)).length,
    0,
  );
  const ascends = ranges.every(({ start }, at) => start >= (ranges[at - 1]?.start ?? 0));
  return overlaps > 2 || (!ascends && ranges.length >= 8);
}

function readRange(text: string): Wanted | undefined {
  const found = /^(\d*)-(\d*)$/.exec(text);
  if (!found) return undefined;
  const [first, last] = [found[1], found[2]].map((digits) => (digits ? Number(digits) : undefined));
  if (first === undefined && last === undefined) return undefined;
  if (first !== undefined && last !== undefined && last < first) return undefined;
  return { first, last };
}
