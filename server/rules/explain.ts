import type { ServiceRefusal } from './emulatorRefusals.ts';
import { rules } from './evaluate.ts';
import type { JsonObject } from './json.ts';
import { problems } from './problems.ts';
import { serviceRefusals } from './serviceRefusals.ts';

const refusals: Readonly<Record<string, ServiceRefusal>> = serviceRefusals;
const ofTexts: Readonly<Record<string, string>> = problems;

/**
 * Explains a rule, a refusal of the service or a problem of a text by its id: `{ rule, summary, severity, status, source, kinds,
 * profile, marked, not_marked }`, of which only the first two are always there. Undefined where there is no such id.
 */
export function explainRule(id: string): (JsonObject & { readonly summary: string }) | undefined {
  const rule = rules.find((one) => one.id === id);
  if (rule) {
    const { severity, summary, source, example, profile, kinds } = rule;
    return {
      rule: id,
      severity,
      summary,
      source,
      kinds: [...kinds],
      ...(profile ? { profile } : {}),
      marked: example.bad,
      ...(example.bad === example.good ? {} : { not_marked: example.good }),
    };
  }
  const refusal = Object.hasOwn(refusals, id) ? refusals[id] : undefined;
  if (refusal) {
    const { status, title, summary, source } = refusal;
    return { rule: id, severity: 'error', status, summary: `${title}: ${summary}`, source };
  }
  const problem = Object.hasOwn(ofTexts, id) ? ofTexts[id] : undefined;
  return problem === undefined ? undefined : { rule: id, summary: problem };
}

/** All ids that can be explained. */
export function listExplained(): string[] {
  return [...rules.map(({ id }) => id), ...Object.keys(refusals), ...Object.keys(ofTexts)];
}
