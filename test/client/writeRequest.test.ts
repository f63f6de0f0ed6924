import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type Asked, writeRequest } from '../../client/commands/copy/writeRequest.ts';

const name = `it's "a" $(disk)`;
const asked: Asked = {
  url: `https://cloud.example/v2/images/${encodeURIComponent(name)}?a=1&b=2`,
  openstack: ['image', 'show', name],
  python: `conn.image.get_image(${JSON.stringify(name)})`,
};

test('words that a shell would read otherwise arrive as they are', () => {
  const words = (script: string): string[] =>
    execFileSync(
      'sh',
      ['-c', `openstack() { printf '%s\\n' "$@"; }; curl() { printf '%s\\n' "$@"; }; ${script}`],
      {
        encoding: 'utf8',
      },
    )
      .trimEnd()
      .split('\n');
  assert.deepEqual(words(writeRequest('openstack', asked, { region: 'DFW', cloud: 'my cloud' }) ?? ''), [
    ...['--os-cloud', 'my cloud', '--os-region-name', 'DFW', 'image', 'show', name],
  ]);
  const body = { input: { name } };
  const sent = words(writeRequest('curl', { ...asked, body }, { region: 'DFW' }) ?? '');
  assert.equal(sent.at(-1), asked.url);
  assert.deepEqual(JSON.parse(sent[sent.indexOf('-d') + 1] ?? ''), body);
  assert.ok(sent.some((word) => word.startsWith('X-Auth-Token: ')));
});

test('a program is one that Python reads, and signs in by clouds.yaml or the environment', () => {
  const body = { input: { name, size: 1, on: true } };
  if (!hasPython()) return;
  for (const around of [{ region: 'DFW' }, { region: 'DFW', cloud: 'acme' }]) {
    const text = writeRequest('Python', { ...asked, body }, around) ?? '';
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.argv[1])', text]);
    assert.match(
      text,
      around.cloud ? /cloud="acme", region_name="DFW"/ : /Signs in with the OS_\* variables/,
    );
    assert.match(text, /json\.loads\(/);
  }
});

test('a client without words for it is not offered, and no secret is written', () => {
  const { openstack: _, ...nameless } = asked;
  assert.equal(writeRequest('openstack', nameless, { region: 'DFW' }), undefined);
  assert.match(writeRequest('curl', asked, { region: 'DFW' }) ?? '', /OS_TOKEN=\$\(openstack .*token issue/);
});

function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}
