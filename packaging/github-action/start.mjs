/**
 * Starts a cloud that outlives this step, below RUNNER_TEMP, and exports what leads to it: OS_* and the control service's
 * address and token to GITHUB_ENV, `url` to GITHUB_OUTPUT.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, createReadStream, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const { env } = process;
const folder = join(env['RUNNER_TEMP'], 'cloud-images');
const data = join(folder, 'data');
mkdirSync(folder, { recursive: true });
const [said, log] = [join(folder, 'ready.json'), join(folder, 'emulator.log')];
const options = ['profile', 'release', 'config', 'seed', 'snapshot', 'speed'].flatMap((name) => {
  const value = env[`CLOUD_IMAGES_${name.toUpperCase()}`];
  return value ? [`--${name}`, value] : [];
});
const program = join(folder, 'node_modules', 'cloud-images', 'dist', 'cli.js');
const child = spawn(process.execPath, [program, 'emulator', '--data', data, ...options], {
  detached: true, // of this step
  stdio: ['ignore', openSync(said, 'w', 0o600), openSync(log, 'w', 0o600)],
  env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CLOUD_IMAGES_'))),
});
child.unref();

try {
  await lead();
} catch (error) {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    child.kill();
    await once(child, 'exit'); // the next start is to find no emulator on its data
  } else process.stderr.write(readFileSync(log, 'utf8'));
  console.error(`::error::${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

/** Waits until it serves, signs in, and exports what leads to it. */
async function lead() {
  const url = await Promise.race([readReady(), failed()]);
  const { token } = JSON.parse(readFileSync(join(data, 'emulator.lock'), 'utf8'));
  console.log(`::add-mask::${token}`);
  const { regions } = await (
    await fetch(`${url}/emulator`, { headers: { authorization: `Bearer ${token}` } })
  ).json();
  const names = regions.map(({ name }) => name);
  const region = names.includes('DFW') ? 'DFW' : names[0];
  const project = await signIn(url);
  appendFileSync(
    env['GITHUB_ENV'],
    Object.entries({
      OS_AUTH_URL: `${url}/identity/v3`,
      OS_IDENTITY_API_VERSION: '3',
      OS_USERNAME: user(),
      OS_PASSWORD: password(),
      OS_PROJECT_NAME: project,
      OS_USER_DOMAIN_NAME: 'Default',
      OS_PROJECT_DOMAIN_NAME: 'Default',
      OS_REGION_NAME: region,
      CLOUD_IMAGES_EMULATOR_URL: url,
      CLOUD_IMAGES_EMULATOR_TOKEN: token,
    })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  if (env['GITHUB_OUTPUT']) appendFileSync(env['GITHUB_OUTPUT'], `url=${url}\n`);
  console.log(`A cloud runs at ${url}: ${user()}, project ${project}, region ${region}.`);
}

function user() {
  return env['CLOUD_IMAGES_USER'] || 'owner';
}

function password() {
  return env['CLOUD_IMAGES_PASSWORD'] || 'emulator';
}

/** The address in the line that the emulator writes when it serves. */
async function readReady() {
  for (;;) {
    const chunks = await createReadStream(said).setEncoding('utf8').toArray();
    const [line = '', rest] = chunks.join('').split('\n');
    if (rest !== undefined) return JSON.parse(line).url;
    await delay(50);
  }
}

async function failed() {
  const [code] = await once(child, 'exit');
  throw new Error(`The cloud did not start (${code}).`);
}

/** The name of the user's own project. */
async function signIn(url) {
  const auth = {
    identity: {
      methods: ['password'],
      password: { user: { name: user(), password: password(), domain: { id: 'default' } } },
    },
  };
  const answer = await fetch(`${url}/identity/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const { token, error } = await answer.json();
  if (answer.status === 401)
    throw new Error(
      `The cloud has no user '${user()}' with this password. Give the inputs 'user' and 'password' those of a user of its seed or snapshot.`,
    );
  if (!answer.ok)
    throw new Error(`The sign-in of '${user()}' was answered ${answer.status}: ${error?.message}`);
  if (!token.project)
    throw new Error(`The user '${user()}' has no project. Name another in the input 'user'.`);
  return token.project.name;
}
