import { Fault } from '../faults.ts';
import type { Request } from '../http.ts';
import type { Headers } from './records.ts';

const limits = { items: 90, nameLength: 128, valueLength: 256, bytes: 4096 };

/** `X-Object-Meta-*` or `X-Container-Meta-*` of a request, within Swift's limits. Faults: 400. */
export function metadataOf(request: Request, kind: 'object' | 'container'): Headers {
  const prefix = `x-${kind}-meta-`;
  const found = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(prefix) && name.length > prefix.length && typeof value === 'string'
      ? [[name, value]]
      : [],
  );
  const total = found.reduce((sum, [name, value]) => sum + name.length - prefix.length + value.length, 0);
  if (found.length > limits.items) throw new Fault(400, `Too many metadata items; max ${limits.items}`);
  if (total > limits.bytes) throw new Fault(400, `Total metadata too large; max ${limits.bytes}`);
  for (const [name, value] of found) {
    if (name.length - prefix.length > limits.nameLength)
      throw new Fault(400, `Metadata name too long: ${name}; max ${limits.nameLength}`);
    if (value.length > limits.valueLength)
      throw new Fault(400, `Metadata value longer than ${limits.valueLength}: ${name}`);
  }
  return Object.fromEntries(found);
}

/** Headers that are stored with an object beside its metadata, and sent back with it. */
export function contentHeadersOf(request: Request): Headers {
  const kept = ['content-encoding', 'content-disposition', 'cache-control', 'expires'];
  return Object.fromEntries(
    kept.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

export interface Range {
  /** First and last byte. */
  readonly start: number;
  readonly end: number;
}

/** One range of `Range`. Undefined: all of it; several ranges, or none that makes sense, mean all too. Faults: 416. */
export function rangeOf(header: string | undefined, size: number): Range | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!found || (found[1] === '' && found[2] === '')) return undefined;
  const [, first = '', last = ''] = found;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || (first === '' && Number(last) === 0))
    throw new Fault(416, 'The requested range is not available.', {
      headers: { 'content-range': `bytes */${size}` },
    });
  return { start, end };
}
