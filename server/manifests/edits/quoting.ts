/**
 * Characters that a person cannot see, or that turn what is seen around: controls, format characters, odd spaces, half
 * characters, and the sign for a lost one.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\ufffd]/u;
const eachUnseen = new RegExp(unseen.source, 'gu');

export function hasUnseen(text: string): boolean {
  return unseen.test(text);
}

/** Text in double quotes that YAML and JSON read alike; what cannot be seen is written as an escape. */
export function quoted(text: string, format: 'yaml' | 'json'): string {
  return withEscapes(JSON.stringify(text), format);
}

/** JSON with escapes for what cannot be seen in its strings; its layout stays. */
export function withEscapes(json: string, format: 'yaml' | 'json'): string {
  return hasUnseen(json)
    ? json.replace(eachUnseen, (one) => (/[\n\t]/.test(one) ? one : escaped(one, format)))
    : json;
}

/** Beyond the first plane JSON has pairs of escapes, which YAML does not know. */
function escaped(character: string, format: 'yaml' | 'json'): string {
  const point = character.codePointAt(0) ?? 0;
  if (point > 0xffff && format === 'yaml') return `\\U${point.toString(16).padStart(8, '0')}`;
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
