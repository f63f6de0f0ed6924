import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { groupByServer } from '../../client/cloud/serverImages.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import type { Json } from '../../server/rules/json.ts';

const seen = (properties: Record<string, Json>, more: Partial<LiveImage> = {}): LiveImage => ({
  image: new Map(Object.entries({ owner: '100001', ...properties })),
  ...more,
});
const shared = (id: string, answer: MemberStatus): LiveImage =>
  seen({ id, owner: '100002', instance_uuid: 'web' }, { answer });
const idsOf = (images: readonly LiveImage[] = []): Json[] =>
  images.map(({ image }) => image.get('id') ?? null);

test('images stand under their server, and under Deleted Servers where it is gone or they were imported', () => {
  const { byServer, deletedServers } = groupByServer(
    [
      seen({ id: 'old', instance_uuid: 'web', created_at: '2015-01-01T00:00:00Z' }),
      seen({ id: 'new', instance_uuid: 'web', created_at: '2015-01-02T00:00:00Z' }),
      seen({ id: 'orphan', instance_uuid: 'gone', created_at: '2015-01-03T00:00:00Z' }),
      seen({ id: 'imported', image_type: 'import', created_at: '2015-01-04T00:00:00Z' }),
    ],
    new Set(['web', 'idle']),
    '100001',
  );
  assert.deepEqual([...byServer.keys()], ['web']);
  assert.deepEqual(idsOf(byServer.get('web')), ['new', 'old']);
  assert.deepEqual(idsOf(deletedServers), ['imported', 'orphan']);
});

test('images of others stand under no server of the account, whatever it has answered', () => {
  const groups = groupByServer(
    [
      shared('accepted', 'accepted'),
      shared('pending', 'pending'),
      shared('rejected', 'rejected'),
      seen({ id: 'foreign', owner: '100003' }, { ofOthers: true }),
      seen({ id: 'two', owner: null, name: 'Ubuntu 14' }),
      seen({ id: 'one', owner: null, name: 'CentOS 7' }),
    ],
    new Set(['web']),
    '100001',
  );
  assert.equal(groups.byServer.size, 0);
  assert.deepEqual(groups.deletedServers, []);
  assert.deepEqual(idsOf(groups.shared).sort(), ['accepted', 'pending', 'rejected']);
  assert.deepEqual(idsOf(groups.public), ['one', 'two']);
});
