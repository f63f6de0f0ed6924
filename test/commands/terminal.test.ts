import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MiB, makeVhd } from '../tools/disks.ts';
import { onEmulator, openPlace } from './cli.ts';

/** What a person at a terminal sees and answers. `script` of util-linux is the terminal. */
const hasTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;
const { emulator, owner, cli } = await openPlace({ emulator: { open: ['create'] } }, '--speed', '100000');
const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Ctrl+D. */
const endOfInput = '\u0004';

/** Runs it at a terminal and answers its questions; what it wrote, with its control sequences. */
async function atTerminal(
  answer: 'y' | 'n' | typeof endOfInput,
  ...args: string[]
): Promise<{ code: number | null; screen: string }> {
  const quoted = [process.execPath, program, ...args].map((arg) => `'${arg}'`).join(' ');
  const child = spawn('script', ['-qefc', quoted, '/dev/null'], {
    cwd: cli.workspace,
    env: { ...process.env, HOME: cli.home },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let answered = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const questions = screen.match(/\[y\/N\] /g)?.length ?? 0;
    for (; answered < questions; answered++)
      child.stdin.write(answer === endOfInput ? answer : `${answer}\n`);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, screen };
}

test('a transfer says at each moment what it does', {
  skip: !hasTerminal && 'there is no script of util-linux',
}, async () => {
  mkdirSync(join(cli.workspace, 'exports'));
  makeVhd(join(cli.workspace, 'exports', 'web.vhd'), { guest: 'linux', virtualSize: 64 * MiB });
  cli.write(
    'web.image-import.yaml',
    'type: import\ninput: { import_from: exports/web.vhd, image_properties: { name: web } }\n---\nrole: web\n',
  );
  const imported = await atTerminal('y', 'import', 'web.image-import.yaml', onEmulator(emulator));
  assert.equal(imported.code, 0, imported.screen);
  assert.match(imported.screen, /uploading \d+ % of [\d.]+ MB/);
  const { code, screen } = await atTerminal(
    'y',
    'transfer',
    'web',
    '--from',
    'DFW',
    '--to',
    'ORD',
    '--cleanup',
    onEmulator(emulator),
  );
  assert.equal(code, 0, screen);
  const [, ...lines] = screen.split('\r\u001b[K').map((line) =>
    line
      .trim()
      .replace(/[0-9a-f-]{36}/, 'ID')
      .replace(/ \d+ % of .*/, ' N %'),
  );
  const told = lines.filter(
    (line, at) => line !== '' && line !== lines[at - 1] && !/^(?:ex|im)port: /.test(line),
  );
  assert.deepEqual(told.slice(0, -1), [
    'exporting',
    'export task ID in DFW',
    'copying the segments',
    'copying the segments N %',
    'segment 1 of 1 copied',
    'importing',
    'import task ID in ORD',
    'setting the properties',
    'setting 1 property of image ID',
    'removing the objects',
    'removing the exported objects',
    'done',
  ]);
});

test('a no changes nothing, and says so', {
  skip: !hasTerminal && 'there is no script of util-linux',
}, async () => {
  const undo = cli.kept('undo').at(-1) ?? '';
  for (const args of [
    ['export', 'web', '--container', 'made'],
    ['transfer', 'web', '--from', 'DFW', '--to', 'IAD', '--cleanup'],
    ['apply', '--undo', undo],
  ]) {
    const { code, screen } = await atTerminal('n', ...args, onEmulator(emulator));
    assert.equal(code, 0, screen);
    assert.match(screen, /\[y\/N\] .*n\s+Nothing was changed\.\s*$/, args.join(' '));
  }
  assert.equal((await cli.run(['plan', 'web.image-import.yaml', onEmulator(emulator)])).code, 2);
});

test('a misspelt verb is told the one that is near', async () => {
  const { code, stderr } = await cli.run(['lnit']);
  assert.equal(code, 64);
  assert.match(stderr, /^There is no verb 'lnit'\. Did you mean lint\?\n/);
  assert.match((await cli.run(['frobnicate'])).stderr, /^There is no verb 'frobnicate'\.\n/);
});

test('Ctrl+D at a question is a no', {
  skip: !hasTerminal && 'there is no script of util-linux',
}, async () => {
  const made = await owner.ask('POST', '/dfw/image/v2/images', { name: 'asked' });
  assert.equal(made.status, 201, made.text);
  cli.write('asked.image.yaml', `id: ${String(made.json['id'])}\nrole: web\n`);
  const { code, screen } = await atTerminal(endOfInput, 'apply', 'asked.image.yaml', onEmulator(emulator));
  assert.deepEqual([code, screen.includes('Nothing was changed.')], [0, true], screen);
  assert.doesNotMatch(screen, /Aborted/);
});
