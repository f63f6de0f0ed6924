import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Seen } from '../../client/cloud/collection.ts';
import type { LiveImage } from '../../client/cloud/imageCollection.ts';
import type { LiveServer } from '../../client/cloud/serverCollection.ts';
import type { LiveTask } from '../../client/cloud/taskCollection.ts';
import { locateObjects } from '../../client/details/model/stored.ts';
import { Sightings } from '../../client/details/sightings.ts';
import { Emitter } from '../../client/ui/emitter.ts';

const fail = (error: unknown): never => assert.fail(String(error));

/** A collection as far as sightings know it. */
function collection<T>() {
  const emitter = new Emitter<Parameters<Seen<T>>>(fail);
  const onDidSee = (listener: Seen<T>) => emitter.on((seen) => listener(...seen));
  return { onDidSee, see: (...seen: Parameters<Seen<T>>) => emitter.fire(seen) };
}

function open() {
  const states = new Emitter<never>(fail);
  const source = { connection: {} as never, onDidChangeState: states.on.bind(states) };
  const images = collection<LiveImage>();
  const servers = collection<LiveServer>();
  const tasks = collection<LiveTask>();
  let now = 0;
  const sightings = new Sightings({ source, images, servers, tasks }, () => ++now);
  return { sightings, images, tasks, source, states };
}

const image = (name: string): LiveImage => ({ image: new Map([['name', name]]) });
const task = (more: Partial<LiveTask> = {}): LiveTask => ({
  ...{ id: 't', type: 'import', status: 'processing', createdAt: '', updatedAt: '' },
  ...more,
});

test('what was read again is kept with what it was, for each thing, and no progress', () => {
  const { sightings, images, tasks } = open();
  images.see('a', image('one'), image('two'));
  images.see('b', undefined, image('other'));
  images.see('a', image('two'), undefined);
  assert.deepEqual(
    sightings.of('image', 'a').map(({ at, after }) => [at, after !== undefined]),
    [
      [1, true],
      [3, false],
    ],
  );
  tasks.see('t', task(), task({ progress: 0.5 }));
  tasks.see('t', task(), task({ stage: 'pack' }));
  tasks.see('t', task(), task({ status: 'success' }));
  assert.equal(sightings.of('task', 't').length, 2);
});

test('another user or region has a history of its own, and a long one loses its beginning', () => {
  const { sightings, images, source, states } = open();
  images.see('a', undefined, image('one'));
  states.fire(undefined as never);
  assert.equal(sightings.of('image', 'a').length, 1, 'the connection is the same');
  source.connection = {} as never;
  states.fire(undefined as never);
  assert.deepEqual(sightings.of('image', 'a'), []);
  for (let seen = 0; seen < 600; seen++) images.see('a', undefined, image('one'));
  assert.equal(sightings.of('image', 'a').length, 500);
});

test('an image is found where its newest good export put it, and where it was imported from', () => {
  const exported = (id: string, created: string, status: LiveTask['status']): LiveTask =>
    task({
      ...{ id, type: 'export', status, createdAt: created, input: { image_uuid: 'a' } },
      result: { export_location: `exports/${id}.vhd` },
    });
  const tasks = [
    exported('old', '2015-03-01T00:00:00Z', 'success'),
    exported('new', '2015-03-02T00:00:00Z', 'success'),
    exported('failed', '2015-03-03T00:00:00Z', 'failure'),
    task({ status: 'success', input: { import_from: 'disks/a/web.vhd' }, result: { image_id: 'a' } }),
  ];
  assert.deepEqual(locateObjects('a', tasks), [
    { origin: 'export', container: 'exports', name: 'new.vhd' },
    { origin: 'import', container: 'disks', name: 'a/web.vhd' },
  ]);
  assert.deepEqual(locateObjects('b', tasks), []);
});
