import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import { forbidsServer, forbidsServers } from '../../client/cloud/serverPermissions.ts';
import { describeOrigin, serverRow } from '../../client/views/servers/serverRow.ts';
import { ServerRows } from '../../client/views/servers/serverRows.ts';
import type { Server } from '../../server/cloud/services/servers.ts';
import type { Json } from '../../server/rules/json.ts';
import { profiles } from '../../server/rules/profile/table.ts';

const live = (more: Partial<Server> = {}, ahead?: number): LiveServer => ({
  server: {
    ...{ id: 'a', name: 'web', status: 'ACTIVE', vmState: 'active', taskState: null },
    ...{ image: 'ubuntu', flavor: 'general1-1', volumes: [], created: '2015-03-09T11:00:00Z' },
    ...more,
  },
  ...(ahead === undefined ? {} : { ahead }),
});
const image = (properties: Record<string, Json>): LiveImage => ({
  image: new Map(Object.entries({ owner: '100001', status: 'active', ...properties })),
});
const person = (...roles: string[]) => ({
  profile: profiles.rackspace,
  caller: { account: '100001', roles },
});
const partsOf = (one: LiveServer): string => serverRow(one).parts.join(' · ');

test('a row says name, state, flavor and image, and so does its spoken label', () => {
  const ubuntu = image({ id: 'ubuntu', name: 'Ubuntu 14.04' }).image;
  assert.deepEqual(serverRow(live(), describeOrigin(live(), ubuntu)), {
    label: 'web',
    parts: ['ACTIVE', 'general1-1', 'Ubuntu 14.04'],
    spoken: 'web, ACTIVE, general1-1, Ubuntu 14.04',
  });
  assert.equal(describeOrigin(live(), undefined), 'its image is not here any more');
  const { image: _, ...booted } = live().server;
  assert.equal(describeOrigin({ server: booted }, undefined), 'boots from a volume');
});

test('a row says how far the imaging is, and when the database may start again', () => {
  const states: [LiveServer, string][] = [
    [live({ taskState: 'image_snapshot_pending' }), 'imaging: waiting'],
    [live({ taskState: 'image_snapshot_pending' }, 2), 'imaging: waiting (2 ahead)'],
    [live({ taskState: 'image_snapshot' }), 'imaging: coalescing 25 %'],
    [live({ taskState: 'image_pending_upload' }), 'imaging: saving 50 %, safe to restart the database'],
    [live({ taskState: 'image_uploading' }), 'imaging: uploading 50 %, safe to restart the database'],
    [live({ taskState: 'powering-off' }), 'powering-off'],
  ];
  for (const [server, words] of states) assert.equal(partsOf(server), `ACTIVE · ${words} · general1-1`);
  assert.equal(partsOf(live({ status: 'BUILD', progress: 40 })), 'BUILD 40 % · general1-1');
  assert.equal(
    partsOf(live({ status: 'ERROR', fault: 'No valid host' })),
    'ERROR · general1-1 · No valid host',
  );
});

test('a verb that the cloud would refuse has its reason', () => {
  const busy = live({ taskState: 'image_uploading' });
  assert.equal(forbidsServer('takeImage', live(), person('admin')), undefined);
  assert.match(
    String(forbidsServer('takeImage', busy, person('admin'))),
    /^You cannot take an image of “web”\. .*image_uploading/,
  );
  assert.match(String(forbidsServer('rebuild', busy, person('admin'))), /Wait until that has ended\.$/);
  assert.equal(forbidsServer('delete', busy, person('admin')), undefined);
  assert.match(String(forbidsServer('delete', live(), person('observer'))), /You need the role/);
  assert.match(String(forbidsServers(person('observer'))), /^You cannot create a server\. You need the role/);
});

test('a change of one server draws its row alone, one that comes or gets its first image draws all', () => {
  const rows = new ServerRows();
  const shown = (servers: readonly LiveServer[], images: readonly LiveImage[] = []) => ({
    servers: { kind: 'ready' as const, items: new Map(servers.map((one) => [one.server.id, one])) },
    images: {
      kind: 'ready' as const,
      items: new Map(images.map((one) => [String(one.image.get('id')), one])),
    },
    account: '100001',
  });
  const db = live({ id: 'b', name: 'db' });
  const [first, second] = rows.build(shown([live(), db]));
  assert.deepEqual(
    [first, second].map((row) => row?.kind === 'server' && row.live.server.name),
    ['db', 'web'],
  );
  const busy = live({ taskState: 'image_snapshot' });
  assert.deepEqual(rows.update(shown([busy, db])), [second]);
  assert.equal(rows.update(shown([busy, db])).length, 0);
  const taken = image({ id: 'i', name: 'web-1', instance_uuid: 'a' });
  assert.equal(rows.update(shown([busy, db], [taken])), 'all');
  const saved = image({ id: 'i', name: 'web-1', instance_uuid: 'a', status: 'saving' });
  assert.deepEqual(rows.update(shown([busy, db], [saved])), second && 'images' in second && second.images);
  assert.equal(rows.update(shown([db], [saved])), 'all');
  const [, deleted] = rows.build(shown([db], [saved]));
  assert.deepEqual(
    deleted?.kind === 'deleted-servers' && deleted.images.map(({ seen }) => seen.image.get('name')),
    ['web-1'],
  );
});
