import type { ServiceRefusal } from '../rules/emulatorRefusals.ts';
import { rules } from '../rules/evaluate.ts';
import type { JsonObject } from '../rules/json.ts';
import { nearest } from '../rules/nearest.ts';
import { problems } from '../rules/problems.ts';
import { serviceRefusals } from '../rules/serviceRefusals.ts';
import { AgentError } from './agentCloud.ts';
import type { AgentTool } from './scene.ts';

export const explainTool: AgentTool = {
  name: 'cloud_images_explain',
  title: 'Explain a rule or refusal of cloud images',
  description:
    'Explains a rule or a refusal by its id, as findings and refusals name it (such as property/protected): what the cloud does, by which source, and a manifest that is marked beside one that is not.',
  effect: 'read',
  input: {
    type: 'object',
    properties: { rule: { type: 'string', description: 'The id, FAMILY/NAME.' } },
    required: ['rule'],
    additionalProperties: false,
  },
  output: {
    type: 'object',
    properties: {
      rule: { type: 'string' },
      summary: { type: 'string' },
      severity: { type: 'string' },
      status: { type: 'integer' },
      source: { type: 'string' },
      marked: { type: 'string' },
      not_marked: { type: 'string' },
    },
    required: ['rule', 'summary'],
  },
  run: async ({ rule }) => explain(String(rule)),
};

const refusals: Readonly<Record<string, ServiceRefusal>> = serviceRefusals;
const ofTexts: Readonly<Record<string, string>> = problems;

/** Throws AgentError with the nearest id. */
function explain(id: string): JsonObject {
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
  if (problem !== undefined) return { rule: id, summary: problem };
  const meant = nearest(id, [
    ...rules.map((one) => one.id),
    ...Object.keys(refusals),
    ...Object.keys(problems),
  ]);
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new AgentError(`There is no rule or refusal '${id}'.${question}`);
}
