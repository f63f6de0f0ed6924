import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { logIn } from '../emulator/harness.ts';
import { emulatorSession, rackspaceProfile, refused } from './session.ts';

const segment = 2 ** 20;

for (const kind of ['dynamic', 'static'] as const) {
  emulatorSession(
    `the swift client works with ${kind} large objects`,
    rackspaceProfile('--seed', 'empty'),
    'Cloud Files, and no Swift is started',
    async ({ as, emulator, file: work }) => {
      const { swift } = as('owner');
      const call = (...words: string[]) => swift(words.join(' '), /(?:)/);
      const bytes = randomBytes(3 * segment + 77);
      const md5 = createHash('md5').update(bytes).digest('hex');
      writeFileSync(work('disk.vhd'), bytes);
      const slo = kind === 'static' ? ['--use-slo'] : [];
      await call('upload', ...slo, '--segment-size', String(segment), 'c', 'disk.vhd');
      const stat = await call('stat', 'c', 'disk.vhd');
      assert.match(stat, new RegExp(`Content Length: ${bytes.length}\n`));
      assert.match(
        stat,
        kind === 'static' ? /X-Static-Large-Object: True/i : /Manifest: c_segments\/disk\.vhd\//,
      );
      const segments = (await call('list', 'c_segments')).trim().split('\n');
      assert.equal(segments.length, 4);
      await call('download', '-o', 'again.vhd', 'c', 'disk.vhd'); // it checks length and ETag itself
      assert.ok(readFileSync(work('again.vhd')).equals(bytes));
      await call('copy', '-d', '/c/copy.vhd', 'c', 'disk.vhd');
      assert.match(await call('stat', 'c', 'copy.vhd'), new RegExp(`ETag: ${md5}\n`));
      assert.equal(await call('list', 'c'), 'copy.vhd\ndisk.vhd\n');

      const { ask } = await logIn(emulator.url, 'owner');
      const middle = `/dfw/object-store/v1/100001/c_segments/${segments[1]}`;
      const lost = await ask('GET', middle);
      assert.equal((await ask('DELETE', middle)).status, 204);
      if (kind === 'dynamic') {
        // As the real one: nothing says that a segment is missing.
        await call('download', '-o', 'short.vhd', 'c', 'disk.vhd');
        const short = Buffer.concat([bytes.subarray(0, segment), bytes.subarray(2 * segment)]);
        assert.ok(readFileSync(work('short.vhd')).equals(short));
        const path = '/v1/MossoCloudFS_100001/c/copy.vhd';
        await call('post', '-m', 'Temp-URL-Key:secret');
        const signed = (await call('tempurl', 'GET', '3600', path, 'secret')).trim();
        const answer = await fetch(`${emulator.url}/dfw/object-store${signed}`);
        assert.equal(answer.status, 200);
        assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
      } else {
        await swift('download -o short.vhd c disk.vhd', refused(/409/));
        assert.equal((await ask('PUT', middle, lost.bytes)).status, 201);
      }
      await call('delete', 'c', 'disk.vhd');
      assert.equal(await call('list', 'c_segments'), '');
      assert.equal(await call('list', 'c'), 'copy.vhd\n');
      await call('download', '-o', 'copy.vhd', 'c', 'copy.vhd');
      assert.ok(readFileSync(work('copy.vhd')).equals(bytes));
    },
  );
}
