/**
 * `npm run test:tempest [-- SUITE …] [--real] [--only REGEX]`: OpenStack's own conformance tests (Debian's tempest).
 *   identity · image · object-storage    which suites; all three without a name
 *   --real                               against Debian's OpenStack, started on loopback, instead of the emulator
 *   --only REGEX                         the tests of those whose names match
 * Each suite ends with what passed, failed and was skipped. What fails stands with its traceback in a file.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { ensureDebian } from '../tools/debian.ts';
import { type Cloud, withEmulatedCloud, withRealCloud } from './clouds.ts';
import { writeSettings } from './settings.ts';

const suites = { identity: 'identity', image: 'image', 'object-storage': 'object_storage' } as const;
type Suite = keyof typeof suites;

const stestr = `[DEFAULT]
test_path=/usr/lib/python3/dist-packages/tempest/test_discover
top_dir=/usr/lib/python3/dist-packages
group_regex=([^\\.]*\\.)*
`;

interface Counts {
  ok: number;
  failed: number;
  skipped: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { real: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(suites);
const unknown = chosen.find((name) => !isSuite(name));
if (unknown) throw new Error(`There is no suite '${unknown}'. Use ${Object.keys(suites).join(', ')}.`);

ensureDebian(['tempest', 'python3-tempest', 'python3-stestr'], 'tempest');
const details = join(tmpdir(), `tempest-${values.real ? 'real' : 'emulator'}.log`);
writeFileSync(details, '');
await (values.real ? withRealCloud : withEmulatedCloud)(runSuites);

async function runSuites(cloud: Cloud): Promise<void> {
  const folder = temporaryFolder();
  try {
    const environment = writeSettings(folder, cloud);
    const results: [Suite, Counts][] = [];
    for (const suite of chosen.filter(isSuite))
      results.push([suite, await runSuite(suite, folder, environment)]);
    for (const [suite, { ok, failed, skipped }] of results)
      console.log(`${suite}: ${ok} passed, ${failed} failed, ${skipped} skipped`);
    console.log(`Tracebacks: ${details}`);
    if (results.some(([, { ok, failed }]) => failed > 0 || ok === 0)) process.exitCode = 1;
  } finally {
    removeFolder(folder);
  }
}

/** Runs one after another, as one person would. */
async function runSuite(suite: Suite, folder: string, environment: NodeJS.ProcessEnv): Promise<Counts> {
  const counts: Counts = { ok: 0, failed: 0, skipped: 0 };
  const cwd = join(folder, suite);
  mkdirSync(cwd);
  writeFileSync(join(cwd, '.stestr.conf'), stestr);
  const regex = `^tempest\\.api\\.${suites[suite]}\\.${values.only === '' ? '' : `.*(?:${values.only})`}`;
  const child = spawn('/usr/bin/tempest', ['run', '--concurrency', '1', '--regex', regex], {
    cwd,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    appendFileSync(details, `${line}\n`);
    const [, name, outcome] = /^\{\d+\} (.*?) (?:\[[\d.]+s\] )?\.\.\. (ok|FAILED|SKIPPED)/.exec(line) ?? [];
    if (outcome === undefined) continue;
    if (outcome === 'ok') counts.ok++;
    else {
      counts[outcome === 'FAILED' ? 'failed' : 'skipped']++;
      console.log(`${outcome} ${name}`);
    }
  }
  await closed;
  return counts;
}

function isSuite(name: string): name is Suite {
  return Object.hasOwn(suites, name);
}
