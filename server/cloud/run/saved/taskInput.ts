import type { JsonObject } from '../../../rules/json.ts';
import { inputOf } from '../../../rules/service/importBody.ts';
import { type Step, withImage } from '../steps.ts';

/** The input of the task that a step asks for. */
export function taskInput(step: Extract<Step, { type: 'import' | 'export' }>): JsonObject {
  const { data } = step.part;
  return inputOf(step.type === 'export' && step.image !== undefined ? withImage(data, step.image) : data);
}
