import { readElsewhere } from '../../../manifests/ambiguousScalars.ts';
import { quoted } from '../../../manifests/edits/quoting.ts';
import type { Json } from '../../../rules/json.ts';

/** Words that YAML reads as a number, a truth value or nothing, and that look like a number to people. */
const otherThanText = /^(?:[\d._-]*(?:e[-+\d]+)?|0o[0-7]+|0x[\da-f]+|true|false|null)$/i;

/** Text as a format has it; plain in YAML only where every reader takes it for text. */
export function written(text: string, format: 'yaml' | 'json'): string {
  const plain = format === 'yaml' && /^[a-z_0-9][\w.-]*$/i.test(text) && /[a-z]/i.test(text);
  return plain && !otherThanText.test(text) && readElsewhere(text) === undefined
    ? text
    : quoted(text, format);
}

/** A value as YAML has it in a line. */
export function toYaml(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^\/[\w.~-]+$/.test(value) ? value : written(value, 'yaml');
}
