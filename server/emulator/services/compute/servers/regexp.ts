import type { LinearPattern } from '../../../../rules/patterns/linearPattern.ts';
import { compileExpression } from '../../../../rules/patterns/propertyPattern.ts';
import type { Store } from '../../../store/store.ts';

/** Makes `value REGEXP pattern` of SQL: the pattern, found anywhere in the value, in linear time. */
export function defineRegexp(store: Store): void {
  let last: { source: string; pattern: LinearPattern } | undefined;
  store.define('regexp', (source, value) => {
    if (typeof source !== 'string' || value === null || value === undefined) return 0;
    if (last?.source !== source) last = { source, pattern: compileExpression(`[\\s\\S]*(${source})`) };
    return last.pattern.matchesStart(String(value)) ? 1 : 0;
  });
}
