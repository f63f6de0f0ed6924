/** Bytes and texts without what one platform alone has, since a browser reads disks too. */

/** Encodes characters below 256, a byte each. */
export function encodeLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function latin1(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, start + length));
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** A 64-bit number of a file, cut to what a number can say exactly: what is larger is damage, or an attack. */
export function toSize(value: bigint): number {
  return Number(value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : value);
}

export function encodeUtf16(text: string, { littleEndian }: { littleEndian: boolean }): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let at = 0; at < text.length; at++) view.setUint16(2 * at, text.charCodeAt(at), littleEndian);
  return new Uint8Array(view.buffer);
}

/** Decodes UTF-16 in little-endian order as it is, half pairs included. */
export function decodeUtf16(view: DataView, start: number, end: number): string {
  const codes: number[] = [];
  for (let at = start; at + 2 <= end; at += 2) codes.push(view.getUint16(at, true));
  return String.fromCharCode(...codes);
}

export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Finds the last place of `pattern` that begins at `from` or before; -1 where there is none. */
export function lastIndexOf(bytes: Uint8Array, pattern: Uint8Array, from: number = bytes.length): number {
  const [first] = pattern;
  if (first === undefined) return -1;
  let at = bytes.lastIndexOf(first, from);
  while (at >= 0 && !pattern.every((byte, index) => bytes[at + index] === byte))
    at = at === 0 ? -1 : bytes.lastIndexOf(first, at - 1);
  return at;
}

/** Reads big-endian numbers in place, whatever the machine's own order is. */
export function readBigEndian(words: Uint32Array): void {
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  for (let at = 0; at < words.length; at++) words[at] = view.getUint32(4 * at);
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
  return value;
});

/** The checksum of GPT, as zlib has it. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffff_ffff;
  for (const byte of bytes) value = (crcTable[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
