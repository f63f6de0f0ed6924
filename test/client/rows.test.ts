import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { placeImage } from '../../client/cloud/serverImages.ts';
import { formatAge, formatSize } from '../../client/ui/units.ts';
import { describeSystem, imageRow } from '../../client/views/images/imageRow.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import type { Json } from '../../server/rules/json.ts';

const now = Date.parse('2015-03-12T12:00:00Z');
const image = (properties: Record<string, Json>): Map<string, Json> => new Map(Object.entries(properties));
const seen = (properties: Record<string, Json>, answer?: MemberStatus): LiveImage => ({
  image: image(properties),
  ...(answer ? { answer } : {}),
});

test('a row says name, operating system, size, age and state, and so does its spoken label', () => {
  const centos = seen({
    id: '126a6674',
    name: 'CentOS 7 (PVHVM)',
    os_distro: 'centos',
    org_version: '7',
    'org.openstack__1__os_version': '7',
    size: 758777106,
    created_at: '2015-03-09T11:00:00Z',
    status: 'active',
  });
  assert.deepEqual(imageRow(centos, now), {
    label: 'CentOS 7 (PVHVM)',
    description: 'CentOS 7 · 724 MB · 3 days ago · active',
    spoken: 'CentOS 7 (PVHVM), CentOS 7, 724 MB, 3 days ago, active',
  });
});

test('a row leaves out unknown values', () => {
  const queued = seen({ id: 'abc', name: null, size: null, status: 'queued' });
  assert.deepEqual(imageRow(queued, now), { label: 'abc', description: 'queued', spoken: 'abc, queued' });
});

test('the operating system comes from the properties', () => {
  const cases: [Record<string, Json>, string][] = [
    [
      { 'org.openstack__1__os_distro': 'com.microsoft.server', 'org.openstack__1__os_version': '2012.2' },
      'Windows Server 2012.2',
    ],
    [{ 'org.openstack__1__os_distro': 'com.ubuntu', os_version: '13.10' }, 'Ubuntu 13.10'],
    [{ os_distro: 'debian' }, 'Debian'],
    [{ os_type: 'linux' }, 'Linux'],
    [{ os_version: '7' }, ''],
    [{ os_distro: 7 }, ''],
    [{ os_distro: 'constructor' }, 'Constructor'],
  ];
  for (const [properties, name] of cases) assert.equal(describeSystem(image(properties)), name);
});

test('imported images are listed as deleted servers, others by owner, visibility and answer', () => {
  const own = { owner: '100001' };
  assert.equal(
    placeImage(seen({ ...own, image_type: 'import' }), { account: '100001' }).group,
    'deleted-servers',
  );
  assert.equal(placeImage(seen({ ...own, image_type: 'snapshot' }), { account: '100001' }).group, 'own');
  assert.equal(
    placeImage(seen({ owner: null, visibility: 'public' }), { account: '100001' }).group,
    'public',
  );
  const foreign = { ...own, image_type: 'import', visibility: 'private' };
  assert.equal(placeImage(seen(foreign, 'pending'), { account: '100002' }).group, 'waiting');
  assert.equal(placeImage(seen(foreign, 'accepted'), { account: '100002' }).group, 'shared');
  assert.equal(placeImage(seen(foreign, 'rejected'), { account: '100002' }).group, 'rejected');
});

test('a row names the owner of a shared image, and says that an image is protected', () => {
  const shared = seen({ name: 'Web', owner: '100001', status: 'active', protected: true }, 'pending');
  assert.equal(imageRow(shared, now).description, 'active · protected · from 100001');
});

test('sizes count in powers of 1,024, ages in the largest whole unit', () => {
  const sizes: [number, string][] = [
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KB'],
    [1536, '1.5 KB'],
    [42_949_672_960, '40 GB'],
    [42_951_106_560, '40 GB'],
    [104_857_600, '100 MB'],
    [2 ** 41, '2 TB'],
    [2 ** 55, '32768 TB'],
  ];
  for (const [bytes, text] of sizes) assert.equal(formatSize(bytes), text);
  const ages: [string, string][] = [
    ['2015-03-12T11:59:30Z', 'just now'],
    ['2015-03-12T12:00:30Z', 'just now'],
    ['2015-03-12T11:58:59Z', '1 minute ago'],
    ['2015-03-12T09:30:00Z', '2 hours ago'],
    ['2013-03-12T09:30:00Z', '2 years ago'],
    ['', ''],
  ];
  for (const [time, text] of ages) assert.equal(formatAge(time, now), text);
});
