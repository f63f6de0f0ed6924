/** What of the packages takes minutes, root or a network: `npm run test:packaging -- container|pre-commit`; without a part, both. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianTools, ensureDebian } from '../tools/debian.ts';
import { testContainer } from './container.ts';

const root = join(import.meta.dirname, '..', '..');
const parts: Readonly<Record<string, (folder: string) => void | Promise<void>>> = {
  container: (folder) => testContainer(root, folder),
  'pre-commit': testPreCommit,
};
const asked = process.argv.slice(2);
for (const [name, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`# ${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-packaging-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** pre-commit clones the last commit of this repository, installs it by npm, and holds a commit that the cloud would refuse. */
function testPreCommit(folder: string): void {
  ensureDebian(debianTools['pre-commit'] ?? [], 'pre-commit');
  const work = join(folder, 'work');
  mkdirSync(work);
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_)/.test(name));
  const env = { ...Object.fromEntries(own), PRE_COMMIT_HOME: join(folder, 'kept') };
  const rev = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  writeFileSync(
    join(work, '.pre-commit-config.yaml'),
    `repos: [{ repo: "${root}", rev: ${rev}, hooks: [{ id: cloud-images-lint }] }]\n`,
  );
  for (const [text, status, said] of [
    ['name: web\ncom.rackspace__1__x: "1"\n', 1, /web\.image\.yaml\n\s+2:1\s+error .*property\/protected/],
    ['name: web\n', 0, /cloud-images lint\.+Passed/],
  ] as const) {
    writeFileSync(join(work, 'web.image.yaml'), text);
    execFileSync('sh', ['-c', 'git init --quiet && git add .'], { cwd: work });
    const ran = spawnSync('pre-commit', ['run', '--all-files'], { cwd: work, env, encoding: 'utf8' });
    assert.equal(ran.status, status, ran.stdout + ran.stderr);
    assert.match(ran.stdout, said);
  }
  console.log('The hook was installed by npm, refused a manifest, and passed another.');
}
