import { isObject, type Json, type JsonObject } from '../../../rules/json.ts';
import { formatPlain, formatPython } from '../../../rules/nova/python.ts';
import { invalid } from './faults.ts';

/** How Neutron reads the attributes of a resource, in this order. */
export type Attributes = Readonly<Record<string, Attribute>>;

interface Attribute {
  /** Reads a value. Throws 400. */
  read?(value: Json, name: string): Json;
  /** What it is where the request does not say; without it the attribute is required. */
  readonly otherwise?: Json;
  /** It stays what it was made as. */
  readonly isFixed?: true;
  /** The service sets it. */
  readonly isShown?: true;
}

/** The resources that a body of POST describes: one, or the list of several. Throws 400 in Neutron's words. */
export function readNew(body: Json, single: string, attributes: Attributes): JsonObject[] {
  const items = isObject(body) ? body[`${single}s`] : undefined;
  if (items === undefined) return [fill(readOne(body, single), attributes)];
  if (!Array.isArray(items) || items.length === 0) throw invalid('Resources required');
  return items.map((item) => fill(readOne({ [single]: item }, single), attributes));
}

/** What a body of PUT changes. Throws 400. */
export function readChange(body: Json, single: string, attributes: Attributes): JsonObject {
  const wanted = readOne(body, single);
  requireKnown(wanted, attributes);
  const fixed = Object.keys(wanted).filter((name) => attributes[name]?.isFixed || attributes[name]?.isShown);
  if (fixed.length > 0) throw invalid(`Cannot update read-only attribute ${fixed[0]}`);
  return convert(wanted, attributes);
}

function readOne(body: Json, single: string): JsonObject {
  if (!isObject(body) || Object.keys(body).length === 0) throw invalid('Resource body required');
  const wanted = body[single];
  if (wanted === undefined || wanted === null) throw invalid(`Unable to find '${single}' in request body`);
  if (!isObject(wanted)) throw invalid(`Object '${single}' contains invalid data`);
  return wanted;
}

function fill(wanted: JsonObject, attributes: Attributes): JsonObject {
  requireKnown(wanted, attributes);
  const shown = Object.keys(attributes).find((name) => attributes[name]?.isShown && name in wanted);
  if (shown !== undefined) throw invalid(`Attribute '${shown}' not allowed in POST`);
  const missing = Object.entries(attributes).find(
    ([name, { otherwise, isShown }]) => otherwise === undefined && !isShown && !(name in wanted),
  );
  if (missing) throw invalid(`Failed to parse request. Required attribute '${missing[0]}' not specified`);
  return convert(wanted, attributes);
}

function requireKnown(wanted: JsonObject, attributes: Attributes): void {
  const unknown = Object.keys(wanted).filter((name) => !Object.hasOwn(attributes, name));
  if (unknown.length > 0) throw invalid(`Unrecognized attribute(s) '${unknown.join(', ')}'`);
}

/** What is not said is left out, but for what is made of it otherwise. */
function convert(wanted: JsonObject, attributes: Attributes): JsonObject {
  const read = ([name, { read: readValue }]: [string, Attribute]): [string, Json][] => {
    const value = wanted[name];
    return value === undefined ? [] : [[name, readValue ? readValue(value, name) : value]];
  };
  return Object.fromEntries(Object.entries(attributes).flatMap(read));
}

/** Text of at most so many characters. */
export function text(most = 255): NonNullable<Attribute['read']> {
  return (value, name) => {
    if (typeof value !== 'string') throw refuse(name, `'${formatPlain(value)}' is not a valid string`);
    if ([...value].length > most) throw refuse(name, `'${value}' exceeds maximum length of ${most}`);
    return value;
  };
}

/** A list of ids. */
export function ids(value: Json, name: string): string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw refuse(name, `'${formatPlain(value)}' is not a list`);
  const wrong = value.find((id) => typeof id !== 'string' || !/^[0-9a-f-]{32,36}$/i.test(id));
  if (wrong !== undefined) throw refuse(name, `'${formatPlain(wrong)}' is not a valid UUID`);
  const found = value.map(String);
  const twice = found.find((id, at) => found.indexOf(id) !== at);
  if (twice !== undefined) throw refuse(name, `Duplicate items in the list: '${twice}'`);
  return found;
}

/** One of some words. */
export function among(words: readonly string[]): NonNullable<Attribute['read']> {
  return (value, name) => {
    if (typeof value === 'string' && words.includes(value)) return value;
    throw refuse(name, `${formatPython(value).replaceAll("'", '')} is not in valid_values`);
  };
}

export function refuse(attribute: string, reason: string) {
  return invalid(`Invalid input for ${attribute}. Reason: ${reason}.`);
}
