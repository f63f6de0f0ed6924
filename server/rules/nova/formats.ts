import type { Json } from '../json.ts';

/** Tells whether a value has a format; text is the whole answer where it has not. */
type Format = (value: Json) => boolean | string;

const refuseName = (reason: string) => `An invalid 'name' value was provided. The name must be: ${reason}`;
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u;
const wide = /[\u{ffff}-\u{10ffff}]/u;

const name: Format = (value) =>
  typeof value === 'string' && isPrintable(value) && value !== '' && !/^\p{Zs}|\p{Zs}$/u.test(value)
    ? true
    : refuseName('printable characters. Can not start or end with whitespace.');
const nameWithSpaces: Format = (value) =>
  typeof value === 'string' && isPrintable(value) && /\P{Zs}/u.test(value)
    ? true
    : refuseName('printable characters with at least one non space character');

const keypairName =
  (accepted: RegExp, listed: string): Format =>
  (value) =>
    typeof value === 'string' && accepted.test(value)
      ? true
      : refuseName(`Only expected characters: [${listed}]`);
const digitsAndLetters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The formats of Nova's schemas. */
export const formats: Readonly<Record<string, Format>> = {
  name,
  name_with_leading_trailing_spaces: nameWithSpaces,
  az_name: (value) =>
    typeof value === 'string' && !value.includes(':') && name(value) === true
      ? true
      : refuseName('printable characters except :.Can not start or end with whitespace.'),
  keypair_name_20: keypairName(/^[-_ 0-9a-zA-Z]*$/, `_- ${digitsAndLetters}`),
  keypair_name_292: keypairName(/^[-@._ 0-9a-zA-Z]*$/, `@._- ${digitsAndLetters}`),
  uuid: (value) => typeof value === 'string' && isUuidLike(value),
  // Characters outside the alphabet are passed over, as Python does.
  base64: (value) => typeof value === 'string' && isBase64(value),
  'date-time': (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/.test(value) &&
    !Number.isNaN(Date.parse(value.replace(' ', 'T'))),
  regex: (value) => typeof value === 'string' && value !== '' && isExpression(value),
  ipv4: (value) => typeof value !== 'string' || isIPv4(value),
  ipv6: (value) => typeof value !== 'string' || isIPv6(value),
  cidr: (value) => typeof value === 'string' && isCidr(value),
};

/** Nova's names hold no character outside the Basic Multilingual Plane. */
function isPrintable(text: string): boolean {
  return !unprintable.test(text) && !wide.test(text);
}

/** As oslo.utils tells: with or without hyphens, braces or `urn:uuid:`. */
export function isUuidLike(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(
    text
      .replaceAll('urn:', '')
      .replaceAll('uuid:', '')
      .replace(/^\{|\}$/g, '')
      .replaceAll('-', '')
      .toLowerCase(),
  );
}

function isBase64(text: string): boolean {
  const known = text.replaceAll(/[^A-Za-z0-9+/=]/g, '').replace(/=.*$/, '');
  const padding = text.replaceAll(/[^=]/g, '').length;
  const rest = known.length % 4;
  return rest === 0 || (rest === 2 && padding >= 2) || (rest === 3 && padding >= 1);
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function isCidr(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  return more === undefined && /^\d{1,3}$/.test(bits ?? '') && (isIPv4(address) || isIPv6(address));
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
}

/** Eight groups, of which `::` leaves some out; the last two may be an IPv4 address. */
function isIPv6(text: string): boolean {
  const [, address = '', tailed] = /^([^%]*?([^:%]*))(?:%[0-9a-zA-Z.:-]+)?$/.exec(text) ?? [];
  const halves = address.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const tail = tailed?.includes('.') ? groups.pop() : undefined;
  if (tail !== undefined && !isIPv4(tail)) return false;
  const count = groups.length + (tail === undefined ? 0 : 2);
  return (
    groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count < 8 : count === 8)
  );
}
