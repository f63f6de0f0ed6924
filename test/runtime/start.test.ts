import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';

/** `npm start`, behind its build. */
const program = join(import.meta.dirname, '..', 'workbench', 'start.ts');

const home = mkdtempSync(join(tmpdir(), 'cloud-images-start-'));
chmodSync(home, 0o777);
after(() => rmSync(home, { recursive: true, force: true }));
const posix = { skip: process.platform === 'win32' && 'its programs are shell scripts' };

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): Ended {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

/** On a machine with a screen and a home of its own, where a program of PATH does what `script` says. Not as root. */
function startWith(name: string, script: string, ...args: string[]): Ended {
  const path = join(home, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const env = {
    PATH: [home, '/usr/bin', '/bin'].join(delimiter),
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    DISPLAY: ':1',
    npm_config_registry: 'http://registry.example',
    npm_config_prefix: '/elsewhere',
  };
  return spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    env,
    ...nobody,
  });
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

test('the demo opens in the VS Code of the machine, with the extension', posix, () => {
  const { status, stdout, stderr } = startWith(
    'code',
    `[ "$1" = --version ] && echo 1.200.0 && exit; echo "$@" > ${home}/opened; ls "$4" >> ${home}/opened`,
  );
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^Opening .*demo in VS Code\. This ends when its window is closed\.\n$/);
  const root = join(import.meta.dirname, '..', '..');
  assert.match(
    readFileSync(join(home, 'opened'), 'utf8'),
    new RegExp(
      `^--extensionDevelopmentPath=${root} --new-window --wait (\\S+) \\1/README.md\nREADME.md\nexports\nmanifests\n$`,
    ),
  );
});

test('a VS Code that cannot open its window is said in a sentence', posix, () => {
  const { status, stderr } = startWith('code', '[ "$1" = --version ] && echo 1.200.0 && exit; exit 3');
  assert.equal(status, 1);
  assert.equal(
    stderr,
    'VS Code ended with code 3. To open the demo in the browser instead: npm start -- --served\n',
  );
});

test(
  'a VS Code that is too old is passed over, and an install that fails is said in npm’s words',
  posix,
  () => {
    startWith('npm', `env > ${home}/environment; echo 'npm error code ECONNREFUSED' >&2; exit 1`);
    const { status, stdout, stderr } = startWith('code', 'echo 1.99.3');
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^The VS Code of this machine is 1\.99\.3; the extension needs 1\.\d+\.0\. Serving one instead\.\n$/,
    );
    assert.match(
      stderr,
      /^Installing VS Code's server .*, once…\nVS Code's server \(code-server [\d.]+\) cannot be installed into .*:\nnpm error code ECONNREFUSED\n$/,
    );
    const environment = readFileSync(join(home, 'environment'), 'utf8');
    assert.match(
      environment,
      /^npm_config_registry=http:\/\/registry\.example$/m,
      'the registry of the person',
    );
    assert.doesNotMatch(environment, /npm_config_prefix/);
  },
);

test('a folder in which the demo cannot be made is said in a sentence', () => {
  const file = join(home, 'file');
  writeFileSync(file, '');
  const make = (...args: string[]): Ended =>
    spawnSync(process.execPath, [join(program, '..', 'makeDemo.ts'), ...args], { encoding: 'utf8' });
  for (const [folder, words] of [
    [join(file, 'demo'), /^The demo cannot be made there: .*not a directory.*\n$/],
    [home, /holds other files already\. Name a new folder: npm run demo -- FOLDER\n$/],
  ] as const) {
    const { status, stderr } = make(folder);
    assert.equal(status, 1);
    assert.match(stderr, words);
  }
});
