import { formatRegion } from '../../kernel/regions.ts';
import type { Reply, Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../../services/context.ts';
import { type Html, html, sendPage, wantsPage } from './html.ts';

interface EmulatorAddress {
  readonly version: string;
  /** The data folder. */
  readonly data: string;
  url(): string;
}

/** Answers a person who opens the emulator's address in a browser. Undefined: the request is not such a one. */
export function answerWelcome(
  request: Request,
  reply: Reply,
  context: EmulatorContext,
  { version, url, data }: EmulatorAddress,
): Reply | undefined {
  const [path] = request.url.split('?', 1);
  if (path !== '/' || !['GET', 'HEAD'].includes(request.method) || !wantsPage(request)) return undefined;
  const { profile, clock, store } = context;
  const regions = context.regions.map(formatRegion);
  const who = findDemo(store) ?? { user: 'USER', account: 'ACCOUNT', password: 'PASSWORD' };
  const places = { url: url(), region: regions[0] ?? '', ...who };
  return sendPage(
    request,
    reply,
    'Cloud Images emulator',
    html`<h1>Cloud Images emulator</h1>
<p>A cloud on this machine: an image service, with identity, objects, servers, volumes and networks as far as images need
them. It refuses what the real services refuse. What is done here costs nothing, and nobody else sees it.</p>
<dl>
<dt>Version</dt><dd>${version}</dd>
<dt>Profile</dt><dd>${profile.name}</dd>
<dt>Release</dt><dd>${profile.release}</dd>
<dt>Regions</dt><dd>${regions.join(', ')}</dd>
<dt>Speed</dt><dd>${clock.state.speed} times as fast as the cloud</dd>
</dl>
${connecting(places, data)}
<h2>Requests</h2>
<p><a href="/emulator/requests">What was asked and answered</a>, with the rule that refused. It asks for the token of
<code>emulator.lock</code> in the data folder.</p>`,
  );
}

interface Place {
  readonly url: string;
  readonly region: string;
  readonly user: string;
  readonly account: string;
  readonly password: string;
}

function connecting({ url, region, user, account, password }: Place, data: string): Html {
  const note =
    password === 'PASSWORD'
      ? 'Users and passwords are those of the seed file.'
      : 'The lines sign in as a user of the demo; its other users have the same password.';
  return html`<h2>Connect</h2>
<p>${note}</p>
<p id="shell">In a shell, for <code>openstack</code> and other clients:</p>
<pre role="region" aria-labelledby="shell" tabindex="0">export OS_AUTH_URL=${url}/identity/v3 OS_IDENTITY_API_VERSION=3
export OS_USERNAME=${user} OS_PASSWORD=${password} OS_PROJECT_NAME=${account}
export OS_USER_DOMAIN_NAME=Default OS_PROJECT_DOMAIN_NAME=Default OS_REGION_NAME=${region}
openstack image list</pre>
<p id="clouds">In <code>clouds.yaml</code>:</p>
<pre role="region" aria-labelledby="clouds" tabindex="0">clouds:
  emulator:
    auth:
      auth_url: ${url}/identity/v3
      username: ${user}
      password: ${password}
      project_name: "${account}"
      user_domain_name: Default
      project_domain_name: Default
    region_name: ${region}</pre>
<p id="own">With <code>cloud-images</code>:</p>
<pre role="region" aria-labelledby="own" tabindex="0">cloud-images plan manifests --emulator=${quote(data)}</pre>`;
}

/** A path as a shell takes it. */
function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The first user of the demo cloud, if it is that. */
function findDemo(store: EmulatorContext['store']): Omit<Place, 'url' | 'region'> | undefined {
  return store.get<{ user: string; account: string; password: string }>(
    "SELECT name AS user, account, password FROM users WHERE name = 'owner' AND account = '100001' AND password = 'emulator'",
  );
}
