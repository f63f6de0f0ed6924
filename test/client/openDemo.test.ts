import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDemo } from '../../client/commands/manifests/openDemo.ts';

const parent = mkdtempSync(join(tmpdir(), 'open-demo-'));
after(() => rmSync(parent, { recursive: true, force: true }));

test('a demo that could not be made whole is not there, and is made the next time', async () => {
  const opened: string[] = [];
  const ui = {
    chooseFolder: async () => parent,
    openWorkspace: async (folder: string) => void opened.push(folder),
  };
  const open = (rulesPage: string) =>
    openDemo({ ui, rulesPage } as unknown as Parameters<typeof openDemo>[0]);
  const demo = join(parent, 'cloud-images-demo');
  await assert.rejects(open(join(parent, 'a', 'b', 'rules.md')));
  assert.ok(!existsSync(demo));
  await open(join(import.meta.dirname, '../../server/rules/README.md'));
  assert.ok(existsSync(join(demo, 'exports', 'web.vhd')) && existsSync(join(demo, 'README.md')));
  assert.deepEqual(opened, [demo]);
});
