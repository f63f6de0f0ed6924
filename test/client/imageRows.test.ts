import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import { ImageRows, type ShownImages } from '../../client/views/images/imageRows.ts';
import type { ImageNode } from '../../client/views/images/imagesView.ts';
import type { Json } from '../../server/rules/json.ts';

const account = '100001';
const image = (id: string, properties: Record<string, Json> = {}): LiveImage => ({
  image: new Map(Object.entries({ id, name: id, owner: account, created_at: id, ...properties })),
});
const shown = (images: readonly LiveImage[], servers?: readonly string[]): ShownImages => ({
  images: { kind: 'ready', items: new Map(images.map((seen) => [String(seen.image.get('id')), seen])) },
  servers: servers
    ? { kind: 'ready', items: new Map(servers.map((id) => [id, { server: { id, name: id } } as LiveServer])) }
    : { kind: 'disconnected' },
  account,
});
const snapshot = (...images: readonly LiveImage[]): ShownImages => shown(images);
const names = (nodes: readonly ImageNode[] | 'all'): unknown =>
  nodes === 'all'
    ? nodes
    : nodes.map((node) =>
        node.kind === 'image' ? node.seen.image.get('id') : node.kind === 'group' ? node.group : '',
      );

/** A tree of two own images, an imported one and none that is shared. */
function draw() {
  const rows = new ImageRows();
  const images = [image('a'), image('b'), image('c', { image_type: 'import' })];
  const groups = rows.build(snapshot(...images));
  return { rows, images, groups };
}

test('a change of one image among many draws its row alone, and the row is the one that was drawn', () => {
  const rows = new ImageRows();
  const images = Array.from({ length: 500 }, (_, at) => image(`image ${at}`));
  const [own] = rows.build(snapshot(...images));
  const drawn = own?.kind === 'group' ? own.images.find(({ seen }) => seen === images[7]) : undefined;
  const changed = snapshot(...images.with(7, image('image 7', { tags: ['new'] })));
  const touched = rows.update(changed);
  assert.equal(touched.length, 1);
  assert.equal(touched[0], drawn);
  assert.deepEqual(drawn?.seen.image.get('tags'), ['new']);
});

test('an image that comes or goes draws its group, and one that moves draws both', () => {
  const { rows, images } = draw();
  assert.deepEqual(names(rows.update(snapshot(...images, image('d')))), ['own']);
  assert.deepEqual(names(rows.update(snapshot(...images))), ['own']);
  const [a, b, c] = images;
  assert.ok(a && b && c);
  const moved = snapshot(image('a', { image_type: 'import' }), b, c);
  assert.deepEqual(names(rows.update(moved)), ['own', 'deleted-servers']);
});

test('a group that appears, fills or empties draws the whole tree', () => {
  const { rows, images } = draw();
  const shared = { ...image('s', { owner: '100002' }), answer: 'accepted' } as const;
  assert.equal(rows.update(snapshot(...images, shared)), 'all');
  const { rows: others, images: before } = draw();
  assert.equal(others.update(snapshot(...before.slice(0, 2))), 'all');
});

test('an image that no row shows and that is not there draws nothing', () => {
  const { rows, images } = draw();
  assert.deepEqual(rows.update(snapshot(...images)), []);
});

test('a tree that is built again has the same rows', () => {
  const { rows, images, groups } = draw();
  const again = rows.build(snapshot(...images));
  assert.ok(again.every((group, at) => group === groups[at]));
});

test('an image moves to Deleted Servers when its server goes; of servers that nobody knows none counts as deleted', () => {
  const images = [image('a', { instance_uuid: 'web' }), image('b', { instance_uuid: 'db' }), image('c')];
  const rows = new ImageRows();
  const members = (groups: readonly ImageNode[]) =>
    groups.flatMap((node) => (node.kind === 'group' ? [[node.group, names(node.images)]] : [])).slice(0, 2);
  assert.deepEqual(members(rows.build(shown(images, ['web']))), [
    ['own', ['c', 'a']],
    ['deleted-servers', ['b']],
  ]);
  assert.deepEqual(rows.update(shown(images, ['web', 'idle'])), []);
  assert.equal(rows.update(shown(images, ['web', 'db'])), 'all');
  assert.deepEqual(names(rows.update(shown(images, ['db']))), ['own', 'deleted-servers'], 'as it was drawn');
  assert.deepEqual(members(rows.build(shown(images, ['db']))), [
    ['own', ['c', 'b']],
    ['deleted-servers', ['a']],
  ]);
  assert.deepEqual(members(rows.build(shown(images))), [
    ['own', ['c', 'b', 'a']],
    ['deleted-servers', []],
  ]);
});
