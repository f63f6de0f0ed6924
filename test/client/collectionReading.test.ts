import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudChange, CloudSource, Connection } from '../../client/cloud/cloudSource.ts';
import { Collection } from '../../client/cloud/collection.ts';
import { Emitter } from '../../client/ui/emitter.ts';

/** A collection over a source and a reader of which each call is seen. */
function open() {
  const changed = new Emitter<never>(() => undefined);
  const reported = new Emitter<CloudChange>(() => undefined);
  const connectionIn = (region: string) => ({ cloud: { region } }) as Connection;
  let connection = connectionIn('DFW');
  const source = {
    get connection() {
      return connection;
    },
    get state() {
      return { kind: 'connected', connection };
    },
    list: (_: unknown, read: () => unknown) => read(),
    watch: () => ({ dispose: () => undefined }),
    onDidChangeState: changed.on.bind(changed),
    onDidReport: reported.on.bind(reported),
  } as unknown as CloudSource;
  const reads: string[] = [];
  let hold: Promise<void> | undefined;
  let isBroken = false;
  const collection = new Collection<string>(
    source,
    {
      kind: 'image',
      readAll: async ({ cloud }, tell) => {
        reads.push('all');
        await undefined; // as from a cloud
        tell?.(new Map([['first', `first of ${cloud.region}`]]));
        await hold;
        return new Map([['a', `a of ${cloud.region}`]]);
      },
      readOne: async (_, id) => {
        reads.push(id);
        if (isBroken) throw new Error('no answer');
        return id;
      },
    },
    () => undefined,
  );
  return {
    collection,
    reads,
    report: (id: string, region = 'DFW') => reported.fire({ kind: 'image', action: 'update', region, id }),
    moveTo: (region: string) => {
      connection = connectionIn(region);
      changed.fire(undefined as never);
    },
    break: () => {
      isBroken = true;
    },
    mend: () => {
      isBroken = false;
      changed.fire(undefined as never);
    },
    holdReading: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = promise;
      return () => {
        hold = undefined;
        resolve();
      };
    },
  };
}

test('up to twenty changes are read one by one, more of them all at once', async () => {
  const { collection, reads, report } = open();
  await collection.loaded();
  for (let at = 0; at < 20; at++) report(`i${at}`);
  await collection.loaded();
  assert.equal(reads.length, 21);
  for (let at = 0; at < 21; at++) report(`j${at}`);
  await collection.loaded();
  assert.deepEqual(reads.slice(21), ['all']);
  collection.dispose();
});

test('what was read of another region or user before is dropped', async () => {
  const { collection, moveTo, holdReading } = open();
  const release = holdReading();
  const before = collection.loaded();
  moveTo('ORD');
  release();
  await before;
  const snapshot = await collection.loaded();
  assert.ok(snapshot.kind === 'ready');
  assert.equal(snapshot.items.get('a'), 'a of ORD');
  collection.dispose();
});

test('what changed and could not be read is read when the cloud answers again', async () => {
  const { collection, reads, report, moveTo, ...cloud } = open();
  moveTo('DFW');
  await collection.loaded();
  cloud.break();
  report('b');
  await collection.loaded();
  const announced = new Promise((resolve) => collection.onDidChange(resolve));
  cloud.mend();
  assert.equal(await announced, 'b');
  const snapshot = await collection.loaded();
  assert.ok(snapshot.kind === 'ready');
  assert.equal(snapshot.items.get('b'), 'b');
  assert.deepEqual(reads, ['all', 'b', 'b']);
  collection.dispose();
});

test('a change in another region is not read', async () => {
  const { collection, reads, report } = open();
  await collection.loaded();
  report('b', 'ORD');
  await collection.loaded();
  assert.deepEqual(reads, ['all']);
  collection.dispose();
});

test('what someone looks at is read before it is asked for, and what nobody looks at is not', async () => {
  const { collection, reads, moveTo } = open();
  moveTo('ORD');
  assert.deepEqual(reads, []);
  const watch = collection.watch();
  assert.deepEqual(reads, ['all']);
  moveTo('IAD');
  assert.deepEqual(reads, ['all', 'all']);
  await collection.loaded();
  for (const _ of [1, 2]) watch.dispose();
  moveTo('DFW');
  assert.deepEqual(reads, ['all', 'all'], 'out of sight');
  collection.dispose();
});

test('of a first list the part that has come is shown, and never that of another region', async () => {
  const { collection, moveTo, holdReading, report } = open();
  const release = holdReading();
  let parts = 0;
  collection.onDidRead(() => parts++);
  const shown = async () => {
    const snapshot = await collection.shown();
    assert.ok(snapshot.kind === 'ready');
    return [snapshot.isPartial, ...snapshot.items.values()];
  };
  assert.deepEqual(await shown(), [true, 'first of DFW']);
  moveTo('ORD');
  assert.deepEqual(await shown(), [true, 'first of ORD']);
  release();
  await collection.loaded();
  assert.deepEqual(await shown(), [undefined, 'a of ORD']);
  assert.equal(parts, 3, 'two parts, and the end');
  for (let at = 0; at < 21; at++) report(`i${at}`, 'ORD');
  assert.deepEqual(await shown(), [undefined, 'a of ORD'], 'a list that is read again shows no part');
  assert.equal(parts, 3);
  collection.dispose();
});
