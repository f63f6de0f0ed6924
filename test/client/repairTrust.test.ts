import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeDisk } from '../tools/disks.ts';

const stub = `export const workspace = { isTrusted: false };`;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true }
      : next(specifier, context),
});
const { undoRepairOf } = await import('../../client/diskViewer/repairFile.ts');

const folder = mkdtempSync(join(tmpdir(), 'repair-trust-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('what a workspace that is not trusted calls the undo of a repair is not written over its disk', async () => {
  const path = join(folder, 'disk.vhd');
  makeDisk(path, 'zero-uuid');
  const before = readFileSync(path);
  const edits = [{ position: 0, base64: Buffer.from('hello').toString('base64') }];
  const size = before.length;
  writeFileSync(`${path}.undo`, JSON.stringify({ size, edits, after: { size, edits: [] } }));
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  await assert.rejects(undoRepairOf({ cli, log: { info: () => undefined } as never }, path), /Trust/);
  assert.ok(readFileSync(path).equals(before));
});
