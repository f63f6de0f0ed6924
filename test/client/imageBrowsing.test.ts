import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import { matchText } from '../../client/cloud/imageIndex.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import { type Arrangement, sortingAs } from '../../client/views/images/arrangement.ts';
import { Browsing } from '../../client/views/images/browsing.ts';
import { ImageRows, type ShownImages } from '../../client/views/images/imageRows.ts';
import { completeQuery } from '../../client/views/images/queryCompletion.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';
import { storage } from './window.ts';

const account = '100001';
const image = (id: string, properties: Record<string, Json> = {}): LiveImage => ({
  image: new Map(
    Object.entries({ id, name: id, owner: account, created_at: '2015-03-09T11:00:00Z', ...properties }),
  ),
});
const server = (id: string, name: string): LiveServer => ({ server: { id, name } }) as LiveServer;
const shown = (images: readonly LiveImage[], servers: readonly LiveServer[] = []): ShownImages => ({
  images: { kind: 'ready', items: new Map(images.map((seen) => [String(seen.image.get('id')), seen])) },
  servers: { kind: 'ready', items: new Map(servers.map((live) => [live.server.id, live])) },
  account,
});
const usual: Arrangement = { group: 'panel', sort: 'date' };

/** The tree's groups, with the ids of their images. */
function read(rows: ImageRows, of: ShownImages): Record<string, unknown[]> {
  return Object.fromEntries(
    rows
      .build(of)
      .map((node) =>
        node.kind === 'group'
          ? [node.text.label, node.images.map(({ seen }) => seen.image.get('id'))]
          : [node.reason, []],
      ),
  );
}

const several = [
  image('a', { tags: ['web', 'db'], os_distro: 'ubuntu', os_version: '14.04', size: 30 }),
  image('b', { tags: ['web'], os_distro: 'centos', size: 200, created_at: '2015-04-01T00:00:00Z' }),
  image('c', { owner: null, visibility: 'public', name: 'A public one', size: 4, instance_uuid: 'other' }),
  image('d', { instance_uuid: 's1', created_at: '2014-12-31T00:00:00Z' }),
];

test('images are grouped by tag, system, server and month, and those that have none stand last', () => {
  const rows = new ImageRows();
  const by = (group: Arrangement['group']) => {
    rows.show({ arrangement: { group, sort: 'date' } });
    return Object.entries(read(rows, shown(several, [server('s1', 'shop')])));
  };
  assert.deepEqual(by('tag'), [
    ['db', ['a']],
    ['web', ['b', 'a']],
    ['Others', ['c', 'd']],
  ]);
  assert.deepEqual(by('os'), [
    ['CentOS', ['b']],
    ['Ubuntu 14.04', ['a']],
    ['Others', ['c', 'd']],
  ]);
  assert.deepEqual(by('server'), [
    ['shop', ['d']],
    ['Your Images', ['b', 'a']],
    ['Public', ['c']],
  ]);
  assert.deepEqual(by('date'), [
    ['April 2015', ['b']],
    ['March 2015', ['c', 'a']],
    ['December 2014', ['d']],
  ]);
});

test('images are sorted by date, name, size, or as the cloud has listed them', () => {
  const rows = new ImageRows();
  const own = several.map(({ image: one }) => ({ image: new Map(one).set('owner', account) }));
  const first = (showing: Parameters<ImageRows['show']>[0]) => {
    rows.show(showing);
    return Object.values(read(rows, shown(own, [server('s1', 's'), server('other', 'o')])))[0];
  };
  assert.deepEqual(first({ arrangement: usual }), ['b', 'c', 'a', 'd']);
  assert.deepEqual(first({ arrangement: { ...usual, sort: 'name' } }), ['a', 'c', 'b', 'd']);
  assert.deepEqual(first({ arrangement: { ...usual, sort: 'size' } }), ['b', 'a', 'c', 'd']);
  const sorting = sortingAs(['c', 'd', 'a', 'b']);
  assert.deepEqual(first({ arrangement: usual, sorting }), ['c', 'd', 'a', 'b']);
});

test('a row that stands under several tags has an id for each, and one change draws them all', () => {
  const rows = new ImageRows();
  rows.show({ arrangement: { group: 'tag', sort: 'date' } });
  rows.build(shown(several));
  const changed = image('a', { ...Object.fromEntries(several[0]?.image ?? []), name: 'renamed' });
  const touched = rows.update(shown(several.with(0, changed)));
  assert.ok(touched !== 'all');
  assert.deepEqual(
    touched.map((row) => row.kind === 'image' && [row.id, row.seen.image.get('name')]),
    [
      ['tag web/a', 'renamed'],
      ['tag db/a', 'renamed'],
    ],
  );
});

