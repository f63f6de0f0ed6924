import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLanguageServer } from '../tools/languageServer.ts';

test('a hint says how long a server is imaged, behind the size that decides it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-inlays-'));
  const server = await startLanguageServer({ root });
  const hints = async (name: string, text: string) => {
    const document = server.open(join(root, name), text);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const found: { position: { line: number; character: number }; label: string }[] = await document.ask(
      'textDocument/inlayHint',
      { range },
    );
    return found.map(({ position, label }) => [position.line, position.character, label]);
  };
  const yaml =
    'createImage: { name: web }\nserver:\n  flavor: general1-2\n  disk:\n    used_gb: 5\n    largest_gb: 100\n    written_gb: 10\n';
  assert.deepEqual(await hints('a.server-image.yaml', yaml), [
    [5, 19, '≈ 3 h 26 min of imaging, 6 min of it to coalesce'],
  ]);
  const json = '{ "createImage": { "name": "web" }, "server": { "disk": { "vhd_gb": 0.1 } } }';
  assert.deepEqual(await hints('b.server-image.json', json), [
    [0, 71, '≈ 1 min of imaging, 1 min of it to coalesce'],
  ]);
  assert.deepEqual(await hints('c.server-image.yaml', 'createImage: { name: web }\n'), []);
  await server.close();
  rmSync(root, { recursive: true });
});

test('a hint says what the live image has where the manifest states something else', async () => {
  const root = mkdtempSync(join(tmpdir(), 'cloud-images-inlays-'));
  const image = {
    id: 'a',
    name: 'web',
    min_disk: 40,
    tags: ['x'],
    os_distro: 'debian',
    updated_at: '2026-01-01T00:00:00Z',
  };
  let live: Record<string, unknown> = image;
  const requests = { 'cloudImages/liveImage': () => ({ image: live }) };
  const text = '- name: web\n  min_disk: 20\n  os_distro: debian\n  role: db\n  tags:\n    - y\n';
  const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
  const hintsBy = async (
    options: object,
  ): Promise<{ asked: () => Promise<string[]>; end: () => Promise<void> }> => {
    const server = await startLanguageServer({ root, requests, ...options });
    const document = server.open(join(root, 'web.image.yaml'), text);
    return {
      asked: async () => {
        const found: { position: { line: number; character: number }; label: string }[] = await document.ask(
          'textDocument/inlayHint',
          { range },
        );
        return found.map(({ position, label }) => `${position.line}:${position.character} ${label}`);
      },
      end: async () => {
        await server.connection.sendNotification('cloudImages/imagesChanged', {});
        await server.close();
      },
    };
  };
  const plain = await hintsBy({});
  assert.deepEqual(await plain.asked(), ['1:14 live: 40', '3:10 not in the live image', '4:7 live: ["x"]']);
  await plain.end();
  live = { ...image, min_disk: 20, tags: ['y'], role: 'db' };
  const same = await hintsBy({});
  assert.deepEqual(await same.asked(), []);
  await same.end();
  live = image;
  for (const options of [{ settings: { inlayHints: { liveValues: false } } }, { trusted: false }]) {
    const off = await hintsBy(options);
    assert.deepEqual(await off.asked(), []);
    await off.end();
  }
  rmSync(root, { recursive: true });
});
