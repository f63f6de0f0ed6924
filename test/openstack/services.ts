/** Debian's Keystone and Glance on loopback, in a folder of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureDebian } from '../tools/debian.ts';

export interface Services {
  readonly identity: string;
  readonly image: string;
  close(): Promise<void>;
}

export const region = 'RegionOne';
export const password = 'emulator';
/** Whom Glance is when it asks Keystone. */
export const glanceUser = { name: 'glance', password: 'glance', project: 'service' };

/** Installs what is missing and starts both; `catalogue` makes users and the catalogue before Glance asks for them. */
export async function startServices(
  folder: string,
  catalogue: (identity: string, image: string) => Promise<void>,
): Promise<Services> {
  install();
  const [keystonePort, glancePort] = [await freePort(), await freePort()];
  const identity = `http://127.0.0.1:${keystonePort}/v3`;
  const image = `http://127.0.0.1:${glancePort}`;
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children) await end(child);
  };
  try {
    children.push(await startKeystone(join(folder, 'keystone'), keystonePort, identity));
    await catalogue(identity, image);
    children.push(await startGlance(join(folder, 'glance'), glancePort, identity, image));
    return { identity, image, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The packages would start services of their own; what runs here is started here. */
function install(): void {
  ensureDebian(['keystone', 'python3-keystone'], 'keystone-manage');
  ensureDebian(['glance-api', 'glance-common'], 'glance-api');
}

async function startKeystone(folder: string, port: number, url: string): Promise<ChildProcess> {
  const config = join(folder, 'keystone.conf');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    config,
    `[DEFAULT]
log_file = ${join(folder, 'keystone.log')}
[database]
connection = sqlite:///${join(folder, 'keystone.db')}
[token]
provider = fernet
[fernet_tokens]
key_repository = ${join(folder, 'fernet')}
[credential]
key_repository = ${join(folder, 'credential')}
`,
  );
  const manage = (...args: string[]): void => {
    execFileSync('/usr/bin/keystone-manage', ['--config-file', config, ...args], {
      stdio: 'pipe',
      env: environment,
    });
  };
  manage('db_sync');
  letReadersBe(join(folder, 'keystone.db'));
  for (const keys of ['fernet_setup', 'credential_setup'])
    manage(keys, '--keystone-user', userName(), '--keystone-group', userName());
  const urls = ['public', 'internal', 'admin'].flatMap((kind) => [`--bootstrap-${kind}-url`, url]);
  manage('bootstrap', '--bootstrap-password', password, '--bootstrap-region-id', region, ...urls);
  const parameters = ['--host', '127.0.0.1', '--port', String(port)];
  const more = { OS_KEYSTONE_CONFIG_FILES: config };
  return serve('/usr/bin/keystone-wsgi-public', parameters, more, url, join(folder, 'out'));
}

async function startGlance(
  folder: string,
  port: number,
  identity: string,
  url: string,
): Promise<ChildProcess> {
  const config = join(folder, 'glance-api.conf');
  for (const name of ['images', 'staging', 'tasks', 'lock'])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(
    config,
    `[DEFAULT]
bind_host = 127.0.0.1
bind_port = ${port}
workers = 0
log_file = ${join(folder, 'glance.log')}
enabled_backends = fast:file
public_endpoint = ${url}
enforce_secure_rbac = true
[database]
connection = sqlite:///${join(folder, 'glance.db')}
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = ${join(folder, 'images')}
[os_glance_staging_store]
filesystem_store_datadir = ${join(folder, 'staging')}
[os_glance_tasks_store]
filesystem_store_datadir = ${join(folder, 'tasks')}
[oslo_concurrency]
lock_path = ${join(folder, 'lock')}
[oslo_policy]
enforce_new_defaults = true
enforce_scope = true
[paste_deploy]
config_file = /etc/glance/glance-api-paste.ini
flavor = keystone
[keystone_authtoken]
www_authenticate_uri = ${identity}
auth_url = ${identity}
auth_type = password
project_name = ${glanceUser.project}
project_domain_id = default
username = ${glanceUser.name}
user_domain_id = default
password = ${glanceUser.password}
token_cache_time = 300
`,
  );
  const manage = ['--config-file', config, 'db_sync'];
  execFileSync('/usr/bin/glance-manage', manage, { stdio: 'pipe', env: environment });
  letReadersBe(join(folder, 'glance.db'));
  return serve('/usr/bin/glance-api', ['--config-file', config], {}, `${url}/versions`, join(folder, 'out'));
}

/** Keeps a request that still reads from locking out those that write. */
function letReadersBe(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}

/** Debian's Python, whatever stands before it in the path. */
const environment = { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PYTHONWARNINGS: 'ignore' };

function userName(): string {
  return execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
}

/** Starts a program and waits until it answers at an address. */
async function serve(
  program: string,
  parameters: readonly string[],
  more: Readonly<Record<string, string>>,
  address: string,
  log: string,
): Promise<ChildProcess> {
  const output = openSync(log, 'a');
  const child = spawn(program, parameters, {
    env: { ...environment, ...more },
    stdio: ['ignore', output, output],
    detached: true, // a group of its own, since it has workers
  });
  for (let looks = 0; looks < 600; looks++) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}; see ${log}.`);
    const answer = await fetch(address).catch(() => undefined); // not yet
    if (answer && answer.status < 400) return child;
    await wait(100);
  }
  await end(child);
  throw new Error(`${program} does not answer at ${address}; see ${log}.`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
