import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureDebian } from '../tools/debian.ts';

/** What the image may take, compressed. */
const mostBytes = 120 * 2 ** 20;

/**
 * Builds the image as where no registry is reachable, measures it, and runs it with podman, without a network but its own: as
 * its user, with its health check, and its data in a volume.
 */
export async function testContainer(root: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('The image is built and run as root.');
  for (const tool of ['buildah', 'debootstrap', 'podman', 'runc']) ensureDebian([tool], tool);
  const archive = join(folder, 'image.tar');
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  node('esbuild.mjs', '--production');
  node('packaging/npm/pack.ts');
  execFileSync(join(root, 'packaging', 'container', 'build.sh'), [archive], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const compressed = Number(execFileSync('sh', ['-c', `gzip -c '${archive}' | wc -c`], { encoding: 'utf8' }));
  console.log(`The image has ${(compressed / 1e6).toFixed(1)} MB, compressed.`);
  assert.ok(compressed <= mostBytes);

  const podman = openPodman(folder);
  try {
    podman.run('load', '--quiet', '--input', archive);
    const { User, Volumes } = JSON.parse(podman.run('image', 'inspect', image))[0].Config;
    assert.deepEqual([User, Object.keys(Volumes)], ['10001:10001', ['/data']]);
    await podman.start('first');
    assert.match(podman.run('logs', 'first'), /Whoever reaches port 9292 of 0\.0\.0\.0 can use this cloud/);
    podman.run('healthcheck', 'run', 'first');
    podman.run('exec', 'first', 'node', '-e', request('PUT'));
    assert.equal(podman.run('exec', 'first', 'id', '-u').trim(), '10001');
    const record = podman.run('exec', 'first', 'stat', '-c', '%u %a', '/data/emulator/emulator.db');
    assert.equal(record.trim(), '10001 600');
    assert.equal(podman.stop('first'), 0);
    await podman.start('second');
    podman.run('exec', 'second', 'node', '-e', request('GET'));
    assert.equal(podman.stop('second'), 0);
    podman.run('run', '--rm', ...limits, image, 'lint', '--allow-empty');
    const unwell = podman
      .run('run', '--detach', ...limits, '--name', 'third', '--entrypoint', 'sleep', image, '60')
      .trim();
    assert.throws(() => podman.run('healthcheck', 'run', unwell), 'where no emulator runs it is unhealthy');
  } finally {
    podman.run('rm', '--all', '--force', '--time', '0');
    podman.run('volume', 'rm', '--all', '--force');
  }
  console.log('It ran as 10001, was healthy, kept its data in /data, and ended in order.');
}

const image = 'localhost/cloud-images:latest';
/** What a container inside another one can be given; there is no systemd to ask its health by itself. */
const limits = [
  ...['--network', 'none', '--health-interval', 'disable'],
  ...['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'],
];

function openPodman(folder: string) {
  const [store, state] = [join(folder, 'podman'), join(folder, 'podman-run')];
  const own = [
    '--root',
    store,
    '--runroot',
    state,
    '--volumepath',
    join(folder, 'volumes'),
    '--storage-driver',
    'vfs',
  ];
  const options = [...own, '--cgroup-manager', 'cgroupfs', '--runtime', 'runc'];
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync('podman', [...options, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`podman ${args[0]} ${args[1]}: ${stdout}${stderr}`);
    return `${stdout}${args[0] === 'logs' ? stderr : ''}`;
  };
  return {
    run,
    /** Starts a cloud on the volume, and waits until it serves. */
    start: async (name: string): Promise<void> => {
      run('run', '--detach', '--name', name, ...limits, '--volume', 'cloud:/data', image);
      const logs = spawn('podman', [...options, 'logs', '--follow', name], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const line = await Promise.race([
        once(createInterface({ input: logs.stdout }), 'line'),
        once(logs, 'exit'),
      ]);
      logs.kill();
      assert.match(String(line[0]), /"ready":true/, run('logs', name));
    },
    /** Answers the exit code. */
    stop: (name: string): number => {
      run('stop', '--time', '30', name);
      return Number(run('inspect', '--format', '{{.State.ExitCode}}', name));
    },
  };
}

/** A program that uploads an object, or finds it. */
function request(method: 'PUT' | 'GET'): string {
  return `(async () => {
    const url = 'http://127.0.0.1:9292';
    const auth = { passwordCredentials: { username: 'owner', password: 'emulator' } };
    const signedIn = await fetch(url + '/identity/v2.0/tokens', { method: 'POST', body: JSON.stringify({ auth }) });
    const headers = { 'x-auth-token': (await signedIn.json()).access.token.id };
    const body = ${method === 'PUT' ? "'kept'" : 'undefined'};
    const answer = await fetch(url + '/dfw/object-store/v1/100001/exports/x', { method: '${method}', headers, body });
    if (!answer.ok) throw new Error(String(answer.status));
  })()`;
}
