import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { debianTools, ensureDebian } from '../tools/debian.ts';
import { startEmulator } from '../tools/emulator.ts';
import { olderNode } from '../tools/olderNode.ts';

/** The shell commands of README.md as one text, in order, in one bash with Debian's Node and a home of its own. */

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const home = mkdtempSync(join(tmpdir(), 'cloud-images-readme-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

/** What is not run, by its whole line, and why. A line that stands nowhere here is run. */
const notRun: Readonly<Record<string, string>> = {
  'npm ci && npm start': 'opens VS Code; test/workbench does',
  'npm ci && npm test': 'this test is part of it',
};

/** What is run in another way. */
const adapted: readonly (readonly [RegExp, string, why: string])[] = [
  [/^npm ci && npm run build && /, '', 'tests run in a repository that is installed and built'],
  [/(cloud-images (?:import|apply|export|transfer|copy) .*?)( #|$)/, '$1 --yes$2', 'nobody answers here'],
];

test('the shell commands of README work as one text', {
  skip: process.platform === 'win32' && 'it is a text for a POSIX shell',
}, async (context) => {
  ensureDebian(debianTools['openstack'] ?? [], 'openstack');
  const [ours, theirs] = [await freePort(), await freePort()];
  const shell = openShell();
  after(() => shell.end());
  const blocks = [...readme.matchAll(/^```(?:sh|bash)\n(.*?)^```$/gms)];
  let told = '';
  for (const [block, commands = ''] of blocks) {
    const before = block.includes('cloud-images lint') ? 1 : 0;
    for (const line of commands.split('\n').filter((one) => one !== '' && !one.startsWith('#'))) {
      if (Object.hasOwn(notRun, line)) continue;
      await context.test(line, async () => {
        let command = line.replaceAll('9292', String(ours)).replaceAll('9393', String(theirs));
        for (const [pattern, by] of adapted) command = command.replace(pattern, by);
        const said = / # .*ends with (\d)/.exec(line)?.[1];
        const { code, output } = await shell.run(command);
        assert.equal(code, said === undefined ? before : Number(said), output);
        assert.doesNotMatch(output, /TypeError|ReferenceError|SyntaxError|\n\s+at .*\.js:\d/);
        told += said ?? '';
      });
    }
  }
  assert.ok(blocks.length >= 8, 'the blocks are found');
  assert.match(told, /2.*1.*2/, 'what a comment says of an exit code is read');
});

test('the examples of the control interface are accepted', async () => {
  const emulator = await startEmulator({ data: join(home, 'controlled') });
  after(() => emulator.close());
  const [table = ''] = readme.slice(readme.indexOf('| `/emulator/…`')).split('\n\n', 1);
  let sent = 0;
  for (const row of table.split('\n')) {
    const [, path = ''] = /^\| `([a-z]+)`/.exec(row) ?? [];
    for (const [, body = ''] of row.matchAll(/`(\{.*?\})`/g)) {
      if (path === '') continue;
      const { status } = await fetch(`${emulator.url}/emulator/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
        body,
      });
      assert.ok(status < 300, `${path} ${body}: ${status}`);
      sent++;
    }
  }
  assert.ok(sent >= 8, `${sent} examples`);
});

interface Shell {
  run(command: string): Promise<{ readonly code: number; readonly output: string }>;
  end(): void;
}

function openShell(): Shell {
  const own = Object.entries(process.env).filter(([name]) => !/^(OS_|NODE_|CLOUD_IMAGES_|npm_)/.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((one) => !one.startsWith(root));
  const bash: ChildProcessWithoutNullStreams = spawn('bash', ['--norc'], {
    cwd: root,
    env: {
      ...Object.fromEntries(own),
      HOME: home,
      PATH: [dirname(olderNode(20)), ...path].join(delimiter),
      XDG_CACHE_HOME: join(home, '.cache'),
    },
    detached: true,
  });
  let output = '';
  let look = (): void => undefined;
  for (const stream of [bash.stdout, bash.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      look();
    });
  /** Resolves when the shell has said it. */
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      look = () => {
        const found = pattern.exec(output);
        if (found) resolve(found);
      };
      look();
    });
  return {
    async run(command) {
      output = '';
      const isBackground = /&\s*(?:#.*)?$/.test(command) && !command.includes('&&');
      bash.stdin.write(`${command}\necho "ended:$?:"\n`);
      const [, code] = await said(/ended:(\d+):/);
      if (isBackground) await said(/"ready":true/);
      return { code: Number(code), output };
    },
    end: () => {
      if (bash.pid !== undefined) process.kill(-bash.pid, 'SIGTERM');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('README lists every setting', () => {
  const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const settings = Object.keys(contributes.configuration.properties);
  const [, section = ''] = readme.split('\n## Settings\n');
  const listed = [...(section.split('\n## ')[0]?.matchAll(/^\| `([\w.]+)` \|/gm) ?? [])];
  assert.deepEqual(listed.map(([, name]) => `cloudImages.${name}`).sort(), settings.sort());
});
