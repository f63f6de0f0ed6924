import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { residentOf } from '../bench/resident.ts';
import { startLanguageServer } from '../tools/languageServer.ts';

const fleet = Array.from({ length: 20_000 }, (_, at) => `- name: web-${at}\n  tags: [web]\n`).join('');

test('a long manifest that is closed gives its memory back, and the server goes on', {
  timeout: 60_000,
}, async () => {
  const server = await startLanguageServer();
  const pid = server.process.pid ?? 0;
  const manifest = server.open('/fleet.image.yaml', fleet);
  assert.deepEqual(await manifest.diagnostics(), []);
  const opened = residentOf(pid);
  await manifest.close();
  const least = opened - 30;
  for (let waited = 0; residentOf(pid) > least; waited += 50) {
    assert.ok(waited < 20_000, `${residentOf(pid)} MiB of ${opened} are still held`);
    await wait(50);
  }
  const other = server.open('/web.image.yaml', 'name: web\ntags: [a b]\n');
  assert.equal((await other.diagnostics()).length, 1);
  await server.close();
});
