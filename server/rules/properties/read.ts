import { isObject, type Json } from '../json.ts';
import { formatPython } from '../nova/python.ts';
import { hasReached, type Release } from '../profile/releases.ts';
import { readCpuList } from './cpuList.ts';
import type { Property } from './property.ts';

/** What Nova makes of a property's text. */
export type NovaValue = string | number | boolean | readonly number[] | readonly Json[];

/** A refusal of a request to boot, in Nova's words. */
export interface BootRefusal {
  readonly status: number;
  readonly text: string;
}

export type NovaReading = { readonly value: NovaValue } | BootRefusal;

/** Words that oslo's `bool_from_string` takes for true, and those that it knows for false; all others are false to it too. */
export const trueWords: readonly string[] = ['true', 'yes', 'on', '1', 't', 'y'];
export const falseWords: readonly string[] = ['false', 'no', 'off', '0', 'f', 'n'];

export function readBoolean(text: string): boolean {
  return trueWords.includes(text.trim().toLowerCase());
}

/** Reads a property's text as the field of `ImageMetaProps` does; `field` is Nova's own name. */
export function readNovaValue(
  property: Property,
  field: string,
  text: string,
  release: Release,
): NovaReading {
  switch (property.kind) {
    case 'enum':
      return readEnum(property, text, release);
    case 'boolean':
      return { value: readBoolean(text) };
    case 'integer':
      return readInteger(text);
    case 'cpus': {
      const read = readCpuList(text);
      return typeof read === 'string' ? { status: 400, text: read } : { value: read };
    }
    case 'predicate':
      return text.split(',').every((part) => predicate.test(part))
        ? { value: text }
        : refuse(`Version ${text} is not a valid predicate in field ${field}`);
    case 'list':
      return refuse(`A list is required in field ${field}, not a str`);
    default:
      return { value: text };
  }
}

/** The values of an enum that a release knows. */
export function valuesIn({ values = [], valuesSince = {} }: Property, release: Release): readonly string[] {
  return values.filter((value) => {
    const since = Object.hasOwn(valuesSince, value) ? valuesSince[value] : undefined;
    return since === undefined || hasReached(release, since);
  });
}

/** The value that a spelling stands for, whether it is one of the values or not. */
export function canonicalValue({ anyCase, spellings = {} }: Property, text: string): string {
  if (!anyCase) return text;
  const lower = text.toLowerCase();
  return (Object.hasOwn(spellings, lower) ? spellings[lower] : undefined) ?? lower;
}

function readEnum(property: Property, text: string, release: Release): NovaReading {
  const value = canonicalValue(property, text);
  if (valuesIn(property, release).includes(value)) return { value };
  return refuse(
    property.called ? `${property.called} '${text}' is not valid` : `Field value ${value} is invalid`,
  );
}

/** Reads a whole number as Python's `int` does; undefined where it is none. */
export function parseInteger(text: string): number | undefined {
  return /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
}

/** What Python's `int` says of a text that is no whole number. */
export function explainNoInteger(text: string): string {
  return `invalid literal for int() with base 10: ${formatPython(text)}`;
}

function readInteger(text: string): NovaReading {
  const value = parseInteger(text);
  return value === undefined ? refuse(explainNoInteger(text)) : { value };
}

/** Refuses text that is no JSON, where Nova takes a list as JSON: it fails as soon as it reads the image. */
export function refuseNoJson(text: string): BootRefusal | undefined {
  return parseJson(text) === undefined
    ? { status: 500, text: `${unexpected}\n<class 'json.decoder.JSONDecodeError'>` }
    : undefined;
}

/** Reads a list that stands under a name of before, where it is JSON; under the current ones it is a text, which is no list. */
export function readListOfMappings(field: string, text: string): NovaReading {
  const list = parseJson(text) ?? null;
  if (list === null) return refuse(`Field \`${field}' cannot be None`);
  if (!Array.isArray(list)) {
    const type = /^[\s\d-]*[.eE]/.test(text) ? 'float' : pythonType(list);
    return refuse(`A list is required in field ${field}, not a ${type}`);
  }
  const at = list.findIndex((item) => !isObject(item));
  return at < 0
    ? { value: list }
    : refuse(`A dict is required in field ${field}[${at}], not a ${pythonType(list[at] ?? null)}`);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unexpected =
  'Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log if possible.';

function pythonType(value: Json): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'string' ? 'str' : typeof value === 'boolean' ? 'bool' : 'dict';
}

/** One comparison with a version of distutils' strict form. */
const predicate = /^\s*(?:<=|>=|<|>|!=|==)\s*\d+\.\d+(?:\.\d+)?(?:[ab]\d+)?\s*$/;

function refuse(why: string): BootRefusal {
  return { status: 400, text: `Invalid image metadata. Error: ${why}` };
}
