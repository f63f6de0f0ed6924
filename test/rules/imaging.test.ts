import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { profiles, withLimits } from '../../server/rules/profile/table.ts';
import { imagingFailure, imagingTimeOf, needsSupport } from '../../server/rules/service/imagingAttempt.ts';
import { type Imaged, imagingPhases, imagingTime } from '../../server/rules/service/imagingTime.ts';

const pace = profiles.rackspace.imaging;
assert.ok(pace);

test('saving takes 2 minutes for each GB that the disk ever held, whatever is on it now', () => {
  assert.equal(imagingTime({ largestGb: 40 }, pace).save, 80);
  const manifest = { createImage: { name: 'web' }, server: { disk: { used_gb: 5, largest_gb: 40 } } };
  const found = imagingTimeOf(manifest, { profile: profiles.rackspace });
  assert.deepEqual([found?.save, found?.from], [80, 'largest_gb']);
});

test('coalescing is apart, and grows with what was written and with the time since the last image', () => {
  const plain = imagingTime({ largestGb: 40 }, pace);
  const written = imagingTime({ largestGb: 40, writtenGb: 20 }, pace);
  const old = imagingTime({ largestGb: 40, writtenGb: 20, daysSinceLast: 30 }, pace);
  assert.ok(plain.coalesce > 0 && written.coalesce > plain.coalesce && old.coalesce > written.coalesce);
  assert.deepEqual([written.save, old.save], [plain.save, plain.save]);
});

test('older flavors take longer, and a cloud without stated durations has none', () => {
  const server = (flavor: string) => ({ server: { flavor, disk: { vhd_gb: 10 } } });
  const minutes = (flavor: string) =>
    imagingTimeOf(server(flavor), { profile: profiles.rackspace })?.save ?? 0;
  assert.ok(minutes('4') > minutes('general1-2'));
  assert.equal(imagingTimeOf(server('4'), { profile: profiles.openstack }), undefined);
  assert.equal(imagingTimeOf({ server: {} }, { profile: profiles.rackspace }), undefined);
});

const amount = fc.double({ min: 0, max: 500, noNaN: true });
const imaged: fc.Arbitrary<Imaged> = fc.record({
  largestGb: amount,
  writtenGb: amount,
  writtenDuringGb: amount,
  daysSinceLast: amount,
  flavorClass: fc.constantFrom('general1', 'standard1'),
});

test('more of anything that lengthens imaging never shortens it, and at the base it takes 2.0 minutes a GB', () => {
  const factors = ['largestGb', 'writtenGb', 'writtenDuringGb', 'daysSinceLast'] as const;
  const sum = (server: Imaged) => {
    const { coalesce, save } = imagingTime(server, pace);
    return coalesce + save;
  };
  fc.assert(
    fc.property(
      imaged,
      fc.constantFrom(...factors),
      fc.double({ min: 0.01, max: 500, noNaN: true }),
      (server, factor, more) => {
        assert.ok(sum({ ...server, [factor]: (server[factor] ?? 0) + more }) > sum(server), factor);
        assert.ok(
          sum({ ...server, flavorClass: 'standard1' }) >= sum({ ...server, flavorClass: 'general1' }),
        );
      },
    ),
  );
  const per = (gb: number) =>
    imagingTime({ largestGb: gb + 1 }, pace).save - imagingTime({ largestGb: gb }, pace).save;
  for (const gb of [0, 1.8, 40, 100]) assert.equal(per(gb).toFixed(9), '2.000000000');
});

test('each state of imaging can be seen, also of an empty disk and where no durations are stated', () => {
  for (const profile of Object.values(profiles))
    assert.deepEqual(imagingPhases({ largestGb: 0 }, profile), { before: 60_000, upload: 90_000 });
  const { before, upload } = imagingPhases({ largestGb: 10, writtenGb: 10 }, profiles.rackspace);
  assert.deepEqual([before, upload], [360_000, 1_200_000]);
});

