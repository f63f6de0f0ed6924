import { isObject, type Json, type JsonObject } from '../../rules/json.ts';
import { ApiError } from '../kernel/apiError.ts';

/** Reads one member of a body; `undefined` where it is not there. Throws the ApiError that names it. */
export type Field<T> = (value: Json | undefined, name: string) => T;

/** A body, member by member. Throws 400 naming the first one that is wrong, missing or unknown. */
export function readFields<Fields extends Record<string, Field<unknown>>>(
  body: Json,
  fields: Fields,
  where = '',
): { [Name in keyof Fields]: ReturnType<Fields[Name]> } {
  const given: JsonObject = isObject(body) ? body : wrong(where || 'The body', 'an object');
  const stray = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
  if (stray !== undefined)
    throw new ApiError(
      'emulator/body',
      `${at(where, stray)} is not known here. Use one of ${Object.keys(fields).join(', ')}.`,
    );
  const entries = Object.entries(fields).map(([name, read]) => [
    name,
    read(Object.hasOwn(given, name) ? given[name] : undefined, at(where, name)),
  ]);
  return Object.fromEntries(entries);
}

export function optional<T>(read: Field<T>): Field<T | undefined> {
  return (value, name) => (value === undefined ? undefined : read(value, name));
}

/** A text of 1 to `most` characters, none of which is a control character. */
export function text(most = 255): Field<string> {
  return (value, name) => {
    if (typeof value !== 'string' || value === '' || [...value].length > most || /\p{Cc}/u.test(value))
      return wrong(name, `a text of 1 to ${most} characters without control characters`);
    return value;
  };
}

export function matching(pattern: RegExp, what: string): Field<string> {
  return (value, name) => (typeof value === 'string' && pattern.test(value) ? value : wrong(name, what));
}

export function number(least: number, most: number, kind: 'whole' | 'any' = 'whole'): Field<number> {
  return (value, name) => {
    const fits = typeof value === 'number' && value >= least && value <= most;
    if (!fits || (kind === 'whole' && !Number.isInteger(value)))
      return wrong(name, `a ${kind === 'whole' ? 'whole ' : ''}number from ${least} to ${most}`);
    return value;
  };
}

export const flag: Field<boolean> = (value, name) =>
  typeof value === 'boolean' ? value : wrong(name, 'true or false');

export function oneOf<T extends string>(...known: readonly T[]): Field<T> {
  return (value, name) => known.find((one) => one === value) ?? wrong(name, `one of ${known.join(', ')}`);
}

export function list<T>(read: Field<T>): Field<T[]> {
  return (value, name) =>
    Array.isArray(value)
      ? value.map((item, index) => read(item, `${name}[${index}]`))
      : wrong(name, 'a list');
}

export function object<Fields extends Record<string, Field<unknown>>>(
  fields: Fields,
): Field<{ [Name in keyof Fields]: ReturnType<Fields[Name]> }> {
  return (value, name) => readFields(value ?? null, fields, name);
}

export function wrong(name: string, what: string): never {
  throw new ApiError('emulator/body', `${name} must be ${what}.`);
}

function at(where: string, name: string): string {
  return where === '' ? name : `${where}.${name}`;
}
