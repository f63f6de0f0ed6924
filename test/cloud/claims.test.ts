import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { claim } from '../../server/cloud/run/claims.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloud-images-claim-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'kept.json');

/** Starts a process that claims the file when it is told a line, and says what it got. */
function startClaimer() {
  const script = `
    const { claim } = await import(${JSON.stringify(join(import.meta.dirname, '../../server/cloud/run/claims.ts'))});
    console.log('ready');
    process.stdin.once('data', () => {
      const found = claim(${JSON.stringify(path)});
      console.log('heldBy' in found ? found.heldBy : 'mine');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = async (): Promise<string> => String((await once(child.stdout, 'data'))[0]).trim();
  return { child, said };
}

test('of many processes one holds a claim, and what a killed one left is taken over by one', async () => {
  const claimers = Array.from({ length: 6 }, startClaimer);
  for (const { said } of claimers) assert.equal(await said(), 'ready');
  const answers = await Promise.all(
    claimers.map(({ child, said }) => {
      child.stdin.write('go\n');
      return said();
    }),
  );
  const holder = claimers[answers.indexOf('mine')]?.child;
  assert.equal(answers.filter((one) => one === 'mine').length, 1, answers.join());
  assert.ok(
    answers.every((one) => one === 'mine' || one === `process ${holder?.pid}`),
    answers.join(),
  );
  assert.deepEqual(claim(path), { heldBy: `process ${holder?.pid}` });
  for (const { child } of claimers) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  assert.equal(readdirSync(folder).length, 1, 'the claim of the one that was killed');
  const mine = claim(path);
  assert.ok('release' in mine);
  assert.equal(readdirSync(folder).length, 1, 'ours in its place');
  mine.release();
  assert.deepEqual(readdirSync(folder), []);
});

test('a claim of another machine holds until a person removes it, since its process cannot be seen', () => {
  const other = join(folder, 'other.json');
  const left = `${other}.claim-1`;
  writeFileSync(left, JSON.stringify({ process: process.pid, host: 'build-7' }));
  assert.deepEqual(claim(other), {
    heldBy: `process ${process.pid} on build-7 (where that runs no longer, remove ${left})`,
  });
  rmSync(left);
  const mine = claim(other);
  assert.ok('release' in mine);
  mine.release();
});
