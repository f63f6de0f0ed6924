import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRecords } from '../../../server/emulator/store/memory.ts';
import { openStore } from '../../../server/emulator/store/store.ts';
import { removeFolder, temporaryFolder } from '../harness.ts';

test('records are known as they were committed, whatever became of the changes beside them', async () => {
  const folder = temporaryFolder();
  const store = openStore(join(folder, 'emulator.db'));
  try {
    const records = createRecords<number>(store, 2);
    records.keep('a', 1);
    const seen: (number | undefined)[] = [];
    const results = await Promise.allSettled([
      store.write(() => {
        records.change('a', 2);
        seen.push(records.get('a')); // not before it is durable
        records.keep('a', 2);
        seen.push(records.get('a'));
      }),
      store.write(() => {
        records.change('a', 3);
        throw new Error('undone');
      }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.deepEqual([...seen, records.get('a')], [undefined, undefined, 2]);

    await assert.rejects(
      store.write(() => {
        records.change('a');
        throw new Error('undone');
      }),
    );
    assert.equal(records.get('a'), undefined); // it is read anew

    await store.write(() => {
      records.change('a', 4);
      records.forget();
      records.change('b', 5);
    });
    assert.deepEqual([records.get('a'), records.get('b')], [undefined, 5]);

    records.keep('c', 6);
    records.keep('d', 7);
    assert.deepEqual(
      ['b', 'c', 'd'].map((key) => records.get(key)),
      [undefined, 6, 7],
    );
  } finally {
    await store.close();
    removeFolder(folder);
  }
});
