import type { Json } from '../rules/json.ts';
import { readElsewhere, readKeyElsewhere } from './ambiguousScalars.ts';
import { hasUnseen, quoted, withEscapes } from './edits/quoting.ts';

/** Writes an object as a manifest, its members in the order given. What cannot be seen is written as an escape. */
export function writeManifest(
  members: Iterable<readonly [name: string, value: Json]>,
  format: 'yaml' | 'json',
): string {
  const entries = [...members];
  if (format === 'json') return `${withEscapes(writeJson(entries), 'json')}\n`;
  if (entries.length === 0) return '{}\n';
  return entries.map(([name, value]) => `${writeScalar(name, true)}:${writeValue(value)}\n`).join('');
}

/** By hand, since a name of digits would come first in an object. */
function writeJson(entries: readonly (readonly [string, Json])[]): string {
  const lines = entries.map(
    ([name, value]) =>
      `  ${JSON.stringify(name)}: ${JSON.stringify(value, null, 2).replaceAll('\n', '\n  ')}`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n}`;
}

function writeValue(value: Json): string {
  if (Array.isArray(value) && value.length > 0)
    return value
      .map((item) => `\n  - ${typeof item === 'string' ? writeScalar(item) : writeFlow(item)}`)
      .join('');
  return ` ${typeof value === 'string' ? writeScalar(value) : writeFlow(value)}`;
}

/** JSON is YAML's flow style. */
function writeFlow(value: Json): string {
  return withEscapes(JSON.stringify(value), 'yaml');
}

/** Plain where each reader of YAML takes it for the same text, in double quotes otherwise. */
function writeScalar(text: string, isKey = false): string {
  const elsewhere = isKey ? readKeyElsewhere(text) : readElsewhere(text);
  const isPlain = plain.test(text) && !constants.test(text) && elsewhere === undefined && !hasUnseen(text);
  return isPlain ? text : quoted(text, 'yaml');
}

/** Begins with a letter, and holds neither `: ` nor ` #` nor anything that means something in YAML. */
const plain = /^\p{L}(?:[\p{L}\p{M}\p{N}_./@+()' -]*[\p{L}\p{M}\p{N}_./@+()'-])?$/u;
const constants = /^(?:null|true|false)$/i;
