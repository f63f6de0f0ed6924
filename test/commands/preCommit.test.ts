import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';
import { debianTools, ensureDebian } from '../tools/debian.ts';

/** The hook of `.pre-commit-hooks.yaml`, as pre-commit runs it at a commit, on what was built; test/packaging/run.ts installs it as well. */
const root = join(import.meta.dirname, '..', '..');
const folder = temporaryFolder();
after(() => removeFolder(folder));

const bin = join(folder, 'bin');
const env = {
  ...process.env,
  PATH: [bin, process.env['PATH']].join(delimiter),
  PRE_COMMIT_HOME: join(folder, 'kept'),
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' },
};
const git = (of: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd: of, env, encoding: 'utf8' }).trim();

test('a commit of a manifest that the cloud would refuse is held, with what lint says; a mended one goes', () => {
  ensureDebian(debianTools['pre-commit'] ?? [], 'pre-commit');
  mkdirSync(bin);
  symlinkSync(join(root, 'dist', 'cli.js'), join(bin, 'cloud-images'));
  const hooks = join(folder, 'hooks');
  const work = join(folder, 'work');
  for (const one of [hooks, work]) {
    mkdirSync(one);
    git(one, 'init', '--quiet');
  }
  copyFileSync(join(root, '.pre-commit-hooks.yaml'), join(hooks, '.pre-commit-hooks.yaml'));
  git(hooks, 'add', '.');
  git(hooks, 'commit', '--quiet', '-m', 'hooks');
  const rev = git(hooks, 'rev-parse', 'HEAD');
  writeFileSync(
    join(work, '.pre-commit-config.yaml'),
    `repos: [{ repo: "${hooks}", rev: ${rev}, hooks: [{ id: cloud-images-lint, language: system }] }]\n`,
  );
  execFileSync('pre-commit', ['install'], { cwd: work, env });

  const commit = (text: string) => {
    writeFileSync(join(work, 'web.image.yaml'), text);
    writeFileSync(join(work, 'other.yaml'), text);
    git(work, 'add', '.');
    return spawnSync('git', ['commit', '-m', 'web'], { cwd: work, env, encoding: 'utf8' });
  };
  const held = commit('name: web\ncom.rackspace__1__x: "1"\n');
  assert.equal(held.status, 1, held.stdout + held.stderr);
  assert.match(held.stdout + held.stderr, /web\.image\.yaml\n\s+2:1\s+error .*property\/protected/);
  assert.doesNotMatch(held.stdout + held.stderr, /other\.yaml/);
  const gone = commit('name: web\n');
  assert.equal(gone.status, 0, gone.stdout + gone.stderr);
  assert.equal(
    git(work, 'show', 'HEAD:web.image.yaml'),
    readFileSync(join(work, 'web.image.yaml'), 'utf8').trim(),
  );
});
