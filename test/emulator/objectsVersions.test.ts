import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logIn, removeFolder, start, temporaryFolder, withEmulator } from './harness.ts';

const openstack = ['--profile', 'openstack', '--seed', 'empty'];
const base = '/regionone/object-store/v1/AUTH_100001';

test('X-Versions-Location keeps what is overwritten, and a removal brings it back', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const read = async () => (await ask('GET', `${base}/c/o`)).text;
    await ask('PUT', `${base}/c`, undefined, { 'x-versions-location': 'old' });
    assert.equal((await ask('HEAD', `${base}/c`)).headers.get('x-versions-location'), 'old');
    assert.equal((await ask('PUT', `${base}/c/o`, Buffer.from('1'), { 'x-object-meta-n': '1' })).status, 201);
    assert.equal((await ask('PUT', `${base}/c/o`, Buffer.from('2'))).status, 412); // nowhere to keep it
    await ask('PUT', `${base}/old`);
    for (const content of ['2', '3']) await ask('PUT', `${base}/c/o`, Buffer.from(content));
    assert.match((await ask('GET', `${base}/old`)).text, /^001o\/\d{10}\.\d{5}\n001o\/\d{10}\.\d{5}\n$/);
    await ask('COPY', `${base}/c/o`, undefined, { destination: 'c/o', 'x-object-meta-copied': '1' });
    for (const content of ['3', '2', '1']) {
      assert.equal((await ask('DELETE', `${base}/c/o`)).status, 204);
      assert.equal(await read(), content);
    }
    assert.equal((await ask('HEAD', `${base}/c/o`)).headers.get('x-object-meta-n'), '1');
    assert.equal((await ask('DELETE', `${base}/c/o`)).status, 204);
    assert.equal((await ask('DELETE', `${base}/c/o`)).status, 404);
    assert.equal((await ask('GET', `${base}/old`)).text, '');
    await ask('POST', `${base}/c`, undefined, { 'x-remove-versions-location': 'x' });
    for (const content of ['1', '2']) await ask('PUT', `${base}/c/o`, Buffer.from(content));
    assert.equal((await ask('GET', `${base}/old`)).text, '');
  });
});

test('X-History-Location keeps removals as well', async () => {
  await withEmulator(openstack, async ({ url }) => {
    const { ask } = await logIn(url, 'owner');
    const both = { 'x-versions-location': 'old', 'x-history-location': 'old' };
    assert.equal((await ask('PUT', `${base}/c`, undefined, both)).status, 400);
    await ask('PUT', `${base}/old`);
    await ask('PUT', `${base}/c`, undefined, { 'x-history-location': 'old' });
    assert.equal((await ask('HEAD', `${base}/c`)).headers.get('x-history-location'), 'old');
    for (const content of ['1', '2']) await ask('PUT', `${base}/c/o`, Buffer.from(content));
    assert.equal((await ask('DELETE', `${base}/c/o`)).status, 204);
    assert.equal((await ask('GET', `${base}/c/o`)).status, 404);
    const kept = JSON.parse((await ask('GET', `${base}/old?format=json`)).text);
    assert.deepEqual(
      kept.map(({ content_type: type, bytes }: { content_type: string; bytes: number }) => [type, bytes]),
      [
        ['application/octet-stream', 1],
        ['application/octet-stream', 1],
        ['application/x-deleted;swift_versions_deleted=1', 0],
      ],
    );
    assert.equal((await ask('DELETE', `${base}/c/o`)).status, 404);
    // The other mode takes the removal back first.
    await ask('POST', `${base}/c`, undefined, { 'x-versions-location': 'old' });
    await ask('DELETE', `${base}/c/o`);
    assert.equal((await ask('GET', `${base}/c/o`)).status, 404);
    await ask('DELETE', `${base}/c/o`);
    assert.equal((await ask('GET', `${base}/c/o`)).text, '2');
  });
});

