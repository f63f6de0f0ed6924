import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureDebian } from '../tools/debian.ts';

/** What it may take, compressed. */
const mostBytes = 120 * 2 ** 20;

interface Image {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/**
 * Builds the image as where no registry is reachable, measures it, and runs what is in it by what it says of itself: its
 * user, environment, command and health check, in a network of its own, under chroot, since containers do not nest everywhere.
 */
export async function testContainer(root: string, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('The container is built and run as root.');
  ensureDebian(['buildah'], 'buildah');
  ensureDebian(['debootstrap'], 'debootstrap');
  const archive = join(folder, 'image.tar');
  const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  node('esbuild.mjs', '--production');
  node('packaging/npm/pack.ts');
  execFileSync(join(root, 'packaging', 'container', 'build.sh'), [archive], { stdio: 'inherit' });
  const compressed = Number(execFileSync('sh', ['-c', `gzip -c '${archive}' | wc -c`], { encoding: 'utf8' }));
  console.log(`Compressed: ${(compressed / 2 ** 20).toFixed(1)} MB.`);
  assert.ok(compressed <= mostBytes);

  const image = unpack(archive, folder);
  assert.deepEqual(Object.keys(image.Volumes), ['/data']);
  assert.equal(image.User, '10001:10001');
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, 10_001, 10_001);
  const inside = createInside(join(folder, 'rootfs'), data, image);

  const first = await inside.start();
  assert.match(first.log(), /Whoever reaches port 9292 of 0\.0\.0\.0 can use this cloud/);
  const [kind, ...health] = image.Healthcheck.Test;
  assert.equal(kind, 'CMD');
  assert.equal(inside.run(first.process, health).status, 0, 'it is healthy');
  const put = inside.run(first.process, ['node', '-e', request('PUT')]);
  assert.equal(put.status, 0, put.stderr);
  assert.equal(inside.run(first.process, ['id', '-u']).stdout.trim(), '10001');
  const record = statSync(join(data, 'emulator', 'emulator.db'));
  assert.deepEqual([record.uid, record.mode & 0o777], [10_001, 0o600]);
  assert.equal(await first.end(), 0);
  assert.equal(inside.run(undefined, health).status, 1, 'it is not healthy once it has ended');

  const second = await inside.start();
  const got = inside.run(second.process, ['node', '-e', request('GET')]);
  assert.equal(got.status, 0, got.stderr);
  assert.equal(await second.end(), 0);
  const lint = inside.run(undefined, [...image.Entrypoint, 'lint', '--allow-empty']);
  assert.equal(lint.status, 0, lint.stderr);
  console.log('It started as 10001, was healthy, kept its data in /data, and ended in order.');
}

/** Makes the root file system of an archive, and answers what the image says of itself. */
function unpack(archive: string, folder: string): Image {
  const [laid, rootfs] = [join(folder, 'archive'), join(folder, 'rootfs')];
  for (const one of [laid, rootfs]) mkdirSync(one);
  execFileSync('tar', ['-xf', archive, '-C', laid]);
  const [{ Config, Layers }] = JSON.parse(readFileSync(join(laid, 'manifest.json'), 'utf8'));
  for (const layer of Layers) execFileSync('tar', ['-xpf', join(laid, layer), '-C', rootfs]);
  return JSON.parse(readFileSync(join(laid, Config), 'utf8')).config;
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

interface Started {
  readonly process: ChildProcess;
  log(): string;
  end(): Promise<number | null>;
}

function createInside(rootfs: string, data: string, { User, Env, Entrypoint, Cmd, WorkingDir }: Image) {
  const enter = `ip link set lo up && mount -t proc proc '${rootfs}/proc' && mount --rbind /dev '${rootfs}/dev' &&
    mount --bind '${data}' '${rootfs}/data' && exec "$@"`;
  const chroot = ['chroot', `--userspec=${User}`, rootfs, 'env', '-i', `--chdir=${WorkingDir}`, ...Env];
  return {
    start: async (): Promise<Started> => {
      const args = ['--net', '--mount', 'sh', '-c', enter, 'sh', ...chroot, ...Entrypoint, ...Cmd];
      const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let log = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      const exited = once(child, 'exit');
      await Promise.race([
        once(createInterface({ input: child.stdout }), 'line'),
        exited.then(() => Promise.reject(new Error(`It did not start:\n${log}`))),
      ]);
      return {
        process: child,
        log: () => log,
        end: async () => {
          child.kill('SIGTERM');
          return (await exited)[0];
        },
      };
    },
    /** Runs a program beside a started one, in its network; or alone. */
    run: (beside: ChildProcess | undefined, args: readonly string[]) => {
      const way = beside
        ? ['nsenter', `--net=/proc/${beside.pid}/ns/net`, `--mount=/proc/${beside.pid}/ns/mnt`]
        : ['unshare', '--net'];
      const [command = '', ...rest] = [...way, ...chroot, ...args];
      return spawnSync(command, rest, { encoding: 'utf8' });
    },
  };
}
