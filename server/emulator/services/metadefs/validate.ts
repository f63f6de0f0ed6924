import { isObject, isOfType, type Json, type JsonObject } from '../../../rules/json.ts';
import { ApiError } from '../../kernel/apiError.ts';

/** The body as an object that fits the schema. Throws 400 naming the place, 403 for what the service itself writes. */
export function valid(name: string, schema: JsonObject, body: Json): JsonObject {
  const problem = findProblem(schema, body, '');
  if (problem !== undefined || !isObject(body))
    throw new ApiError(
      'metadef/body',
      `Provided object does not match schema '${name}': ${problem ?? 'not an object'}`,
    );
  for (const [member, rule] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {}))
    if (isObject(rule) && rule['readOnly'] === true && Object.hasOwn(body, member))
      throw new ApiError('metadef/read-only', `Attribute '${member}' is read-only.`);
  return body;
}

/** As much of JSON Schema as the schemas of this folder use. */
function findProblem(schema: JsonObject, value: Json, at: string): string | undefined {
  const place = at === '' ? 'the body' : at;
  const { type, enum: choices, maxLength, minimum } = schema;
  if (typeof type === 'string' && !isOfType(value, type)) return `${place} is not of type '${type}'`;
  if (Array.isArray(choices) && !choices.includes(value))
    return `${place} is not one of ${choices.map((one) => `'${one}'`).join(', ')}`;
  if (typeof maxLength === 'number' && typeof value === 'string' && [...value].length > maxLength)
    return `${place} is longer than ${maxLength} characters`;
  if (typeof minimum === 'number' && typeof value === 'number' && value < minimum)
    return `${place} is less than ${minimum}`;
  if (Array.isArray(value)) {
    const { items } = schema;
    return isObject(items)
      ? first(value.map((item, index) => findProblem(items, item, `${at}/${index}`)))
      : undefined;
  }
  return isObject(value) ? problemOfMembers(schema, value, at) : undefined;
}

function problemOfMembers(schema: JsonObject, value: JsonObject, at: string): string | undefined {
  const { required, properties, additionalProperties: more } = schema;
  const known = isObject(properties) ? properties : {};
  const missing = Array.isArray(required)
    ? required.find((name) => !Object.hasOwn(value, String(name)))
    : undefined;
  if (missing !== undefined) return `'${missing}' is a required property${at === '' ? '' : ` of ${at}`}`;
  return first(
    Object.entries(value).map(([name, member]) => {
      const rule = Object.hasOwn(known, name) ? known[name] : more;
      if (rule === false) return `${at}/${name} is not known`;
      return isObject(rule) ? findProblem(rule, member, `${at}/${name}`) : undefined;
    }),
  );
}

function first(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
