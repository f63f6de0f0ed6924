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
