import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluate } from '../../server/rules/evaluate.ts';
import type { JsonObject } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { imagingTime, imagingTimeOf } from '../../server/rules/service/imagingTime.ts';

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
