import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

/** How `lint --fix` writes. */
const root = mkdtempSync(join(tmpdir(), 'cloud-images-fixing-'));
const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
after(() => rmSync(root, { recursive: true }));

test('a file that cannot be written whole keeps its text, and nothing is left beside it', () => {
  const path = join(root, 'full.image.yaml');
  writeFileSync(path, 'tags: [a b]\n');
  // As on a full disk: no file may grow.
  const command = 'ulimit -f 0; exec "$0" "$@"';
  const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath, cli, 'lint', '--fix', path], {
    encoding: 'utf8',
  });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /EFBIG/);
  assert.equal(readFileSync(path, 'utf8'), 'tags: [a b]\n');
  assert.deepEqual(readdirSync(root), ['full.image.yaml']);
});

test('a file keeps its mode, a link stays a link', () => {
  const path = join(root, 'own.image.yaml');
  const link = join(root, 'link.image.yaml');
  writeFileSync(path, 'tags: [a b]\n');
  chmodSync(path, 0o640);
  symlinkSync('own.image.yaml', link);
  assert.equal(spawnSync(process.execPath, [cli, 'lint', '--fix', link]).status, 0);
  assert.equal(readFileSync(path, 'utf8'), 'tags: [a_b]\n');
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.ok(lstatSync(link).isSymbolicLink());
});
