import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { profiles } from '../../server/rules/profile/table.ts';
import {
  beginDisk,
  changeDisk,
  type DiskChange,
  type DiskPast,
  growDisk,
  measureDisk,
} from '../../server/rules/service/diskGrowth.ts';

const growth = profiles.rackspace.imaging?.growth ?? assert.fail('Rackspace states how VHDs grow.');
const image = { image: true } as const;
const coalesce = { coalesce: true } as const;

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.03, `${actual} is not within 3 % of ${expected}`);
}

test('the article’s servers have the VHDs of its table', () => {
  const rows: [DiskChange[], number, number][] = [
    [[], 1.8, 2.5],
    [[{ write: 98.2 }], 100, 108],
    [[{ write: 98.2 }, { delete: 95 }], 5, 115],
  ];
  for (const [history, used, vhd] of rows) {
    const { usedGb, vhdGb } = growDisk(1.8, history, growth);
    assert.equal(usedGb.toFixed(6), used.toFixed(6));
    assertNear(vhdGb, vhd);
  }
});

test('histories beyond the table follow the stated formula', () => {
  // 0.55 + largest + 0.075 × (written + deleted) + 0.1 × images; the chain: and what it holds twice.
  const rewritten: DiskChange[] = [{ write: 40 }, { delete: 20 }, { write: 20 }];
  const plain = growDisk(1.8, rewritten, growth);
  assertNear(plain.vhdGb, 0.55 + 41.8 + 0.075 * (61.8 + 20));
  assert.equal(plain.chainGb, plain.vhdGb);
  assert.equal(plain.writtenSinceImageGb, 80);
  const imaged = growDisk(1.8, [{ write: 40 }, image, { delete: 20 }, image, { write: 20 }], growth);
  assertNear(imaged.vhdGb, 0.55 + 41.8 + 0.075 * (61.8 + 20) + 0.1 * 2);
  assertNear(imaged.chainGb, imaged.vhdGb + 20);
  assert.equal(imaged.writtenSinceImageGb, 20);
  assert.equal(imaged.largestGb.toFixed(6), '41.800000');
});

test('imaging reclaims what the VHDs hold twice, also where it was aborted', () => {
  const before: DiskChange[] = [{ write: 30 }, image, { delete: 25 }, { write: 25 }];
  const full = growDisk(1.8, before, growth);
  const aborted = growDisk(1.8, [...before, coalesce], growth);
  const made = growDisk(1.8, [...before, image], growth);
  assertNear(full.chainGb - aborted.chainGb, 25);
  assert.equal(aborted.chainGb, aborted.vhdGb);
  assertNear(made.chainGb, aborted.chainGb + 0.1);
  const limit = profiles.rackspace.limits.serverImageBytes / 2 ** 30;
  assert.ok(full.chainGb > limit && aborted.chainGb < limit, 'so that the second try succeeds');
});

const change: fc.Arbitrary<DiskChange> = fc.oneof(
  fc.record({ write: fc.double({ min: 0, max: 50, noNaN: true }) }),
  fc.record({ delete: fc.double({ min: 0, max: 50, noNaN: true }) }),
  fc.constantFrom(image, coalesce),
);

test('a VHD never shrinks, each change but a coalesce grows it, and its chain is never smaller', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 20, noNaN: true }), fc.array(change), (built, history) => {
      let past: DiskPast = beginDisk(built);
      for (const step of history) {
        const before = measureDisk(past, growth);
        past = changeDisk(past, step);
        const after = measureDisk(past, growth);
        assert.ok(after.vhdGb >= before.vhdGb);
        if ('image' in step || ('write' in step && step.write > 1e-6)) assert.ok(after.vhdGb > before.vhdGb);
        if ('delete' in step && step.delete > 1e-6 && before.usedGb > 1e-6)
          assert.ok(after.vhdGb > before.vhdGb);
        if ('coalesce' in step) assert.ok(after.chainGb <= before.chainGb + 1e-9);
        assert.ok(
          after.chainGb >= after.vhdGb && after.vhdGb >= after.largestGb && after.largestGb >= after.usedGb,
        );
        assert.ok(after.usedGb >= 0);
      }
      assert.deepEqual(growDisk(built, history, growth), measureDisk(past, growth));
    }),
  );
});
