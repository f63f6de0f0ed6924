/** What brings hundreds of megabytes, or takes long: `npm test` leaves it to `npm run test:clients`. */
import assert from 'node:assert/strict';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientSession } from './programs.ts';
import { run } from './session.ts';

const folder = join(import.meta.dirname, 'programs');

clientSession(
  'gophercloud',
  {
    packages: ['golang-go', 'golang-github-gophercloud-gophercloud-dev'],
    has: '/usr/share/gocode/src/github.com/gophercloud/gophercloud',
  },
  async ({ emulator, program }) => {
    await program(['/usr/bin/go', 'run', ...globSync(join(folder, 'gophercloud', '*.go')).sort()], {
      GO111MODULE: 'off',
      GOPATH: '/usr/share/gocode',
      GOFLAGS: '',
      GOCACHE: join(emulator.data, 'go'), // of both rounds
    });
  },
);

clientSession(
  'pkgcloud',
  {
    packages: ['npm'],
    has: 'npm',
    prepare: async (folder) => {
      const words = ['install', '--silent', '--no-audit', '--no-fund', '--prefix', folder, 'pkgcloud@2.2.0'];
      const { code, stderr } = await run('npm', words, folder, { ...process.env });
      if (code !== 0) throw new Error(`npm cannot install pkgcloud: ${stderr}`);
      return { PKGCLOUD: join(folder, 'node_modules', 'pkgcloud') };
    },
  },
  async ({ program }) => {
    await program([process.execPath, '--no-deprecation', join(folder, 'pkgcloud.cjs')]);
  },
);

const collections = '/usr/lib/python3/dist-packages/ansible_collections';

clientSession(
  'ansible',
  {
    packages: ['ansible', 'python3-openstacksdk'],
    has: `${collections}/openstack/cloud`,
    // Debian's collection 1.10 refuses Debian's openstacksdk 0.101 by its number alone: its modules run unchanged with it.
    prepare: async (folder) => {
      const copy = join(folder, 'ansible_collections', 'openstack', 'cloud');
      cpSync(join(collections, 'openstack', 'cloud'), copy, { recursive: true });
      const file = join(copy, 'plugins', 'module_utils', 'openstack.py');
      const source = readFileSync(file, 'utf8');
      writeFileSync(file, source.replace(/^MAXIMUM_SDK_VERSION = .*$/m, 'MAXIMUM_SDK_VERSION = None'));
      return { ANSIBLE_COLLECTIONS_PATH: folder, ANSIBLE_STDOUT_CALLBACK: 'json' };
    },
  },
  async ({ env, folder: home, steps }) => {
    const words = ['-i', 'localhost,', '-c', 'local', join(folder, 'ansible.yaml')];
    const ran = await run('ansible-playbook', words, home, { ...env });
    const { plays } = JSON.parse(ran.stdout.slice(ran.stdout.indexOf('{')));
    for (const { task, hosts } of plays[0].tasks)
      if (!hosts.localhost.skipped)
        await steps.step(task.name, async () => assert.ok(!hosts.localhost.failed, hosts.localhost.msg));
    await steps.step('the playbook ends', async () => assert.equal(ran.code, 0, ran.stderr));
  },
);
