import type { Json } from '../../../../rules/json.ts';
import { formatPython } from '../../../../rules/nova/python.ts';
import { findSchemaFault, type Schema } from '../../../../rules/nova/schema.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { prettyPython } from './prettyPython.ts';

/** Throws 400 in Keystone's words, which are those of Python's jsonschema. */
export function requireShape(value: Json, schema: Schema): void {
  const fault = findSchemaFault(value, schema);
  if (!fault) return;
  const { path } = fault;
  const steps = locate(schema, path);
  const at = (names: readonly (string | number)[]): string =>
    names.map((name) => `[${formatPython(name)}]`).join('');
  const indented = (json: Json): string => prettyPython(json).replaceAll(/^/gm, '    ');
  const broken = `${formatPython(fault.keyword)} in schema${at(steps.flatMap((step) => step.schema))}`;
  const shown = indented(JSON.parse(JSON.stringify(fault.schema)));
  const instance = `instance${at(steps.map((step) => step.name))}:\n${indented(fault.value)}`;
  const text = `${fault.text}\n\nFailed validating ${broken}:\n${shown}\n\nOn ${instance}`;
  throw new ApiError(
    'identity/body',
    path.length === 0 ? text : `Invalid input for field '${path.join('/')}': ${text}`,
  );
}

interface Step {
  readonly schema: readonly string[];
  readonly name: string | number;
}

/** The way into a schema that a way into a value goes. */
function locate(schema: Schema, [name, ...rest]: readonly string[]): Step[] {
  if (name === undefined) return [];
  const member = schema.properties?.[name];
  const step = member ? { schema: ['properties', name], name } : { schema: ['items'], name: Number(name) };
  return [step, ...locate(member ?? schema.items ?? {}, rest)];
}
