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
const { emulator, cli } = await openPlace({}, '--speed', '100000');
const program = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** Runs it at a terminal and answers yes to the questions; what it wrote, with its control sequences. */
async function atTerminal(...args: string[]): Promise<{ code: number | null; screen: string }> {
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
    for (; answered < questions; answered++) child.stdin.write('y\n');
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
  const imported = await atTerminal('import', 'web.image-import.yaml', onEmulator(emulator));
  assert.equal(imported.code, 0, imported.screen);
  assert.match(imported.screen, /uploading \d+ % of [\d.]+ MB/);
  const { code, screen } = await atTerminal(
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
