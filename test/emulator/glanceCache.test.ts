import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../server/rules/json.ts';
import { ask, type Caller, removeFolder, temporaryFolder } from './harness.ts';
import { base, create, images, upload, withUsers } from './plain.ts';

/** The cache API, as Glance 25.1 answered it and as 2026.2 extends it. */

test('the cache API has administrators fill, read and empty the cache', async () => {
  await withUsers(async ({ owner, partner, admin }, emulator) => {
    const cache = `${base}/cache`;
    const id = await create(owner);
    const says = async (as: Caller, method: string, path: string, more: Record<string, string> = {}) => {
      const { status, text } = await as.ask(method, path, undefined, more);
      return status < 300 ? status : [status, text.split('\n')[2]];
    };
    const denied = (policy: string) => [403, `You are not authorized to complete ${policy} action.`];
    assert.deepEqual(await says(owner, 'GET', cache), denied('cache_list'));
    assert.deepEqual(await says(owner, 'DELETE', cache), denied('cache_delete'));
    assert.deepEqual(await says(owner, 'PUT', `${cache}/${id}`), denied('cache_image'));
    assert.deepEqual(await says(owner, 'DELETE', `${cache}/${id}`), denied('cache_delete'));
    for (const [as, name] of [
      [admin, 'nope'],
      [partner, id],
    ] as const)
      for (const method of ['PUT', 'DELETE'])
        assert.deepEqual(await says(as, method, `${cache}/${name}`), [404, `Image ${name} not found.`]);
    assert.deepEqual(await says(admin, 'PUT', `${cache}/${id}`), [
      400,
      'Only images with status active can be targeted for queueing',
    ]);
    const state = async () =>
      (await admin.ask('GET', cache)).json as { cached_images: JsonObject[]; queued_images: string[] };
    assert.deepEqual(await state(), { cached_images: [], queued_images: [] });
    await upload(owner, id, Buffer.alloc(3000));
    const control = { authorization: `Bearer ${emulator.token}` };
    await ask(emulator.url, 'POST', '/emulator/clock', { pause: true }, control);
    assert.equal(await says(admin, 'PUT', `${cache}/${id}`), 202);
    assert.deepEqual(await state(), { cached_images: [], queued_images: [id] });
    assert.equal(await says(admin, 'DELETE', cache, { 'x-image-cache-clear-target': 'Queue' }), 204);
    assert.deepEqual(await state(), { cached_images: [], queued_images: [] });
    assert.equal(await says(admin, 'PUT', `${cache}/${id}`), 202);
    const { json } = await ask(emulator.url, 'POST', '/emulator/clock', { step: '10m' }, control);
    assert.equal(json['stepped'], 600_000);
    const [cached] = (await state()).cached_images;
    assert.deepEqual(
      { ...cached, last_accessed: typeof cached?.['last_accessed'] },
      {
        image_id: id,
        hits: 0,
        last_accessed: 'number',
        last_modified: cached?.['last_accessed'],
        size: 3000,
      },
    );
    assert.equal(await says(admin, 'PUT', `${cache}/${id}`), 202, 'again');
    assert.deepEqual((await state()).queued_images, []);
    assert.deepEqual(await says(admin, 'DELETE', cache, { 'x-image-cache-clear-target': 'foo' }), [
      400,
      "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.",
    ]);
    assert.equal(await says(admin, 'DELETE', cache, { 'x-image-cache-clear-target': 'queue' }), 204);
    assert.equal((await owner.ask('DELETE', `${images}/${id}`)).status, 204);
    assert.equal((await state()).cached_images.length, 1, 'an image that is deleted stays in the cache');
    assert.equal(await says(admin, 'DELETE', `${cache}/${id}`), 204);
    assert.deepEqual(await state(), { cached_images: [], queued_images: [] });
    assert.deepEqual(await says(admin, 'DELETE', `${cache}/${id}`), [404, `Image ${id} not found.`]);
    for (const [method, path] of [
      ['GET', '/nodes/x'],
      ['POST', '/clean'],
      ['POST', '/prune'],
    ] as const)
      assert.notEqual((await admin.ask(method, cache + path)).status, 200, `${path} came with 2026.2`);
  });
});

test('without a cache its API is not there, and 2026.2 cleans and prunes one', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'uncached.json');
  writeFileSync(config, JSON.stringify({ profile: 'openstack', emulator: { imageCache: false } }));
  await withUsers(
    async ({ owner, admin }) => {
      assert.equal((await owner.ask('GET', `${base}/cache`)).status, 403);
      const { status, text } = await admin.ask('GET', `${base}/cache`);
      assert.equal(status, 404);
      assert.match(text, /Caching via API is not supported at this site\./);
    },
    '--config',
    config,
  );
  removeFolder(folder);
  await withUsers(
    async ({ owner, admin }) => {
      const id = await create(owner);
      assert.equal((await admin.ask('GET', `${base}/cache/nodes/${id}`)).text, '[]');
      assert.equal((await admin.ask('GET', `${base}/cache/nodes/nope`)).status, 404);
      assert.equal((await owner.ask('GET', `${base}/cache/nodes/${id}`)).status, 403);
      assert.equal((await admin.ask('POST', `${base}/cache/clean`)).status, 200);
      const pruned = await admin.ask('POST', `${base}/cache/prune`);
      assert.deepEqual(pruned.json, { total_files_pruned: 0, total_bytes_pruned: 0 });
      assert.equal((await owner.ask('POST', `${base}/cache/prune`)).status, 403);
    },
    '--release',
    '2026.2',
  );
});
