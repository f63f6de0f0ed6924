import { isObject, type Json, type JsonObject } from '../rules/json.ts';
import { AgentError } from './agentCloud.ts';

/** An object's JSON Schema, as far as tools need it. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, JsonObject>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

/** Reads what an agent gave a tool. Throws AgentError with the member that is wrong, and what it takes. */
export function readInput(given: unknown, { properties, required = [] }: ObjectSchema): JsonObject {
  const input = (given ?? {}) as Json;
  if (!isObject(input)) throw new AgentError('The input must be an object.');
  for (const name of required)
    if (input[name] === undefined) throw new AgentError(`The input needs '${name}'.`);
  for (const [name, value] of Object.entries(input)) {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!schema)
      throw new AgentError(`There is no input '${name}'. There are: ${Object.keys(properties).join(', ')}.`);
    const wanted = describeMismatch(value, schema);
    if (wanted !== undefined) throw new AgentError(`'${name}' must be ${wanted}.`);
  }
  return input;
}

/** Says what a schema takes, where a value is something else. */
function describeMismatch(value: Json, schema: JsonObject): string | undefined {
  const { type, enum: choices, minimum = 0, maximum, maxLength, items } = schema;
  if (Array.isArray(choices)) return choices.includes(value) ? undefined : `one of ${choices.join(', ')}`;
  if (type === 'integer') {
    const fits =
      Number.isInteger(value) && Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
    return fits ? undefined : `a whole number from ${minimum} to ${maximum}`;
  }
  if (type === 'array') {
    if (!Array.isArray(value) || !isObject(items)) return 'a list';
    const wrong = value.map((item) => describeMismatch(item, items)).find((one) => one !== undefined);
    return wrong === undefined ? undefined : `a list, each ${wrong}`;
  }
  const fits = typeof value === 'string' && value !== '' && value.length <= Number(maxLength ?? 2000);
  return fits ? undefined : `a text of 1 to ${maxLength ?? 2000} characters`;
}
