/** Texts letter by letter as Python's `json` and `ElementTree` write them: clients compare listings with what they saw. */

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

/** JSON in ASCII. */
export function pythonJson(value: Value): string {
  return write(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function write(value: Value): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(write).join(', ')}]`;
  const members = Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${write(item)}`);
  return `{${members.join(', ')}}`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** `inner` is XML. */
export function element(tag: string, attributes: Readonly<Record<string, string>>, inner: string): string {
  const named = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`);
  const start = `${tag}${named.join('')}`;
  return inner === '' ? `<${start} />` : `<${start}>${inner}</${tag}>`;
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function escapeAttribute(text: string): string {
  return escapeText(text)
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#09;');
}
