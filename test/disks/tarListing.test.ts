import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listTar } from '../../server/disks/format/tarListing.ts';
import type { ByteSource } from '../../server/disks/source.ts';

test('an archive of folders alone is not read to its end', async () => {
  const header = Buffer.alloc(512);
  header.write('folder', 0);
  header.write('00000000000\0', 124);
  header.write('5', 156);
  header.write('ustar\0', 257);
  let reads = 0;
  const endless: ByteSource = {
    size: 512 * 100_000,
    read: () => {
      reads++;
      return header;
    },
  };
  assert.deepEqual(await listTar(endless), []);
  assert.ok(reads <= 1000, `${reads} reads`);
});
