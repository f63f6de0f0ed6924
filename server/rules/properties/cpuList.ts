import { formatPython } from '../nova/python.ts';

type Range = readonly [number, number];

/** Of a longer range only its beginning is read: no server has as many processors, and all of it lies beyond them. */
const mostOfRange = 10_000;

/**
 * Reads a list of processors such as `0-3,^1` or `^0-1`, ascending (`parse_cpu_spec`); a text where Nova refuses it, in its
 * words.
 */
export function readCpuList(spec: string): readonly number[] | string {
  const taken: Range[] = [];
  const excluded: Range[] = [];
  for (const part of spec.split(',')) {
    const rule = part.trim();
    if (rule === '') continue;
    const excludes = rule.startsWith('^');
    const dash = rule.indexOf('-');
    const [first = '', last = ''] = dash < 0 ? [rule, rule] : [rule.slice(0, dash), rule.slice(dash + 1)];
    const start = parseNumber(excludes ? first.slice(1) : first);
    const end = dash < 0 ? start : parseNumber(last);
    if (start === undefined || end === undefined || start > end) {
      const what = dash >= 0 ? 'range' : excludes ? 'exclusion' : 'inclusion';
      return `Invalid ${what} expression ${formatPython(rule)}`;
    }
    (excludes ? excluded : taken).push([start, end]);
  }
  const processors = new Set<number>();
  for (const [start, end] of taken)
    for (let processor = start; processor <= Math.min(end, start + mostOfRange); processor++)
      if (!excluded.some(([from, to]) => from <= processor && processor <= to)) processors.add(processor);
  return [...processors].sort((one, other) => one - other);
}

function parseNumber(text: string): number | undefined {
  return /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}
