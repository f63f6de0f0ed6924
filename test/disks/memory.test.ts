import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GiB, makeVhd } from '../tools/disks.ts';
import type { Job, JobResult } from './job.ts';
import { largestDisk, writeLargestFull } from './large.ts';

const job = join(import.meta.dirname, 'job.ts');
let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloud-images-memory-'));
});
after(() => rmSync(folder, { recursive: true }));

function run(work: Job): JobResult {
  return JSON.parse(execFileSync(process.execPath, [job, JSON.stringify(work)], { encoding: 'utf8' }));
}

test('2,040 GiB are read and judged in 64 MiB, be the disk empty or full', async () => {
  const paths = [join(folder, 'empty.vhd'), join(folder, 'full.vhd')];
  const [empty = '', full = ''] = paths;
  makeVhd(empty, { virtualSize: largestDisk, guest: 'linux' });
  await writeLargestFull(full);
  for (const path of paths) {
    const { result, before, peak } = run({ do: 'read', paths: [path], times: 3 });
    const { vhd } = result as { vhd: { virtualSize: number; damage: unknown[] } };
    assert.deepEqual([vhd.virtualSize, vhd.damage], [largestDisk, []]);
    assert.ok(peak - before <= 64, `${path}: ${(peak - before).toFixed(1)} MiB more than before`);
    assert.ok(peak <= 200, `${path}: ${peak.toFixed(1)} MiB`);
  }
});

test('a disk of many holes is packed in bounded memory', async () => {
  const path = join(folder, 'sparse.vhd');
  writeFileSync(path, 'boot');
  truncateSync(path, GiB);
  const out = join(folder, 'sparse.ova');
  const { before, peak } = run({ do: 'pack', paths: [path], out, compression: 'deflate' });
  assert.ok(statSync(out).size < GiB / 32);
  assert.ok(peak - before <= 64, `${(peak - before).toFixed(1)} MiB more than before`);
  assert.ok(peak <= 200, `${peak.toFixed(1)} MiB`);
});
