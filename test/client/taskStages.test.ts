import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { waitForTask } from '../../server/cloud/run/waiting.ts';
import { importImage } from '../workbench/importImage.ts';
import { newWindow } from './window.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-stages-'));
const window = newWindow(folder);
after(() => {
  window.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the emulator reports the stages of imports and exports, each once and in order', async () => {
  await window.emulator.start();
  const { cloud } = await window.source.connect();
  const stages: string[] = [];
  window.source.onDidReport((change) => {
    if (change.kind === 'task' && change.stage !== undefined) stages.push(change.stage);
  });
  const id = await importImage(cloud, join(folder, 'web.vhd'), 'Web');
  const input = { image_uuid: id, receiving_swift_container: 'exports' };
  const task = await cloud.tasks.create('export', input);
  await waitForTask(cloud.tasks, task.id, { interval: 50 });
  // What is reported after the answer has still to come over the stream.
  while (stages.length < 5) await new Promise((resolve) => window.source.onDidReport(resolve));
  assert.deepEqual(stages, ['judge', 'pack', 'store', 'merge', 'store']);
});
