import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

/** `npm start`, behind its build. */
const program = join(import.meta.dirname, '..', 'workbench', 'start.ts');

function start(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

test('a port that is taken is said in a sentence, and nothing is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { status, stdout, stderr } = start('--port', String(port));
  server.close();
  assert.deepEqual(
    { status, stdout, stderr },
    {
      status: 1,
      stdout: '',
      stderr: `Port ${port} is taken by another program. Choose another: npm start -- --port ${port + 1}\n`,
    },
  );
});

test('what is no port, and an option that is none, are said in a sentence', () => {
  for (const [args, words] of [
    [['--port', 'web'], /^--port takes a number from 1 to 65535, not 'web'\.\n$/],
    [['--port', '99999'], /^--port takes a number/],
    [['--prot', '1'], /^Unknown option '--prot'/],
  ] as const) {
    const { status, stderr } = start(...args);
    assert.equal(status, 1);
    assert.match(stderr, words);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});
