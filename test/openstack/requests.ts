/**
 * Requests to the Compute API, each sent to a real Nova and to the emulator; statuses, messages and the shapes of bodies
 * are compared.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '../../server/rules/json.ts';
import { removeFolder, start, temporaryFolder } from '../emulator/harness.ts';
import { type Names, requests, type Step } from './requestSteps.ts';

interface Cloud {
  readonly label: string;
  readonly compute: string;
  readonly image: string;
  readonly token: string;
  readonly names: Names;
}

interface Seen {
  readonly status: number;
  readonly body: Json;
  readonly location: string | null;
}

/** Who asks a cloud. */
export interface Account {
  readonly authUrl: string;
  readonly user: string;
  readonly password: string;
  /** Its id where it is a number, else its name. */
  readonly project: string;
}

async function connect(label: string, { authUrl, user, password, project }: Account): Promise<Cloud> {
  const byId = /^\d+$/.test(project);
  const scope = byId ? { id: project } : { name: project, domain: { id: 'default' } };
  const auth = {
    identity: {
      methods: ['password'],
      password: { user: { name: user, domain: { id: 'default' }, password } },
    },
    scope: { project: scope },
  };
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const { token } = (await answer.json()) as {
    token: {
      catalog: { type: string; endpoints: { interface: string; url: string }[] }[];
      project: { id: string };
    };
  };
  const find = (type: string) =>
    token.catalog.find((entry) => entry.type === type)?.endpoints.find((each) => each.interface === 'public')
      ?.url ?? '';
  return {
    label,
    compute: find('compute').replace(/\/$/, ''),
    image: find('image').replace(/\/(v2)?\/?$/, ''),
    token: answer.headers.get('x-subject-token') ?? '',
    names: { PROJECT: token.project.id },
  };
}

/** Sends a request, its names filled in. */
async function send(cloud: Cloud, { method, path, body, version }: Step): Promise<Seen> {
  const fill = (text: string) =>
    text.replaceAll(/\$([A-Z0-9_]+)/g, (_, name) => cloud.names[name] ?? `missing-${name}`);
  const base = path.startsWith('/image:') ? `${cloud.image}/v2` : cloud.compute;
  const url = base + fill(path.replace(/^\/image:/, ''));
  const isData = path.endsWith('/file');
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      'x-auth-token': cloud.token,
      ...(version === undefined ? {} : { 'openstack-api-version': `compute ${version}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': isData ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body === undefined
      ? {}
      : { body: isData || typeof body === 'string' ? String(body) : fill(JSON.stringify(body)) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: parse(text), location: answer.headers.get('location') };
}

function parse(text: string): Json {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** Keeps names for later requests, and waits for what the step asks to wait for. */
async function follow(cloud: Cloud, step: Step, seen: Seen): Promise<void> {
  for (const [name, find] of Object.entries(step.keep ?? {})) {
    const value = find(seen.body, seen.location);
    if (value !== undefined) cloud.names[name] = value;
  }
  if (!step.until) return;
  for (let tries = 0; tries < 600; tries++) {
    const { status, body } = await send(cloud, { method: 'GET', path: step.until.path });
    if (step.until.is(body, status)) return;
    await wait(100);
  }
  throw new Error(`${cloud.label}: ${step.method} ${step.path} did not come to its end.`);
}

const uuids = /\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b/gi;

/** What is the same on both clouds: texts without ids, and of other values the type. */
function shape(value: Json, cloud: Cloud, name = ''): Json {
  if (Array.isArray(value)) return value.slice(0, 1).map((item) => shape(item, cloud, name));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, member]) => [key, shape(member, cloud, key)]),
    );
  if (typeof value !== 'string') return counted.test(name) ? typeof value : value;
  if (value.startsWith('http')) return 'URL';
  // The first state of an imaging lasts a moment.
  const plain = value
    .replace('image_snapshot_pending', 'image_snapshot')
    .replaceAll(uuids, 'ID')
    .replaceAll(cloud.names['PROJECT'] ?? 'PROJECT', 'PROJECT');
  return free.has(name) ? typeof value : plain;
}

/** Numbers that depend on what was done before. */
const counted = /^(total.*(Used|hours|usage)|in_use|hours|uptime|id|size|OS-EXT-IMG-SIZE:size)$/;

/** Values that are each cloud's own. */
const free = new Set(
  `created updated adminPass hostId addr OS-EXT-IPS-MAC:mac_addr OS-SRV-USG:launched_at started_at start stop id name tenant_id user_id
   reservation_id start_time updated_at request_id user_id project_id fingerprint public_key private_key output created_at
   mac_addr ip_address os_hash_value owner_id OS-EXT-SRV-ATTR:hostname owner_user_name owner_project_name boot_roles checksum owner rel`.split(
    /\s+/,
  ),
);

/** Sends each request to the real cloud and to an emulator; answers how many are answered otherwise. */
export async function compareRequests(real: Account): Promise<number> {
  const data = temporaryFolder();
  const emulator = await start(data, '--profile', 'openstack', '--seed', 'empty', '--speed', '60');
  try {
    const authUrl = `${emulator.url}/identity/v3`;
    const ours = { authUrl, user: 'owner', password: 'emulator', project: '100001' };
    const clouds = [await connect('Nova', real), await connect('emulator', ours)];
    let differences = 0;
    for (const step of requests) {
      const seen = await Promise.all(clouds.map((cloud) => send(cloud, step)));
      const told = seen.map((each, index) =>
        JSON.stringify({
          status: each.status,
          body: step.exact ? each.body : shape(each.body, clouds[index] as Cloud),
          location: each.location !== null,
        }),
      );
      if (told[0] !== told[1]) {
        differences++;
        console.log(
          `${step.method} ${step.path} ${step.version ?? ''} ${JSON.stringify(step.body ?? '').slice(0, 160)}`,
        );
        for (const [index, text] of told.entries())
          console.log(`  ${clouds[index]?.label}: ${text.slice(0, 6000)}`);
      }
      await Promise.all(clouds.map((cloud, index) => follow(cloud, step, seen[index] as Seen)));
    }
    console.log(`\nnova: ${requests.length} requests, ${differences} answered otherwise`);
    return differences;
  } finally {
    await emulator.end();
    removeFolder(data);
  }
}