test('a filter shows what holds a text in its name, tags or id, and is followed by changes', () => {
  const rows = new ImageRows();
  const filter = (text: string): void => rows.show({ arrangement: usual, accepts: matchText(text) });
  filter('WEB');
  assert.deepEqual(read(rows, shown(several)), { 'Your Images': ['b', 'a'] });
  assert.deepEqual(rows.counts, { all: 4, shown: 2 });
  const without = several.with(1, image('b', { tags: [] }));
  const touched = rows.update(shown(without));
  assert.ok(touched !== 'all');
  assert.deepEqual(
    touched.map((row) => row.kind === 'group' && row.images.map(({ id }) => id)),
    [['a']],
  );
  const unseen = image('d', { ...Object.fromEntries(several[3]?.image ?? []), name: 'still none' });
  assert.deepEqual(rows.update(shown(without.with(3, unseen))), [], 'what is not shown is not drawn');
  assert.equal(rows.update(shown([image('a')])), 'all');
  assert.deepEqual(rows.build(shown([image('a')])), []);
  filter('a PUBLIC');
  assert.deepEqual(read(rows, shown(several)), { Public: ['c'] }, 'in whatever case');
  filter('');
  assert.deepEqual(read(rows, shown([image('a')]))['Your Images'], ['a']);
});

test('an image has the servers built of it below it, and a change of one draws its row', () => {
  const rows = new ImageRows();
  const built = (id: string, of: string) => ({ server: { id, name: id, image: of } }) as LiveServer;
  const taken = image('d', { instance_uuid: 's1', base_image_ref: 'a' });
  const orphan = image('o', { instance_uuid: 'gone', base_image_ref: 'a' });
  const images = [image('a'), taken, orphan];
  const first = built('s1', 'a');
  rows.build(shown(images, [first]));
  const ids = (found: readonly { image: LiveImage['image'] }[]) => found.map((one) => one.image.get('id'));
  assert.deepEqual(
    rows.lineage.serversOf('a').map((live) => live.server.id),
    ['s1'],
  );
  assert.deepEqual(ids(rows.lineage.imagesOf('s1')), ['d']);
  assert.deepEqual(ids(rows.lineage.imagesOfGone('a')), ['o']);
  const touched = rows.update(shown(images, [first, built('s2', 'd')]));
  assert.ok(touched !== 'all');
  assert.deepEqual(
    touched.map((row) => row.kind === 'image' && row.id),
    ['d', 'a'],
    'the image that it was built of, and the one that stands behind that',
  );
  assert.equal(rows.lineage.hasBranches('o'), false);
});

test('groups, order and saved filters are remembered; a filter is not', async () => {
  const state = new Map<string, unknown>();
  const { workspaceState } = storage(state, new Map());
  const open = () => new Browsing(workspaceState, assert.fail);
  const browsing = open();
  browsing.arrange({ group: 'os' });
  browsing.arrange({ sort: 'size' });
  browsing.show({ kind: 'text', text: 'web' });
  await browsing.save({ name: 'mine', text: 'web' });
  await browsing.save({ name: 'mine', text: 'db' });
  browsing.count({ all: 12_000, shown: 7 });
  assert.equal(browsing.describe(), 'Filter: web · 7 of 12,000 images');
  const again = open();
  assert.deepEqual(again.arrangement, { group: 'os', sort: 'size' });
  assert.deepEqual(again.saved, [{ name: 'mine', text: 'db' }]);
  assert.equal(again.filter, undefined);
  await again.forget('mine');
  assert.deepEqual(open().saved, []);
  state.set('images.arrangement', { group: 'colour', sort: 7 });
  assert.deepEqual(open().arrangement, usual, 'what another version has written is not trusted');
});

test('a query is completed by names, by values that the cloud knows, and by those that images have', () => {
  const known = { profile: profiles.rackspace, images: several };
  const labels = (text: string) => completeQuery(text, known).map(({ label }) => label);
  const texts = (text: string) => completeQuery(text, known).map((one) => one.text);
  assert.deepEqual(labels('?sta'), ['status=']);
  assert.ok(labels('?').includes('os_distro='), 'a property of images');
  assert.deepEqual(texts('?status=active&ta'), ['?status=active&tag=']);
  assert.deepEqual(texts('?tag='), ['?tag=web', '?tag=db'], 'the most frequent first');
  assert.deepEqual(texts('?os_distro=u'), ['?os_distro=ubuntu']);
  assert.deepEqual(texts('?status=in:active,qu'), ['?status=in:active,queued']);
  assert.deepEqual(texts('?visibility=p'), ['?visibility=public', '?visibility=private']);
  assert.deepEqual(texts('?sort=name:asc,size:d'), ['?sort=name:asc,size:desc']);
  const odd = { ...known, images: [image('x', { tags: ['R&D 100%'] })] };
  assert.deepEqual(
    completeQuery('?tag=', odd).map((one) => one.text),
    ['?tag=R%26D 100%25'],
  );
});

test('ten thousand images are filtered within 50 milliseconds a key', () => {
  const rows = new ImageRows();
  const many = shown(
    Array.from({ length: 10_000 }, (_, at) =>
      image(`${at}-0000-4000-8000`, { name: `image ${at}`, tags: [`group-${at % 100}`, 'common'] }),
    ),
  );
  rows.build(many);
  const times = [...'image 77'].map((_, at, letters) => {
    const began = process.cpuUsage();
    rows.show({ arrangement: usual, accepts: matchText(letters.slice(0, at + 1).join('')) });
    rows.build(many);
    return process.cpuUsage(began).user / 1000;
  });
  assert.equal(rows.counts.shown, 111);
  const typical = times.sort((one, other) => one - other)[times.length >> 1] ?? 0;
  assert.ok(typical <= 50, `${typical} ms`);
});
