import { findRule } from './evaluate.ts';
import type { Finding, Severity } from './rule.ts';

export type Preset = 'default' | 'strict';

/** The severity of a finding under a preset: `strict` makes problems of advice and of what was not checked. */
export function severityUnder(
  preset: Preset,
  { rule, severity }: Pick<Finding, 'rule' | 'severity'>,
): Severity {
  if (preset === 'default' || (severity !== 'hint' && severity !== 'information')) return severity;
  return findRule(rule)?.strict ?? 'warning';
}
