import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startEmulator } from '../tools/emulator.ts';
import { startLanguageServer } from '../tools/languageServer.ts';
import { olderNode } from '../tools/olderNode.ts';

const node = olderNode(22);

test('the oldest Node of VS Code is one of 22', () => {
  assert.match(execFileSync(node, ['--version'], { encoding: 'utf8' }), /^v22\./);
});

test('the language server runs on it', async () => {
  const server = await startLanguageServer({ node });
  const document = server.open('/nowhere/a.image.yaml', 'tags: [a b]\n');
  assert.deepEqual(
    (await document.diagnostics()).map(({ code }) => code),
    ['tag/url-safe'],
  );
  await server.close();
});

test('the emulator runs on it', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloud-images-oldest-'));
  const emulator = await startEmulator({ node, data });
  const answer = await fetch(`${emulator.url}/dfw/image/versions`);
  assert.equal(answer.status, 200);
  await emulator.close();
  rmSync(data, { recursive: true });
});
