import type { Json } from '../json.ts';

/** A JSON value as Python prints it, which Nova's messages show. */
export function formatPython(value: Json | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(formatPython).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${quote(name)}: ${formatPython(member)}`)
    .join(', ')}}`;
}

/** The same, where text stands for itself. */
export function formatPlain(value: Json | undefined): string {
  return typeof value === 'string' ? value : formatPython(value);
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll(/[\\\n\r\t\p{Cc}\p{Cf}\p{Zl}\p{Zp}'"]/gu, (character) => {
    if (character === "'" || character === '"') return character === mark ? `\\${character}` : character;
    const code = character.codePointAt(0) ?? 0;
    return escapes[character] ?? escapeCode(code);
  });
  return `${mark}${inner}${mark}`;
}

function escapeCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
