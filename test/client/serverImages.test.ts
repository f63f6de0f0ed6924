import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { ImageIndex } from '../../client/cloud/imageIndex.ts';
import type { MemberStatus } from '../../server/cloud/services/members.ts';
import type { Json } from '../../server/rules/json.ts';

const seen = (properties: Record<string, Json>, more: Partial<LiveImage> = {}): LiveImage => ({
  image: new Map(Object.entries({ owner: '100001', ...properties })),
  ...more,
});
const shared = (id: string, answer: MemberStatus): LiveImage =>
  seen({ id, owner: '100002', instance_uuid: 'web' }, { answer });
const index = () =>
  new ImageIndex<string>({
    keysOf: ({ group, server }) => server ?? group,
    toRow: ({ image }) => String(image.get('id')),
  });
const byId = (...images: readonly LiveImage[]): ReadonlyMap<string, LiveImage> =>
  new Map(images.map((one) => [String(one.image.get('id')), one]));
const servers = new Map([
  ['web', {}],
  ['idle', {}],
]);

test('images stand under their server, and under Deleted Servers where it is gone or they were imported', () => {
  const groups = index();
  const images = [
    seen({ id: 'old', instance_uuid: 'web', created_at: '2015-01-01T00:00:00Z' }),
    seen({ id: 'new', instance_uuid: 'web', created_at: '2015-01-02T00:00:00Z' }),
    seen({ id: 'orphan', instance_uuid: 'gone', created_at: '2015-01-03T00:00:00Z' }),
    seen({ id: 'imported', image_type: 'import', created_at: '2015-01-04T00:00:00Z' }),
    seen({ id: 'uploaded', created_at: '2015-01-05T00:00:00Z' }),
  ];
  groups.follow(byId(...images), '100001', servers);
  assert.deepEqual(groups.at('web'), ['new', 'old']);
  assert.deepEqual(groups.at('deleted-servers'), ['imported', 'orphan']);
  assert.deepEqual(groups.at('own'), ['uploaded']);
});

test('images of others stand under no server of the account, whatever it has answered', () => {
  const groups = index();
  const images = [
    shared('accepted', 'accepted'),
    shared('pending', 'pending'),
    shared('rejected', 'rejected'),
    seen({ id: 'foreign', owner: '100003' }, { ofOthers: true }),
    seen({ id: 'two', owner: null, name: 'Ubuntu 14' }),
    seen({ id: 'one', owner: null, name: 'CentOS 7' }),
  ];
  groups.follow(byId(...images), '100001', servers);
  for (const [place, ids] of Object.entries({
    ...{ web: [], 'deleted-servers': [], shared: ['accepted'], waiting: ['pending'] },
    ...{ rejected: ['rejected'], others: ['foreign'], public: ['one', 'two'] },
  }))
    assert.deepEqual(groups.at(place), ids, place);
});

test('what is followed change by change is as if it were read at once', () => {
  const name = fc.constantFrom('web', 'db', 'gone');
  const one = fc.record({
    id: fc.integer({ min: 0, max: 12 }).map(String),
    instance_uuid: fc.option(name),
    created_at: fc.constantFrom('1', '2', '3'),
    owner: fc.constantFrom('100001', null),
    name: fc.constantFrom('a', 'b 2', 'b 10'),
  });
  const look = fc.record({ images: fc.array(one), there: fc.array(name) });
  fc.assert(
    fc.property(fc.array(look), (looks) => {
      const followed = index();
      for (const { images, there } of looks) {
        const now = byId(...images.map((properties) => seen(properties)));
        const anew = index();
        const live = new Map(there.map((id) => [id, {}]));
        anew.follow(now, '100001', live);
        const before = new Map(places.map((place) => [place, followed.at(place)]));
        const { places: touched } = followed.follow(now, '100001', live);
        for (const place of places) {
          assert.deepEqual(followed.at(place), anew.at(place), place);
          if (!touched.has(place)) assert.deepEqual(followed.at(place), before.get(place));
        }
      }
    }),
  );
});
const places = ['web', 'db', 'own', 'deleted-servers', 'public'];