test('imaging fails on the limits when it begins, then on a coalesce that takes too long', () => {
  const failure = (attempt: Partial<Parameters<typeof imagingFailure>[0]>, profile = profiles.rackspace) =>
    imagingFailure({ largestGb: 10, flavorClass: 'general1', ...attempt }, profile);
  assert.equal(failure({ chainGb: 40, files: 1_000_000, writtenGb: 100 }), undefined);
  assert.equal(failure({ chainGb: 40.1, files: 1_000_001, writtenGb: 120 }), 'size');
  assert.equal(failure({ files: 1_000_001, writtenGb: 120 }), 'files');
  assert.equal(failure({ writtenGb: 120 }), 'coalesce');
  assert.equal(failure({ daysSinceLast: 120 }), 'coalesce');
  assert.equal(failure({ writtenDuringGb: 30 }), 'coalesce');
  assert.equal(
    failure({ chainGb: 41 }, withLimits(profiles.rackspace, { serverImageBytes: 50 * 2 ** 30 })),
    undefined,
  );
  assert.equal(failure({ chainGb: 900, files: 9e9, writtenGb: 900 }, profiles.openstack), undefined);
});

test('Standard servers have no limits on size and files, and their coalesce runs into its time-out sooner', () => {
  const standard = { largestGb: 500, flavorClass: 'standard1', chainGb: 600, files: 5_000_000 };
  assert.equal(imagingFailure(standard, profiles.rackspace), undefined);
  assert.equal(imagingFailure({ ...standard, writtenGb: 60 }, profiles.rackspace), 'coalesce');
  assert.equal(imagingFailure({ largestGb: 60, writtenGb: 60 }, profiles.rackspace), undefined);
  assert.equal(
    imagingFailure({ largestGb: 60, osType: 'windows', chainGb: 60 }, profiles.rackspace),
    undefined,
  );
});

test('a second failure, or more than a day, is one for Support', () => {
  assert.deepEqual([needsSupport(1, 60), needsSupport(2, 60), needsSupport(0, 1441)], [false, true, true]);
});

/** The rules that speak up about an image of a server that is described so. */
function rulesOf(server: JsonObject): string[] {
  const found = evaluate(
    'server-image',
    { createImage: { name: 'web' }, server },
    { profile: profiles.rackspace },
  );
  return found.map(({ rule, pointer }) => `${rule} ${pointer}`);
}

test('what a flavor’s class says need not be said of the server', () => {
  assert.deepEqual(rulesOf({ flavor: 'compute1-4' }), ['server-image/boot-volume /server/flavor']);
  assert.deepEqual(rulesOf({ flavor: 'memory1-15' }), ['server-image/boot-volume /server/flavor']);
  assert.deepEqual(rulesOf({ flavor: 'io1-15' }), ['server-image/data-disks /server/flavor']);
  assert.deepEqual(rulesOf({ flavor: 'io1-15', data_disks: 0 }), []);
  assert.deepEqual(rulesOf({ flavor: 'general1-2' }), []);
});

test('the size of Standard servers has no limit', () => {
  const disk = { largest_gb: 100 };
  assert.deepEqual(rulesOf({ flavor: '6', disk }), ['server-image/age /server/flavor']);
  assert.deepEqual(rulesOf({ flavor: 'general1-8', disk }), ['server-image/size /server/disk/largest_gb']);
});

test('what the past of a disk adds to it counts towards the limit', () => {
  const near = ['server-image/near-limit /server/disk/largest_gb'];
  assert.deepEqual(rulesOf({ disk: { largest_gb: 35 } }), []);
  assert.deepEqual(rulesOf({ disk: { largest_gb: 35, images_taken: 20 } }), near);
  assert.deepEqual(rulesOf({ disk: { largest_gb: 35, used_gb: 2 } }), near);
  assert.deepEqual(rulesOf({ disk: { largest_gb: 38 }, os_type: 'windows' }), []);
});

test('so much that changed since the last image that the coalesce is given up is told', () => {
  const disk = (written: number) => ({ disk: { largest_gb: 20, written_gb: written } });
  assert.deepEqual(rulesOf(disk(118)), []);
  assert.deepEqual(rulesOf(disk(119)), ['server-image/age /server/disk/written_gb']);
  assert.deepEqual(rulesOf({ flavor: '4', ...disk(60) }), [
    'server-image/age /server/flavor',
    'server-image/age /server/disk/written_gb',
  ]);
});

test('an export behind an image of a server knows its size', () => {
  const data = { createImage: { name: 'web' }, server: { disk: { vhd_gb: 80 } } };
  const task = { type: 'export', input: { receiving_swift_container: 'exports' } };
  const made = { kind: 'server-image', data } as const;
  const found = evaluate('export', task, { profile: profiles.rackspace, made, container: { objects: [] } });
  assert.deepEqual(
    found.map(({ rule, pointer }) => `${rule} ${pointer}`),
    ['export/round-trip /input'],
  );
});
