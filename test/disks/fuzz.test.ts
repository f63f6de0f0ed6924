import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDiskFacts } from '../../server/disks/facts.ts';
import type { ByteSource } from '../../server/disks/source.ts';
import { type DiskKind, makeDisk } from '../tools/disks.ts';

const bases: readonly DiskKind[] = [
  'dynamic',
  'fixed',
  'differencing',
  '40-gib',
  'linux',
  'windows-efi',
  'windows-bios',
];
/** Interesting values, big-endian, as a field of 1 to 8 bytes. */
const value = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    ...[
      'ffffffffffffffff',
      '8000000000000000',
      '7fffffffffffffff',
      'ffffffff',
      '80000000',
      '00000000',
      '00000200',
      '0000000000000000',
    ].map((hex) => Buffer.from(hex, 'hex')),
  ),
);
const change = fc.record({
  from: fc.constantFrom('start', 'end', 'anywhere'),
  at: fc.nat(4096),
  bytes: value,
});

/** Single fields and several at once, checksums mended or not, the file cut or of another size. */
test('changed footers, headers, tables and boot sectors never crash the reader or make it read without bound', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-fuzz-'));
  for (const kind of bases) makeDisk(join(folder, kind), kind);
  const files = new Map(bases.map((kind) => [kind, readFileSync(join(folder, kind))]));
  rmSync(folder, { recursive: true });
  const runs = Number(process.env['FUZZ_CASES'] ?? 3000);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bases),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.nat(1024 * 1024)),
      fc.boolean(),
      fc.option(fc.constantFrom(2 ** 40, 2 ** 52)),
      async (kind, changes, cut, mend, claimed) => {
        const base = files.get(kind) ?? Buffer.alloc(0);
        const overlay = changes.map(({ from, at, bytes }) => {
          const position =
            from === 'end'
              ? base.length - 1 - (at % 512)
              : from === 'start'
                ? at
                : (at * 65_537) % base.length;
          return { position: Math.max(0, Math.min(position, base.length - bytes.length)), bytes };
        });
        const head = patched(base.subarray(0, 4096), overlay, 0);
        const foot = patched(base.subarray(-512), overlay, base.length - 512);
        if (mend)
          for (const [bytes, at, start, end] of [
            [foot, 64, 0, 512],
            [head, 64, 0, 512],
            [head, 548, 512, 1536],
          ] as const)
            sum(bytes, at, start, end);
        let read = 0;
        const size = claimed ?? (cut === null ? base.length : Math.max(0, base.length - cut));
        const source: ByteSource = {
          size,
          read: (position, length) => {
            const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
            read += bytes.length;
            assert.ok(length <= 4 * 1024 * 1024, `one read of ${length} bytes`);
            put(bytes, position, base, 0);
            for (const piece of overlay) put(bytes, position, piece.bytes, piece.position);
            put(bytes, position, head, 0);
            put(bytes, position, foot, claimed === null ? base.length - 512 : size - 512);
            return bytes;
          },
        };
        const facts = await readDiskFacts('fuzz', source);
        assert.ok(read <= 64 * 1024 * 1024, `${read} bytes were read`);
        assert.ok(facts.format !== 'vhd' || facts.vhd);
        assert.ok(!facts.vhd || Number.isSafeInteger(facts.vhd.virtualSize));
      },
    ),
    { numRuns: runs },
  );
});

function patched(
  bytes: Buffer,
  overlay: readonly { position: number; bytes: Uint8Array }[],
  at: number,
): Buffer {
  const copy = Buffer.from(bytes);
  for (const piece of overlay) put(copy, at, piece.bytes, piece.position);
  return copy;
}

/** Lays `bytes`, which stand at `position`, over a window that begins at `at`. */
function put(window: Buffer, at: number, bytes: Uint8Array, position: number): void {
  const from = Math.max(0, at - position);
  const to = Math.min(bytes.length, at + window.length - position);
  if (from < to) window.set(bytes.subarray(from, to), position + from - at);
}

function sum(bytes: Buffer, at: number, start: number, end: number): void {
  if (bytes.length < end) return;
  bytes.writeUInt32BE(0, at);
  bytes.writeUInt32BE(~bytes.subarray(start, end).reduce((total, byte) => total + byte, 0) >>> 0, at);
}
