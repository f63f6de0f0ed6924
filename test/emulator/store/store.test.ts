import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../../server/emulator/kernel/log.ts';
import { listContentColumns, services } from '../../../server/emulator/services/services.ts';
import { openBlobs } from '../../../server/emulator/store/blobs.ts';
import { openStore, type Store, StoreInUse } from '../../../server/emulator/store/store.ts';
import { makeTables } from '../../../server/emulator/store/tables.ts';
import { removeFolder, temporaryFolder } from '../harness.ts';

async function withStore(use: (store: Store, folder: string) => Promise<void>): Promise<void> {
  const folder = temporaryFolder();
  const store = openStore(join(folder, 'emulator.db'));
  try {
    await use(store, folder);
  } finally {
    await store.close();
    removeFolder(folder);
  }
}

const put = (store: Store, name: string) =>
  store.run('INSERT INTO meta (name, value) VALUES (?, ?)', name, 'x');
const names = (store: Store) =>
  store
    .all<{ name: string }>("SELECT name FROM meta WHERE value = 'x' ORDER BY name")
    .map(({ name }) => name);

test('changes that share a commit fail alone, and their hooks with them', async () => {
  await withStore(async (store) => {
    const seen: string[] = [];
    const change = (name: string, fails: boolean) =>
      store.write(() => {
        put(store, name);
        store.beforeCommit(() => seen.push(`before ${name}`));
        store.afterCommit(() => seen.push(`after ${name}`));
        if (fails) throw new Error(`${name} fails`);
        return name;
      });
    const results = await Promise.allSettled([change('a', false), change('b', true), change('c', false)]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(names(store), ['a', 'c']);
    assert.deepEqual(seen, ['before a', 'before c', 'after a', 'after c']);
  });
});

test('a change sees those before it, and nothing is readable before its commit', async () => {
  await withStore(async (store) => {
    const first = store.write(() => put(store, 'a'));
    const second = store.write(() => names(store));
    assert.deepEqual(names(store), []);
    await first;
    assert.deepEqual(await second, ['a']);
    assert.throws(() => put(store, 'b'), /outside store\.write/);
  });
});

test('where the commit itself fails, every change of it is refused', async () => {
  await withStore(async (store) => {
    const fine = store.write(() => put(store, 'a'));
    const spoiling = store.write(() => {
      store.beforeCommit(() => {
        throw new Error('the disk is full');
      });
    });
    const results = await Promise.allSettled([fine, spoiling]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(names(store), []);
    await store.write(() => put(store, 'b'));
    assert.deepEqual(names(store), ['b']);
  });
});

test('a store has one owner', async () => {
  await withStore(async (_store, folder) => {
    assert.throws(() => openStore(join(folder, 'emulator.db')), StoreInUse);
  });
});

test('content stays as long as something holds it, and undone changes leave its file where it was', async () => {
  await withStore(async (store, folder) => {
    await store.write(() => {
      for (const { name, tables = [] } of services) makeTables(store, name, tables);
    });
    const blobs = openBlobs(
      folder,
      store,
      createLog(() => undefined),
      listContentColumns(services),
    );
    const make = (text: string) => {
      const file = blobs.incoming();
      writeFileSync(file, text);
      return { file, hash: createHash('sha512').update(text).digest('hex'), size: text.length };
    };
    const stored = () => readdirSync(join(folder, 'blobs'));
    const one = make('one');
    await assert.rejects(
      store.write(() => {
        blobs.adopt(one.file, one.hash, one.size);
        throw new Error('undone');
      }),
      /undone/,
    );
    assert.deepEqual([stored(), readdirSync(join(folder, 'incoming')).length], [[], 1]);
    await store.write(() => {
      blobs.adopt(one.file, one.hash, one.size);
      store.run(
        "INSERT INTO jobs (id, kind, account, step, data, queued) VALUES ('j', 'k', 'a', 'start', '{}', 0)",
      );
      store.run('INSERT INTO job_blobs (job, blob) VALUES (?, ?)', 'j', one.hash);
    });
    assert.deepEqual(stored(), [one.hash]);
    await store.write(() => blobs.release(one.hash));
    assert.deepEqual(stored(), [one.hash]);

    // Released by one change and adopted again by the next of the same commit.
    const again = make('one');
    await Promise.all([
      store.write(() => {
        store.run('DELETE FROM jobs');
        blobs.release(one.hash);
      }),
      store.write(() => blobs.adopt(again.file, again.hash, again.size)),
    ]);
    assert.deepEqual(stored(), [one.hash]);
    await store.write(() => blobs.release(one.hash));
    assert.deepEqual(stored(), []);

    writeFileSync(join(folder, 'blobs', 'f'.repeat(128)), 'orphan');
    writeFileSync(blobs.incoming(), 'half');
    assert.deepEqual(blobs.sweep(), { halfWritten: 1, orphans: 1, bytes: 10, left: [] });
    assert.deepEqual([stored(), readdirSync(join(folder, 'incoming'))], [[], []]);
  });
});
