import { findRule } from './evaluate.ts';
import type { Finding } from './rule.ts';
import type { Severity } from './severity.ts';

/** The severity of a finding: the preset `strict` makes problems of advice and of what was not checked. */
export function severityUnder(
  isStrict: boolean,
  { rule, severity }: Pick<Finding, 'rule' | 'severity'>,
): Severity {
  if (!isStrict || (severity !== 'hint' && severity !== 'information')) return severity;
  return findRule(rule)?.strict ?? 'warning';
}
