import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createRecords, createTexts } from '../../../server/emulator/store/memory.ts';
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

test('texts are known until something is committed, and take no more room than they may', () => {
  let commits = 1;
  const texts = createTexts({ commits: () => commits }, 80);
  texts.keep('a', Buffer.alloc(10), 1);
  texts.keep('large', Buffer.alloc(11), 1);
  texts.keep('late', Buffer.alloc(1), 0); // there was a commit while it was made
  assert.deepEqual(
    ['a', 'large', 'late'].map((key) => texts.get(key)?.length),
    [10, undefined, undefined],
  );
  for (let at = 0; at < 7; at++) texts.keep(`${at}`, Buffer.alloc(10), 1);
  assert.equal(texts.get('a')?.length, 10);
  texts.keep('more', Buffer.alloc(10), 1);
  assert.deepEqual([texts.get('a'), texts.get('more')?.length], [undefined, 10]);
  commits += 1;
  assert.equal(texts.get('more'), undefined);
});
