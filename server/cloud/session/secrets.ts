/** The password of the emulator's demo users, which stands in its documentation. */
const known = 'emulator';
const blank = '***';

/**
 * Blanks secrets in a text of a cloud: an error that echoes the request would put a password into a log. Found however a
 * server may have written them: JSON, a URL, a form, a page or a program's source, and with other white space.
 */
export function removeSecrets(text: string, secrets: readonly string[]): string {
  const own = secrets.filter((secret) => secret.trim() !== '' && secret !== known);
  return own
    .sort((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replace(spelledAnyhow(secret), blank), text);
}

const entities: Readonly<Record<string, string>> = {
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  '&': 'amp',
};

function spelledAnyhow(secret: string): RegExp {
  const pieces = [...secret.trim().matchAll(/\s+|\S/gu)].map(([piece]) => {
    if (piece.trim() === '') return '(?:\\s|\\+|%20|%09|%0[aAdD]|\\\\[ntr]|&nbsp;)+';
    const [hex, code] = [hexOf(piece), piece.codePointAt(0) ?? 0];
    const units = piece
      .split('')
      .map((unit) => `\\\\{1,9}u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const forms = [
      `\\\\{0,9}${piece.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')}`, // also what is escaped more than once
      units.join(''),
      `%${hex.join('%')}`,
      `\\\\{1,9}x${hex.join('\\\\{1,9}x')}`,
      `&#(?:0*${code}|x0*${code.toString(16)});`,
      ...(entities[piece] ? [`&${entities[piece]};`] : []),
    ];
    return `(?:${forms.join('|')})`;
  });
  return new RegExp(pieces.join(''), 'giu');
}

/** The bytes of a sign in UTF-8. */
function hexOf(sign: string): string[] {
  return [...Buffer.from(sign)].map((byte) => byte.toString(16).padStart(2, '0'));
}
