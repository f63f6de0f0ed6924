/**
 * `npm run test:openstack [-- PART …]`: Debian's OpenStack, started on loopback, beside the emulator.
 *   clients [WORD …]        the sessions of the clients, all or those whose file names contain a word
 *   nova                    requests to the Compute API; where OS_AUTH_URL is set, to that cloud
 *   imports                 sources and rotations of manifests, by the command line
 *   rehearse                `rehearse --cloud` in a project that holds nothing, killed midway and beside others
 *   journeys                a real VS Code, connected to it
 *   serve                   nothing: it runs until Ctrl+C, and prints a clouds.yaml
 *   files [CASES [SEED]]    manifests, judged by Glance, the emulator and the editor; `files` may be left out
 * Without a part: clients, nova, rehearse, journeys, imports, and files with 200 cases.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSessions } from './clients.ts';
import { emptyCloud } from './empty.ts';
import { runJourneys } from './journeys.ts';
import { type Account, compareRequests } from './requests.ts';
import type { Administrator } from './services/administrator.ts';
import { startServices } from './services/cloud.ts';
import { type Addresses, downloadPort, password } from './services/place.ts';

const [part = '', ...more] = process.argv.slice(2);
const results: [name: string, failures: number][] = [];
const cloud = accountOfEnvironment();

if (/^\d+$/.test(part)) judgeFiles(part, ...more);
else if (part === 'files') judgeFiles(...more);
else if (part === 'imports') await bringBytes();
else if (part === 'nova' && cloud) results.push(['nova', await compareRequests(cloud)]);
else if (['', 'clients', 'nova', 'rehearse', 'journeys', 'serve'].includes(part)) {
  await askServices();
  if (part === '') {
    await bringBytes();
    judgeFiles('200');
  }
} else
  throw new Error(
    `There is no part '${part}'. Use clients, nova, rehearse, journeys, imports, serve or files.`,
  );

console.log(`\n${results.map(([name, failures]) => `${name}: ${failures || 'no'} failures`).join(', ')}`);
process.exitCode = results.some(([, failures]) => failures > 0) ? 1 : 0;

/** Starts the services and runs what asks them: the clients first, while the cloud is empty. */
async function askServices(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-openstack-'));
  const began = Date.now();
  const services = await startServices(folder, 'servers');
  const { addresses } = services;
  const seconds = ((Date.now() - began) / 1000).toFixed(0);
  console.log(`Keystone, Glance, Swift and Nova answer after ${seconds} s.`);
  const chosen = (name: string): boolean => part === '' || part === name;
  try {
    if (part === 'serve') await serveUntilInterrupted(addresses);
    if (chosen('clients')) results.push(['clients', await runSessions(addresses, more)]);
    const owner = { authUrl: addresses.identity, user: 'owner', password, project: '100001' };
    if (chosen('nova')) results.push(['nova', await compareRequests(owner)]);
    if (chosen('rehearse')) runFile('rehearse', await makeDisposable(services.administrator, addresses));
    if (chosen('journeys')) {
      await emptyCloud(services.administrator);
      results.push(['journeys', await runJourneys(services.administrator)]);
    }
  } finally {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints how clients reach the cloud. A signal ends the services, and with them this process. */
async function serveUntilInterrupted({ identity }: Addresses): Promise<never> {
  const entry = { auth: { auth_url: identity, username: 'owner', password, project_name: '100001' } };
  console.log(`clouds.yaml:\n${JSON.stringify({ clouds: { real: entry } }, null, 2)}`);
  const alive = setInterval(() => undefined, 60_000);
  return new Promise<never>(() => alive.ref());
}

/** On a Glance of its own, which may download from this machine. */
async function bringBytes(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-openstack-'));
  const services = await startServices(folder, 'images', downloadPort);
  try {
    const owner: Account = {
      authUrl: services.addresses.identity,
      user: 'owner',
      password,
      project: '100001',
    };
    runFile('imports', owner);
  } finally {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A project of its own for rehearsals, and its only member. */
async function makeDisposable(administrator: Administrator, { identity }: Addresses): Promise<Account> {
  const name = 'disposable';
  const domain_id = 'default';
  const project = await administrator.make('identity', '/projects', 'project', { name, domain_id });
  const user = await administrator.make('identity', '/users', 'user', { name, password, domain_id });
  const [member] = await administrator.list('identity', '/roles?name=member');
  const path = `/projects/${project}/users/${user}/roles/${member?.['id']}`;
  await administrator.ask('identity', 'PUT', path);
  return { authUrl: identity, user: name, password, project: name };
}

/** Runs the tests of a file as an account. */
function runFile(name: string, account: Account): void {
  const script = join(import.meta.dirname, `${name}.ts`);
  const env = { ...process.env, TEST_ACCOUNT: JSON.stringify(account) };
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit', env });
  results.push([name, status === 0 ? 0 : 1]);
}

/** In a process of its own: it starts and empties a Glance of its own. */
function judgeFiles(...parameters: string[]): void {
  const script = join(import.meta.dirname, 'files.ts');
  const { status } = spawnSync(process.execPath, [script, ...parameters], { stdio: 'inherit' });
  results.push(['files', status === 0 ? 0 : 1]);
}

function accountOfEnvironment(): Account | undefined {
  const {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: user = 'demo',
    OS_PASSWORD: secret = 'demopw',
    OS_PROJECT_NAME: project = 'demo',
  } = process.env;
  return authUrl ? { authUrl, user, password: secret, project } : undefined;
}
