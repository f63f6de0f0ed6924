import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { olderNode } from '../tools/olderNode.ts';

/** Chains, OVAs (zlib, hashes, streams) and writing; the oldest Node takes the types out by itself too. */
test('disks are written, merged, packed and repaired under the oldest Node', () => {
  const files = ['chain', 'gunzip', 'ova', 'write'].map((name) =>
    join(import.meta.dirname, `${name}.test.ts`),
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // else it would report to this run, and not run them
  const { status, stdout, stderr } = spawnSync(
    olderNode(22),
    ['--test', '--test-reporter=spec', '--test-timeout=60000', ...files],
    { env, encoding: 'utf8' },
  );
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /^ℹ pass (2\d|[3-9]\d)$/m);
});
