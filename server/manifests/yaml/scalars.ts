import type { Scalar } from 'yaml';
import type { Json } from '../../rules/json.ts';
import { readElsewhere } from '../ambiguousScalars.ts';
import { scalarTag } from './complaints.ts';

/** The value of a scalar; undefined where its tag does not fit it. */
export function readScalar({ value, tag }: Scalar, source: string): Json | undefined {
  const [, type] = scalarTag.exec(tag ?? '') ?? [];
  if (type !== undefined && typeof value === 'string') return readTagged(value, type);
  if (typeof value === 'number') return Number.isFinite(value) ? value : source;
  return typeof value === 'string' || typeof value === 'boolean' || value === null ? value : source;
}

/** What a tag makes of a word that is none of its type by itself, as all readers have it: `!!float 1`, `!!bool yes`. */
function readTagged(text: string, type: string): Json | undefined {
  if (type === 'bool') return { true: true, false: false }[readElsewhere(text) ?? text.toLowerCase()];
  const number = Number(text);
  return type === 'float' && /^[-+]?(?:\d|\.\d)/.test(text) && Number.isFinite(number) ? number : undefined;
}

/** The name that a key has: a plain word as it is written, also where it would be a number or true as a value. */
export function readName({ value, type, tag }: Scalar, source: string): string {
  return typeof value === 'string' || type !== 'PLAIN' || tag !== undefined ? String(value ?? '') : source;
}
