import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decompress } from '../../server/cloud/run/source/decompress.ts';
import type { Compression } from '../../server/rules/source/source.ts';
import { packed } from '../commands/sources/publisher.ts';

const packs: readonly (readonly [Compression, (bytes: Buffer) => Buffer])[] = [
  ['gzip', packed.gz],
  ['bzip2', packed.bz2],
  ['xz', packed.xz],
  ['zstd', packed.zst],
];
const content = randomBytes(300_000);

/** The bytes in pieces of an odd size. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += 7777) yield bytes.subarray(at, at + 7777);
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

for (const [compression, pack] of packs) {
  test(`${compression}: what was compressed comes out, of streams behind one another too`, async () => {
    const bytes = pack(content);
    assert.ok((await readAll(decompress(inPieces(bytes), compression))).equals(content));
    const twice = await readAll(decompress(inPieces(Buffer.concat([bytes, bytes])), compression));
    assert.ok(twice.equals(Buffer.concat([content, content])));
  });

  test(`${compression}: data that ends early, or is none, is refused in words`, async () => {
    const words = new RegExp(`The ${compression} data is damaged or ends early`);
    const bytes = pack(content);
    for (const wrong of [bytes.subarray(0, bytes.length - 12), bytes.subarray(0, 1000), content])
      await assert.rejects(readAll(decompress(inPieces(wrong), compression)), words);
  });

  test(`${compression}: what breaks off on the way is told as it is`, async () => {
    const bytes = pack(content);
    async function* broken(): AsyncGenerator<Uint8Array, void> {
      yield bytes.subarray(0, 1000);
      throw new Error('the line is dead');
    }
    await assert.rejects(readAll(decompress(broken(), compression)), /^Error: the line is dead$/);
  });
}
