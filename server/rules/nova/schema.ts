import { isObject, isOfType, type Json, type JsonObject } from '../json.ts';
import { codePoints } from '../service/attributes.ts';
import { formats } from './formats.ts';
import { formatPlain, formatPython } from './python.ts';

/**
 * The keywords of JSON Schema (draft 4) that Nova and Keystone use. Their order counts: of several faults the first one met is
 * answered.
 */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly Json[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly format?: string;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly not?: Schema;
  /** Of no meaning. */
  readonly title?: string;
}

interface Fault {
  readonly path: readonly string[];
  readonly value: Json;
  readonly text: string;
  /** The text is the whole answer, as names have it. */
  readonly alone?: boolean;
  /** The member of the value that is missing. */
  readonly missing?: string;
  /** What it breaks, and the part of the schema that has it. */
  readonly keyword?: string;
  readonly schema?: Schema;
}

/** Checks a body. Answers what Nova says of its first fault (SOURCES: nova §2). */
export function findBodyFault(body: Json, schema: Schema): string | undefined {
  return findFault(body, schema)?.text;
}

/** The same, with its place. */
export function findFault(body: Json, schema: Schema): Pick<Fault, 'path' | 'missing' | 'text'> | undefined {
  const fault = check(body, schema, []);
  if (!fault || fault.alone || fault.path.length === 0) return fault;
  const text = `Invalid input for field/attribute ${fault.path.at(-1)}. Value: ${formatPlain(fault.value)}. ${fault.text}`;
  return { ...fault, text };
}

/** The first fault as it stands in the schema, for services that show that too. */
export function findSchemaFault(
  value: Json,
  schema: Schema,
): Required<Pick<Fault, 'path' | 'text' | 'value' | 'keyword' | 'schema'>> | undefined {
  const fault = check(value, schema, []);
  return fault && { keyword: '', schema, ...fault };
}

/** Checks the parameters of a query, each a list of its values. */
export function findQueryFault(query: JsonObject, schema: Schema): string | undefined {
  const fault = check(query, schema, []);
  if (!fault) return undefined;
  if (fault.alone || fault.path.length === 0) return fault.text;
  return `Invalid input for query parameters ${fault.path[0]}. Value: ${formatPlain(fault.value)}. ${fault.text}`;
}

type Check = (value: Json, schema: Schema, path: readonly string[]) => Fault | undefined;

function check(value: Json, schema: Schema, path: readonly string[]): Fault | undefined {
  for (const keyword of Object.keys(schema)) {
    const fault = checks[keyword]?.(value, schema, path);
    if (fault) return fault.keyword === undefined ? { ...fault, keyword, schema } : fault;
  }
  return undefined;
}

