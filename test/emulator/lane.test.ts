import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createDiskLane, type Watch } from '../../server/emulator/diskWorker/lane.ts';
import { GiB, MiB, makeVhd } from '../tools/disks.ts';
import { removeFolder, temporaryFolder } from './harness.ts';

test('packing and unpacking stop when told, and the lane goes on with the next', async () => {
  const folder = temporaryFolder();
  const lane = createDiskLane();
  const whole = (path: string) => [{ path, start: 0, length: statSync(path).size }];
  const stopped = async (work: (watch: Watch) => Promise<unknown>) => {
    const stop = new AbortController();
    const watch = { signal: stop.signal, progress: () => stop.abort() };
    await assert.rejects(work(watch), /abort/i);
  };
  const untilEnd: Watch = { signal: new AbortController().signal, progress: () => undefined };
  const order = (ova: string) => ({
    ova: whole(ova),
    scratch: join(folder, 'out'),
    segmentBytes: GiB,
    uuid: '11111111-2222-4333-8444-555555555555',
    time: 0,
  });
  try {
    const disk = join(folder, '0.vhd');
    const extents = [{ position: 0, bytes: Buffer.alloc(400 * MiB, 'text') }];
    makeVhd(disk, { virtualSize: GiB, extents });
    const ours = join(folder, 'ours.ova');
    for (const compression of ['deflate', 'stored'] as const) {
      const target = join(folder, compression);
      await stopped((watch) => lane.pack({ source: whole(disk), target, compression }, watch));
    }
    await lane.pack({ source: whole(disk), target: ours, compression: 'stored' }, untilEnd);
    const other = join(folder, 'other.ova');
    execFileSync('tar', ['-czf', other, '--directory', folder, '0.vhd']);
    for (const ova of [ours, other]) await stopped((watch) => lane.unpack(order(ova), watch));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('out')),
      [],
      'nothing is left of what was stopped',
    );
    const sizes = [];
    for (const ova of [ours, other]) {
      const { segments } = await lane.unpack(order(ova), untilEnd);
      sizes.push(segments.map(({ size, md5, hash }) => [size, md5, hash]));
      for (const { file } of segments) removeFolder(file);
    }
    assert.deepEqual(sizes[0], sizes[1], 'the same bytes by either way');
  } finally {
    await lane.close();
    removeFolder(folder);
  }
});
