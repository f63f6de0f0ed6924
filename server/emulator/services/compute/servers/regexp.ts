import type { LinearPattern } from '../../../../rules/patterns/linearPattern.ts';
import { compileExpression } from '../../../../rules/patterns/propertyPattern.ts';
import type { Store } from '../../../store/store.ts';

/** Makes `value REGEXP pattern` of SQL: the pattern, found anywhere in the value, in linear time. */
export function defineRegexp(store: Store): void {
  let last: { source: string; find: (text: string) => boolean } | undefined;
  store.define('regexp', (source, value) => {
    if (typeof source !== 'string' || value === null || value === undefined) return 0;
    if (last?.source !== source) last = { source, find: compile(source) };
    return last.find(String(value)) ? 1 : 0;
  });
}

function compile(source: string): (text: string) => boolean {
  const [, start, literal = '', end] = /^(\^)?([^\\^$.|?*+()[\]{}]*)(\$)?$/.exec(source) ?? [];
  if (literal === '') {
    const pattern: LinearPattern = compileExpression(`[\\s\\S]*(${source})`);
    return (text) => pattern.matchesStart(text);
  }
  // Most are a part of a name, which needs no automaton.
  if (start && end) return (text) => text === literal;
  if (start) return (text) => text.startsWith(literal);
  if (end) return (text) => text.endsWith(literal);
  return (text) => text.includes(literal);
}
