import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { verbs } from '../../server/verbs/verbs.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { ensureDebian } from '../tools/debian.ts';
import { cliIn } from './cli.ts';

const folder = temporaryFolder();
const cli = cliIn(folder);
const bin = join(folder, 'bin');
const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
const capture = join(import.meta.dirname, '..', 'fixtures', 'completion', 'capture.zsh');

before(() => {
  for (const command of ['zsh', 'fish', 'mandoc', 'groff']) ensureDebian([command], command);
  mkdirSync(bin);
  writeFileSync(join(bin, 'cloud-images'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  chmodSync(join(bin, 'cloud-images'), 0o755);
  cli.write('web.image.yaml', 'name: web\n');
  cli.write('clouds/one', '');
  cli.write('clouds.yaml', 'clouds:\n  production: {}\n  proving: {}\n  staging: {}\n');
});
after(() => removeFolder(folder));

test('the list and the help of each verb come from one table, and say each option', async () => {
  const { stdout, code } = await cli.run(['--help']);
  assert.equal(code, 0);
  for (const { name, options, examples } of verbs) {
    assert.match(stdout, new RegExp(`^cloud-images ${name}\\b`, 'm'));
    const help = await cli.run([...name.split(' '), '--help']);
    assert.deepEqual([help.code, help.stderr], [0, ''], name);
    for (const option of Object.keys(options))
      assert.match(help.stdout, new RegExp(`^  (-\\w, )?--${option}\\b`, 'm'), `${name} --${option}`);
    for (const example of examples) assert.ok(help.stdout.includes(example));
  }
});

test('a misspelt verb, option or value is answered with what was meant', async () => {
  for (const [args, text] of [
    [['plam', 'x'], /^There is no verb 'plam'\. Did you mean plan\?\n$/],
    [['--verison'], /^There is no option '--verison'\. Did you mean --version\?\n$/],
    [['quux'], /^There is no verb 'quux'\.\ncloud-images emulator /],
    [['completion', 'pwsh'], /not 'pwsh'\. Did you mean powershell\?/],
    [
      ['lint', '--max-warnings', '-1'],
      /^cloud-images lint: --max-warnings takes a whole number, not '-1'\. See cloud-images lint --help\.\n$/,
    ],
    [
      ['plan', '--image', '--yes'],
      /^cloud-images plan: --image has no value\. One that begins with a dash is written behind a sign: --image=-…\. See/,
    ],
    [['emulator', '--speed', '-1'], /--speed takes a number from 0\.001 to 1000000000, not '-1'/],
    [['lint', '--watch', '--format', 'sarif'], /--format sarif is one result, and --watch has many/],
    [['lint', '--watch', '--format', 'json'], /--format json is one result, and --watch has many/],
    [
      ['plan', '--coud', 'x'],
      /^cloud-images plan: Unknown option '--coud'\. Did you mean --cloud\? See cloud-images plan --help\.$/m,
    ],
    [
      ['lint', '--format', 'jsn'],
      /--format takes one of stylish, json, sarif, github, junit, not 'jsn'\. Did you mean json\?/,
    ],
    [['disk', '--profile', 'aws', 'x'], /--profile takes rackspace or openstack, not 'aws'\./],
    [['convert', '-x'], /Unknown option '-x'\./],
    [['mcp', 'manifests'], /mcp takes no 'manifests', only options\./],
  ] as const) {
    const { code, stderr, stdout } = await cli.run(args);
    assert.deepEqual([code, stdout], [64, ''], args.join(' '));
    assert.match(stderr, text);
  }
});

test('the manual is roff without a warning, and has every verb and option', async () => {
  const { stdout } = await cli.run(['man']);
  const page = join(folder, 'cloud-images.1');
  writeFileSync(page, stdout);
  assert.equal(execFileSync('mandoc', ['-Tlint', page], { encoding: 'utf8' }), '');
  // Without signs for bold and underlined.
  const groff = spawnSync('groff', ['-man', '-Tascii', '-P-cbou', '-ww', page], { encoding: 'utf8' });
  assert.deepEqual([groff.status, groff.stderr], [0, '']);
  const text = groff.stdout;
  for (const { name, options } of verbs) {
    assert.match(text, new RegExp(`^ +cloud-images ${name}\\b`, 'm'));
    for (const option of Object.keys(options)) assert.ok(text.includes(`--${option}`), option);
  }
});

/** What is typed up to the TAB, and what each shell is to offer of it: all of these, and none of those. */
const cases: readonly (readonly [line: string, offered: readonly string[], others: readonly string[]])[] = [
  ['cloud-images re', ['rehearse'], ['plan']],
  ['cloud-images plan --ver', ['--verbose'], ['--quiet']],
  ['cloud-images lint --format s', ['stylish', 'sarif'], ['json']],
  ['cloud-images convert --to ', ['terraform', 'k-orc'], ['web.image.yaml']],
  ['cloud-images plan --cloud pro', ['production', 'proving'], ['staging']],
  ['cloud-images plan web', ['web.image.yaml'], ['lint']],
  ['cloud-images completion f', ['fish'], ['zsh']],
  ['cloud-images explain tag/len', ['tag/length'], ['tag/url-safe']],
  ['cloud-images plan --emulator=clou', ['clouds'], ['web']],
  ['cloud-images emulator ', ['snapshot'], ['save', 'emulator']],
  ['cloud-images emulator --sn', ['--snapshot'], ['--name']],
  ['cloud-images emulator snapshot ', ['save', 'restore'], ['snapshot', 'web.image.yaml']],
  ['cloud-images emulator snapshot save --', ['--name', '--force'], ['--port']],
  ['cloud-images emulator snapshot save we', ['web.image.yaml'], ['save']],
  ['cloud-images he', ['help'], ['plan']],
  ['cloud-images help ', ['plan', 'emulator'], ['web.image.yaml']],
];

function environment() {
  return { ...process.env, HOME: cli.home, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

function check(answers: readonly (readonly string[])[]): void {
  for (const [at, [line, offered, others]] of cases.entries()) {
    const found = (answers[at] ?? []).map((one) => one.replace(/^--\w+=/, '').replace(/[/ ]+$/, ''));
    for (const one of offered) assert.ok(found.includes(one), `${line} offers ${one}: ${found.join(' ')}`);
    for (const one of others) assert.ok(!found.includes(one), `${line} does not offer ${one}`);
  }
}

function runShell(command: string, args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(command, args, {
    cwd: cli.workspace,
    env: environment(),
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${command}: ${stderr}`);
  return stdout;
}

test('bash completes verbs, options, their values, files, clouds, folders and codes', async () => {
  const { stdout: script } = await cli.run(['completion', 'bash']);
  // As readline splits a line: `=` is a word of its own.
  const asks = cases.map(([line]) => {
    const words = line.split(/ |(?==)|(?<==)/);
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; COMP_LINE='${line}'; COMPREPLY=(); _cloud_images
[ \${#COMPREPLY[@]} = 0 ] && COMPREPLY=($(compgen -f -- '${words.at(-1)}')) # -o default
printf '%s\\t' "\${COMPREPLY[@]}"; echo`;
  });
  const asking = join(folder, 'ask.bash');
  writeFileSync(asking, `${script}\n${asks.join('\n')}\n`);
  const output = runShell('bash', ['--norc', asking]);
  check(output.split('\n').map((line) => line.split('\t')));
});

test('fish completes the same', async () => {
  const { stdout: script } = await cli.run(['completion', 'fish']);
  const asks = cases.map(([line]) => `complete -C '${line}'; echo ---`);
  const asking = join(folder, 'ask.fish');
  writeFileSync(asking, `${script}\n${asks.join('\n')}\n`);
  const output = runShell('fish', ['--no-config', asking]);
  check(output.split('---\n').map((part) => part.split('\n').map((line) => line.split('\t')[0] ?? '')));
});

test('zsh completes the same', async () => {
  const { stdout: script } = await cli.run(['completion', 'zsh']);
  mkdirSync(join(folder, 'functions'), { recursive: true });
  writeFileSync(join(folder, 'functions', '_cloud-images'), script);
  const ask = (line: string) => runShell('zsh', ['-f', capture, join(folder, 'functions'), line]);
  check(cases.map(([line]) => ask(line).split(/\r?\n/)));
});

test('the script for PowerShell closes what it opens', async () => {
  const { stdout } = await cli.run(['completion', 'powershell']);
  const code = stdout
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/"[^"]*"/g, '""')
    .replace(/#.*$/gm, '');
  assert.doesNotMatch(code, /['"](?!['"])(?<!['"]['"])/, 'all strings are closed');
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };
  for (const [sign] of code.matchAll(/[()[\]{}]/g))
    if (pairs[sign] === undefined) open.push(sign);
    else assert.equal(open.pop(), pairs[sign]);
  assert.deepEqual(open, []);
  for (const { name, options } of verbs)
    for (const option of Object.keys(options)) {
      const entry = stdout.slice(stdout.indexOf(`    '${name}' = @{`));
      assert.ok(entry.includes(`'--${option}' = @{`), `${name} --${option}`);
    }
});
