import type { TextProblem } from './nodes.ts';

/** How a file holds its text; what begins with a byte order mark keeps it. */
export type Encoding = 'utf-8' | 'utf-8 with mark' | 'utf-16le' | 'utf-16be';

export interface DecodedText {
  /** Without the byte order mark. */
  readonly text: string;
  readonly encoding: Encoding;
}

/** Where bytes are no text. Line and column count from 1, as editors do. */
export interface EncodingFault {
  readonly fault: string;
  readonly line: number;
  readonly column: number;
  /** With U+FFFD for what is none, to be looked at and never to be kept. */
  readonly text: string;
}

const marks: readonly [Encoding, readonly number[]][] = [
  ['utf-8 with mark', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The text of a file's bytes: UTF-8, or UTF-16 with its byte order mark. No byte is taken for what it is not. */
export function decodeText(bytes: Uint8Array): DecodedText | EncodingFault {
  const [encoding, mark] = marks.find(([, begin]) => begin.every((byte, at) => bytes[at] === byte)) ?? [
    'utf-8',
    [],
  ];
  const own = bytes.subarray(mark.length);
  const label = encoding === 'utf-8 with mark' ? 'utf-8' : encoding;
  try {
    const text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(own);
    const nothing = text.indexOf('\0');
    if (nothing === -1) return { text, encoding };
    return faultAt(text, nothing, 'Byte 0x00 is none of a text; UTF-16 needs its byte order mark.');
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const text = new TextDecoder(label, { ignoreBOM: true }).decode(own);
  if (label !== 'utf-8') return faultAt(text, text.indexOf('\ufffd'), 'This is half a character of UTF-16.');
  const wrong = firstWrongByte(own);
  const before = new TextDecoder('utf-8', { ignoreBOM: true }).decode(own.subarray(0, wrong));
  const byte = (own[wrong] ?? 0).toString(16).toUpperCase().padStart(2, '0');
  return faultAt(
    text,
    before.length,
    `Byte 0x${byte} (the ${ordinal(wrong + mark.length + 1)} of the file) is not UTF-8.`,
  );
}

/** Encodes a text as the bytes of a file. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  const marked = `\ufeff${text}`;
  if (encoding === 'utf-8 with mark') return new TextEncoder().encode(marked);
  const bytes = new DataView(new ArrayBuffer(2 * marked.length));
  for (let at = 0; at < marked.length; at++)
    bytes.setUint16(2 * at, marked.charCodeAt(at), encoding === 'utf-16le');
  return new Uint8Array(bytes.buffer);
}

/** For those who only want a text: throws where there is none, with the place and what to do. */
export function textIn(bytes: Uint8Array, path: string): string {
  const decoded = decodeText(bytes);
  if ('fault' in decoded) throw new Error(`${path}:${decoded.line}:${decoded.column}: ${decoded.fault}`);
  return decoded.text;
}

/** Bytes that were no text are told by what editors put in their place: a name that holds it is not the one meant. */
export function lostCharacters(text: string): TextProblem[] {
  const found: TextProblem[] = [];
  for (let at = text.indexOf('\ufffd'); at !== -1; at = text.indexOf('\ufffd', at + 1)) {
    const [before] = found.slice(-1);
    if (before?.end === at) found[found.length - 1] = { ...before, end: at + 1 };
    else
      found.push({
        rule: 'manifest/encoding',
        severity: 'error',
        start: at,
        end: at + 1,
        message:
          'This sign stands where the file is not UTF-8, or where a character was lost before. Open the file in its encoding and save it as UTF-8, or write the character anew.',
      });
  }
  return found;
}

function faultAt(text: string, offset: number, what: string): EncodingFault {
  const before = text.slice(0, offset);
  return {
    fault: `${what} Save the file as UTF-8.`,
    line: before.split('\n').length,
    column: offset - before.lastIndexOf('\n'),
    text,
  };
}

function ordinal(number: number): string {
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(number);
  return `${number}${{ one: 'st', two: 'nd', few: 'rd' }[String(rule)] ?? 'th'}`;
}

/** Where the first byte stands that is no UTF-8, or begins what is none. */
function firstWrongByte(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOf(bytes[at] ?? 0);
    const sequence = bytes.subarray(at, at + length);
    if (length === 0 || !isUtf8(sequence)) return at;
    at += length;
  }
  return bytes.length;
}

function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

function isUtf8(sequence: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sequence);
    return true;
  } catch {
    return false;
  }
}
