/**
 * `npm run test:mutants [-- PART …]`: breaks the product in one small way after the other, in copies of the tree, and runs the
 * test files that should notice it until one fails. A break that none notices must be shown to be equivalent. PARTs
 * choose breaks by their file or meaning.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Mutant } from './mutant.ts';
import { countMatches, mutants } from './table.ts';

const root = join(import.meta.dirname, '..', '..');
const workers = Math.min(2, availableParallelism());
/** Milliseconds after which a test file that does not end counts as failed. */
const longest = 180_000;

interface Result {
  readonly mutant: Mutant;
  /** The test file that noticed it. */
  readonly killer?: string;
  readonly seconds: number;
}

const parts = process.argv.slice(2);
const chosen = mutants.filter(
  ({ file, breaks }) =>
    parts.length === 0 || parts.some((part) => file.includes(part) || breaks.includes(part)),
);
const began = Date.now();
const folders = await Promise.all(Array.from({ length: workers }, copyTree));
try {
  const failing = await findFailing();
  if (failing.size > 0) process.exitCode = 1;
  const queue = [...chosen];
  const results = (await Promise.all(folders.map((folder) => work(folder, queue, failing)))).flat();
  report(results);
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Copies what Git knows or would know, so that nothing is broken in the tree itself. */
async function copyTree(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-mutants-'));
  const { output } = await run(root, 'git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const file of output.split('\0').filter((name) => name !== '')) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, '.tmp'));
  await build(folder);
  return folder;
}

async function build(folder: string): Promise<void> {
  const { code, output } = await run(folder, process.execPath, ['esbuild.mjs']);
  if (code !== 0) throw new Error(`The tree does not build:\n${output}`);
}

/** A test file that fails without any break would seem to notice each: it is named, and not asked. */
async function findFailing(): Promise<ReadonlySet<string>> {
  const suites = [...new Set(chosen.flatMap((mutant) => mutant.suites))];
  const failed = new Set<string>();
  const prove = async (folder: string): Promise<void> => {
    for (let suite = suites.shift(); suite !== undefined; suite = suites.shift())
      if (await fails(folder, suite)) failed.add(suite);
  };
  await Promise.all(folders.map(prove));
  if (failed.size > 0) console.log(`Not asked, since they fail without any break: ${[...failed].join(', ')}`);
  return failed;
}

async function work(folder: string, queue: Mutant[], failing: ReadonlySet<string>): Promise<Result[]> {
  const results: Result[] = [];
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const result = await judge(folder, mutant, failing);
    results.push(result);
    console.log(line(result));
  }
  return results;
}

async function judge(folder: string, mutant: Mutant, failing: ReadonlySet<string>): Promise<Result> {
  const start = Date.now();
  const path = join(folder, mutant.file);
  const content = readFileSync(path, 'utf8');
  if (countMatches(mutant, content) !== 1)
    throw new Error(`${mutant.file}: this text must stand there once:\n${mutant.from}`);
  writeFileSync(
    path,
    content.replace(mutant.from, () => mutant.to),
  );
  try {
    await build(folder);
    for (const suite of mutant.suites.filter((one) => !failing.has(one)))
      if (await fails(folder, suite)) return { mutant, killer: suite, seconds: (Date.now() - start) / 1000 };
    return { mutant, seconds: (Date.now() - start) / 1000 };
  } finally {
    writeFileSync(path, content);
  }
}

/** Runs a test file until its end or its first failure. */
async function fails(folder: string, suite: string): Promise<boolean> {
  const file = join('test', `${suite}.test.ts`);
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: folder,
    env: { ...process.env, TMPDIR: join(folder, '.tmp') },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true, // a group of its own, which ends with it
  });
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  let failed = false;
  const timer = setTimeout(() => {
    failed = true;
    end();
  }, longest);
  child.stdout.setEncoding('utf8').on('data', (said: string) => {
    if (!/^\s*not ok /m.test(said)) return;
    failed = true;
    end();
  });
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  end(); // what it left behind
  return failed || code !== 0;
}

async function run(cwd: string, command: string, parameters: readonly string[]) {
  const child = spawn(command, parameters, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code, output };
}

function line({ mutant, killer, seconds }: Result): string {
  const verdict = killer ? 'killed' : mutant.equivalent ? 'equivalent' : 'SURVIVED';
  return `${verdict.padEnd(11)}${seconds.toFixed(1).padStart(6)} s  ${mutant.file}: ${mutant.breaks}${killer ? ` (${killer})` : ''}`;
}

function report(results: readonly Result[]): void {
  const survivors = results.filter(({ killer, mutant }) => !killer && !mutant.equivalent);
  const killed = results.filter(({ killer }) => killer).length;
  const minutes = ((Date.now() - began) / 60_000).toFixed(1);
  console.log(
    `\n${results.length} breaks: ${killed} killed, ${results.length - killed - survivors.length} equivalent, ${survivors.length} survived; ${minutes} minutes`,
  );
  for (const survivor of survivors) console.log(line(survivor));
  if (survivors.length > 0) process.exitCode = 1;
}