const checks: Readonly<Record<string, Check>> = {
  type: (value, { type = [] }, path) => {
    const types = typeof type === 'string' ? [type] : type;
    if (types.some((each) => isOfType(value, each))) return undefined;
    return {
      path,
      value,
      text: `${formatPython(value)} is not of type ${types.map((each) => formatPython(each)).join(', ')}`,
    };
  },
  enum: (value, { enum: accepted = [] }, path) =>
    accepted.some((each) => isSame(each, value))
      ? undefined
      : { path, value, text: `${formatPython(value)} is not one of ${formatPython([...accepted])}` },
  minLength: (value, { minLength = 0 }, path) =>
    typeof value === 'string' && codePoints(value) < minLength ? tooShort(value, path) : undefined,
  maxLength: (value, { maxLength = Number.POSITIVE_INFINITY }, path) =>
    typeof value === 'string' && codePoints(value) > maxLength ? tooLong(value, path) : undefined,
  pattern: (value, { pattern = '' }, path) =>
    typeof value !== 'string' || new RegExp(pattern.replace(/\$$/, '(?![^\\n]|\\n.)'), 'u').test(value)
      ? undefined
      : { path, value, text: `${formatPython(value)} does not match ${formatPython(pattern)}` },
  minimum: (value, { minimum = 0, exclusiveMinimum }, path) => {
    const number = readNumber(value);
    if (number === undefined || number > minimum || (number === minimum && !exclusiveMinimum))
      return undefined;
    const least = exclusiveMinimum ? 'less than or equal to' : 'less than';
    return { path, value, text: `${number} is ${least} the minimum of ${minimum}` };
  },
  maximum: (value, { maximum = 0 }, path) => {
    const number = readNumber(value);
    return number === undefined || number <= maximum
      ? undefined
      : { path, value, text: `${number} is greater than the maximum of ${maximum}` };
  },
  format: (value, { format = '' }, path) => {
    const refused = formats[format]?.(value);
    if (refused === undefined || refused === true) return undefined;
    if (refused === false)
      return { path, value, text: `${formatPython(value)} is not a ${formatPython(format)}` };
    return { path, value, text: refused, alone: true };
  },
  items: (value, { items = {} }, path) => {
    if (!Array.isArray(value)) return undefined;
    for (const [index, item] of value.entries()) {
      const fault = check(item, items, [...path, String(index)]);
      if (fault) return fault;
    }
    return undefined;
  },
  minItems: (value, { minItems = 0 }, path) =>
    Array.isArray(value) && value.length < minItems ? tooShort(value, path) : undefined,
  maxItems: (value, { maxItems = 0 }, path) =>
    Array.isArray(value) && value.length > maxItems ? tooLong(value, path) : undefined,
  uniqueItems: (value, { uniqueItems }, path) =>
    uniqueItems &&
    Array.isArray(value) &&
    new Set(value.map((each) => JSON.stringify(each))).size < value.length
      ? { path, value, text: `${formatPython(value)} has non-unique elements` }
      : undefined,
  minProperties: (value, { minProperties = 0 }, path) =>
    isObject(value) && Object.keys(value).length < minProperties
      ? { path, value, text: `${formatPython(value)} does not have enough properties` }
      : undefined,
  maxProperties: (value, { maxProperties = 0 }, path) =>
    isObject(value) && Object.keys(value).length > maxProperties
      ? { path, value, text: `${formatPython(value)} has too many properties` }
      : undefined,
  properties: (value, { properties = {} }, path) => {
    if (!isObject(value)) return undefined;
    for (const [name, schema] of Object.entries(properties)) {
      const member = value[name];
      const fault =
        Object.hasOwn(value, name) && member !== undefined
          ? check(member, schema, [...path, name])
          : undefined;
      if (fault) return fault;
    }
    return undefined;
  },
  patternProperties: (value, { patternProperties = {} }, path) => {
    if (!isObject(value)) return undefined;
    for (const [pattern, schema] of Object.entries(patternProperties)) {
      const expression = new RegExp(pattern);
      for (const [name, member] of Object.entries(value)) {
        const fault = expression.test(name) ? check(member, schema, [...path, name]) : undefined;
        if (fault) return fault;
      }
    }
    return undefined;
  },
  required: (value, { required = [] }, path) => {
    const missing = isObject(value) ? required.find((name) => !Object.hasOwn(value, name)) : undefined;
    return missing === undefined
      ? undefined
      : { path, value, missing, text: `${formatPython(missing)} is a required property` };
  },
  additionalProperties: (value, schema, path) => {
    if (schema.additionalProperties !== false || !isObject(value)) return undefined;
    const patterns = Object.keys(schema.patternProperties ?? {});
    const extra = Object.keys(value).filter(
      (name) =>
        !Object.hasOwn(schema.properties ?? {}, name) &&
        !patterns.some((each) => new RegExp(each).test(name)),
    );
    return extra.length === 0 ? undefined : { path, value, text: describeExtra(extra, patterns) };
  },
  oneOf: (value, { oneOf = [] }, path) => chooseOf(value, oneOf, path, true),
  anyOf: (value, { anyOf = [] }, path) => chooseOf(value, anyOf, path, false),
  allOf: (value, { allOf = [] }, path) => {
    for (const schema of allOf) {
      const fault = check(value, schema, path);
      if (fault) return fault;
    }
    return undefined;
  },
  not: (value, { not = {} }, path) =>
    check(value, not, path)
      ? undefined
      : {
          path,
          value,
          text: `${formatPython(value)} should not be valid under ${formatPython(JSON.parse(JSON.stringify(not)))}`,
        },
};

function describeExtra(extra: readonly string[], patterns: readonly string[]): string {
  const list = (names: readonly string[]) => names.map((name) => formatPython(name)).join(', ');
  if (patterns.length > 0)
    return `${list([...extra].sort())} ${extra.length === 1 ? 'does' : 'do'} not match any of the regexes: ${list([...patterns].sort())}`;
  return `Additional properties are not allowed (${list([...extra].sort())} ${extra.length === 1 ? 'was' : 'were'} unexpected)`;
}

function chooseOf(
  value: Json,
  schemas: readonly Schema[],
  path: readonly string[],
  onlyOne: boolean,
): Fault | undefined {
  const fitting = schemas.filter((schema) => !check(value, schema, path));
  if (fitting.length === 0)
    return { path, value, text: `${formatPython(value)} is not valid under any of the given schemas` };
  if (!onlyOne || fitting.length === 1) return undefined;
  const others = fitting.slice(1).map((schema) => formatPython(JSON.parse(JSON.stringify(schema))));
  return { path, value, text: `${formatPython(value)} is valid under each of ${others.join(', ')}` };
}

function tooShort(value: Json, path: readonly string[]): Fault {
  return { path, value, text: `${formatPython(value)} is too short` };
}

function tooLong(value: Json, path: readonly string[]): Fault {
  return { path, value, text: `${formatPython(value)} is too long` };
}

function isSame(one: Json, other: Json): boolean {
  return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
}

/** Numbers count as text, too. */
function readNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' && /^\s*[+-]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}
