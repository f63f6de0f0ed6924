import assert from 'node:assert/strict';
import { test } from 'node:test';
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