test('a container has versions of its objects: read, listed, restored and removed by their ids', async () => {
  const data = temporaryFolder();
  const first = await start(data, ...openstack);
  try {
    const { ask } = await logIn(first.url, 'owner');
    const put = async (content: string) =>
      (await ask('PUT', `${base}/c/o`, Buffer.from(content))).headers.get('x-object-version-id') ?? '';
    await ask('PUT', `${base}/c`);
    assert.equal((await ask('GET', `${base}/c/o?version-id=1`)).status, 400);
    assert.equal(await put('before'), '');
    await ask('POST', `${base}/c`, undefined, { 'x-versions-enabled': 'true' });
    assert.equal((await ask('HEAD', `${base}/c`)).headers.get('x-versions-enabled'), 'True');
    const one = await put('one');
    const two = await put('second');
    assert.ok(two > one);
    const now = await ask('GET', `${base}/c/o`);
    assert.deepEqual(
      [now.text, now.headers.get('x-object-version-id'), now.headers.get('content-location')],
      ['second', two, `/v1/AUTH_100001/c/o?version-id=${two}`],
    );
    assert.equal((await ask('GET', `${base}/c/o?version-id=${one}`)).text, 'one');
    const container = await ask('HEAD', `${base}/c`);
    assert.deepEqual(
      ['x-container-object-count', 'x-container-bytes-used'].map((name) => container.headers.get(name)),
      ['1', '15'],
    );
    const removal = await ask('DELETE', `${base}/c/o`);
    const gone = removal.headers.get('x-object-version-id') ?? '';
    assert.deepEqual([removal.status, (await ask('GET', `${base}/c/o`)).status], [204, 404]);
    assert.equal((await ask('GET', `${base}/c/o?version-id=${gone}`)).status, 404);
    type Listed = { version_id: string; is_latest: boolean; bytes: number };
    const list = async (query = '') =>
      JSON.parse((await ask('GET', `${base}/c?versions${query}`)).text).map((item: Listed) => [
        item.version_id,
        item.is_latest,
        item.bytes,
      ]);
    const all = await list();
    assert.deepEqual(all.slice(0, 3), [
      [gone, true, 0],
      [two, false, 6],
      [one, false, 3],
    ]);
    assert.equal(all.length, 4); // with what was there before
    assert.deepEqual(await list(`&marker=o&version_marker=${two}`), all.slice(2));
    assert.deepEqual(await list('&limit=1'), all.slice(0, 1));
    assert.equal((await ask('DELETE', `${base}/c`)).text, 'Delete all versions before deleting container.');
    const back = await ask('PUT', `${base}/c/o?version-id=${one}`, undefined, { 'content-length': '0' });
    assert.deepEqual([back.status, (await ask('GET', `${base}/c/o`)).text], [201, 'one']);
    await ask('POST', `${base}/c/o`, undefined, { 'x-object-meta-a': '1' });
    assert.equal((await ask('HEAD', `${base}/c/o?version-id=${one}`)).headers.get('x-object-meta-a'), '1');
    assert.equal((await ask('POST', `${base}/c/o?version-id=${one}`)).status, 400);
    const older = await ask('DELETE', `${base}/c/o?version-id=${two}`);
    assert.deepEqual([older.status, older.headers.get('x-object-current-version-id')], [204, one]);
    assert.equal((await ask('GET', `${base}/c/o?version-id=${two}`)).status, 404);
    await first.end();

    const second = await start(data, ...openstack); // content of versions outlives the process
    const again = await logIn(second.url, 'owner');
    assert.equal((await again.ask('GET', `${base}/c/o?version-id=${all[3][0]}`)).text, 'before');
    for (const id of [one, gone, all[3][0]])
      assert.equal((await again.ask('DELETE', `${base}/c/o?version-id=${id}`)).status, 204);
    assert.equal((await again.ask('GET', `${base}/c?versions`)).text, '[]');
    assert.equal((await again.ask('DELETE', `${base}/c`)).status, 204);
    await second.end();
  } finally {
    if (first.process.exitCode === null) await first.end();
    removeFolder(data);
  }
});
