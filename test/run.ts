/**
 * `npm test`: in the order in which a failure is cheapest to learn. Ends with the files that took longest, and
 * `N passed, N failed`. `npm run test:all` runs the long proofs, the slow clients and every journey, too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { longTests } from './longTests.ts';
import { debianTools, ensureDebian } from './tools/debian.ts';

const root = join(import.meta.dirname, '..');
const all = process.argv.includes('--all');
// Hundreds of processes run the same TypeScript.
process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules', '.cache', 'compiled');
let passed = 0;
let failed = 0;

step('Types, style, import directions', 'npm', ['run', '--silent', 'check']);
step('Build', 'npm', ['run', '--silent', 'build']);
if (failed === 0) {
  if (process.platform === 'linux')
    for (const [command, packages] of Object.entries(debianTools)) ensureDebian(packages, command);
  await unitTests();
  await workbench();
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** A step that counts as one test. */
function step(name: string, command: string, parameters: string[]): void {
  console.log(`\n# ${name}`);
  const { status } = spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) passed++;
  else {
    failed++;
    console.error(`${name}: failed`);
  }
}

/** What runs outside the editor: rules, manifests, disks, language server over stdio, emulator over HTTP, real clients. */
async function unitTests(): Promise<void> {
  const pattern = all ? 'test/**/*.{test,slow}.ts' : 'test/**/*.test.ts';
  const files = globSync(pattern, { cwd: root, exclude: all ? [] : longTests })
    .map((file) => join(root, file))
    .sort();
  const times: [string, number][] = [];
  const stream = run({ files, concurrency: 3, timeout: 300_000 });
  stream.on('test:pass', ({ details }) => {
    if (details.type !== 'suite') passed++;
  });
  stream.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') failed++;
  });
  stream.on('test:summary', ({ file, duration_ms }) => {
    if (file !== undefined) times.push([relative(root, file), duration_ms]);
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout);
  await new Promise((resolve) => report.once('end', resolve));
  const longest = times.sort(([, a], [, b]) => b - a).slice(0, 40);
  console.log(
    `Longest:\n${longest.map(([file, time]) => `  ${(time / 1000).toFixed(0)} s ${file}`).join('\n')}`,
  );
}

/** The real VS Code: its runner prints the same closing line. */
async function workbench(): Promise<void> {
  console.log('\n# A real VS Code');
  const runner = spawn(process.execPath, ['test/workbench/run.ts', all ? 'all' : 'share'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let counts: RegExpExecArray | null = null;
  for await (const line of createInterface({ input: runner.stdout })) {
    counts = /^(\d+) passed, (\d+) failed$/.exec(line);
    if (!counts) console.log(line);
  }
  const status = runner.exitCode ?? (await once(runner, 'exit'))[0];
  const [, good = '0', bad = '0'] = counts ?? [];
  passed += Number(good);
  failed += Number(bad) || (status === 0 && Number(good) > 0 ? 0 : 1);
}
