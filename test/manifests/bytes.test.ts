import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, encodeText, textIn } from '../../server/manifests/encoding.ts';

const bytes = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))));

test('UTF-8 and UTF-16 with a byte order mark are read, and written as they were', () => {
  const text = 'name: Zürich 😀\r\ntags: [a]\n';
  const utf16 = Buffer.from(`\ufeff${text}`, 'utf16le');
  for (const source of [bytes(text), bytes('\ufeff', text), utf16, Buffer.from(utf16).swap16()]) {
    const decoded = decodeText(source);
    assert.ok(!('fault' in decoded));
    assert.equal(decoded.text, text);
    assert.deepEqual(Buffer.from(encodeText(decoded.text, decoded.encoding)), source);
  }
});

const faults: readonly [string, Buffer, number, number, RegExp][] = [
  ['Latin-1', bytes('name: Z', 0xfc, 'rich\n'), 1, 8, /^Byte 0xFC \(the 8th of the file\) is not UTF-8\./],
  ['behind others', bytes('é: 1\n', '😀', 0xff), 2, 3, /^Byte 0xFF \(the 11th/],
  ['behind a mark', bytes('\ufeff', 'a', 0xe4), 1, 2, /^Byte 0xE4 \(the 5th/],
  ['a character that breaks off', bytes('a\n', 0xf0, 0x9f, 0x98), 2, 1, /^Byte 0xF0 \(the 3rd/],
  ['a byte that only continues', bytes('a', 0x80), 1, 2, /^Byte 0x80 \(the 2nd/],
  ['an overlong slash', bytes('a', 0xc0, 0xaf), 1, 2, /^Byte 0xC0/],
  ['half a character of UTF-16, written as UTF-8', bytes('a', 0xed, 0xa0, 0x80), 1, 2, /^Byte 0xED/],
  ['UTF-16 that breaks off', bytes(0xff, 0xfe, 'a', 0, 'b'), 1, 2, /half a character of UTF-16/],
  ['UTF-16 without its mark', Buffer.from('name: x\n', 'utf16le'), 1, 2, /UTF-16 needs its byte order mark/],
  ['UTF-32', bytes(0xff, 0xfe, 0, 0, 'a', 0, 0, 0), 1, 1, /0x00/],
];
for (const [name, source, line, column, message] of faults) {
  test(`${name} is no text: the byte, its place and the remedy are named`, () => {
    const decoded = decodeText(source);
    assert.ok('fault' in decoded);
    assert.match(decoded.fault, message);
    assert.match(decoded.fault, /Save the file as UTF-8\.$/);
    assert.deepEqual([decoded.line, decoded.column], [line, column]);
    assert.throws(() => textIn(source, 'x.yaml'), new RegExp(`^Error: x\\.yaml:${line}:${column}: `));
  });
}
