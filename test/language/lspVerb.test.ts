import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startLanguageServer } from '../tools/languageServer.ts';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

for (const more of [[], ['--stdio']])
  test(`cloud-images ${['lsp', ...more].join(' ')} is the language server`, async () => {
    const server = await startLanguageServer({ program: [cli, 'lsp', ...more] });
    const ended = once(server.process, 'exit');
    const document = server.open(join(tmpdir(), 'lsp.image.yaml'), 'name: web\ncom.rackspace__1__x: "1"\n');
    assert.deepEqual(
      (await document.diagnostics()).map(({ code, range }) => [code, range.start.line]),
      [['property/protected', 1]],
    );
    assert.match(JSON.stringify(await document.hover(1)), /name/);
    await document.change('name: web\nmin_');
    assert.ok((await document.complete('name: web\nmin_'.length)).some(({ label }) => label === 'min_disk'));
    await server.close();
    assert.deepEqual(await ended, [0, null]);
  });

test('it takes nothing else, and ends with its client', () => {
  const wrong = spawnSync(process.execPath, [cli, 'lsp', 'manifests'], { encoding: 'utf8' });
  assert.deepEqual([wrong.status, wrong.stdout], [64, '']);
  assert.match(wrong.stderr, /lsp takes no 'manifests', only options\./);
  const left = spawnSync(process.execPath, [cli, 'lsp'], { input: '', encoding: 'utf8', timeout: 20_000 });
  assert.deepEqual([left.status, left.signal, left.stdout], [1, null, '']);
});
