/**
 * `npm run test:openstack [-- PART …]`: Debian's OpenStack, started on loopback, beside the emulator.
 *   clients [WORD …]        the sessions of the clients, all or those whose file names contain a word
 *   nova                    requests to the Compute API; where OS_AUTH_URL is set, to that cloud
 *   files [CASES [SEED]]    manifests, judged by Glance, the emulator and the editor; `files` may be left out
 * Without a part: all three, the last one with 200 cases.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSessions } from './clients.ts';
import { type Account, compareRequests } from './requests.ts';
import { startServices } from './services/cloud.ts';
import { password } from './services/place.ts';

const [part = '', ...more] = process.argv.slice(2);
const results: [name: string, failures: number][] = [];
const cloud = accountOfEnvironment();

if (/^\d+$/.test(part)) judgeFiles(part, ...more);
else if (part === 'files') judgeFiles(...more);
else if (part === 'nova' && cloud) results.push(['nova', await compareRequests(cloud)]);
else if (['', 'clients', 'nova'].includes(part)) {
  await askServices();
  if (part === '') judgeFiles('200');
} else throw new Error(`There is no part '${part}'. Use clients, nova or files.`);

console.log(`\n${results.map(([name, failures]) => `${name}: ${failures || 'no'} failures`).join(', ')}`);
process.exitCode = results.some(([, failures]) => failures > 0) ? 1 : 0;

/** Starts the services and runs what asks them: the clients first, while the cloud is empty. */
async function askServices(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cloud-images-openstack-'));
  const began = Date.now();
  const services = await startServices(folder, 'servers');
  const { addresses } = services;
  console.log(`Keystone, Glance and Nova answer after ${((Date.now() - began) / 1000).toFixed(0)} s.`);
  try {
    if (part !== 'nova') results.push(['clients', await runSessions(addresses, more)]);
    const owner = { authUrl: addresses.identity, user: 'owner', password, project: '100001' };
    if (part !== 'clients') results.push(['nova', await compareRequests(owner)]);
  } finally {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  }
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
