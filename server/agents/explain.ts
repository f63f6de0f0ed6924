import { explainRule, listExplained } from '../rules/explain.ts';
import type { JsonObject } from '../rules/json.ts';
import { nearest } from '../rules/nearest.ts';
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

/** Throws AgentError with the nearest id. */
function explain(id: string): JsonObject {
  const explained = explainRule(id);
  if (explained) return explained;
  const meant = nearest(id, listExplained());
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  throw new AgentError(`There is no rule or refusal '${id}'.${question}`);
}
