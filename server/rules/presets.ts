import type { Severity } from './rule.ts';

export type Preset = 'default' | 'strict';

/** The severity of a finding under a preset: `strict` makes problems of advice and of what was not checked. */
export function severityUnder(preset: Preset, severity: Severity): Severity {
  return preset === 'strict' && (severity === 'hint' || severity === 'information') ? 'warning' : severity;
}
