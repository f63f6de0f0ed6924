import { CloudError, errorOf, unreachable } from './errors.ts';

/** `authUrl` ends in `/v3`, or in `/v2.0` (which alone knows API keys). */
export type Credentials = { readonly authUrl: string } & (
  | (UserCredentials & ({ readonly password: string } | { readonly apiKey: string }))
  | { readonly applicationCredential: { readonly id: string; readonly secret: string } }
);

interface UserCredentials {
  readonly userName: string;
  /** Name of the user's domain; without it, `Default`. */
  readonly userDomain?: string;
  /** Name of the account (project, tenant), or its id; without both, the user's own. */
  readonly project?: string;
  readonly projectId?: string;
  /** Name of the project's domain; without it, `Default`. */
  readonly projectDomain?: string;
}

export interface Authentication {
  readonly token: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly account: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  /** Public endpoints. */
  readonly catalogue: readonly { readonly service: string; readonly region: string; readonly url: string }[];
}

/** Signs in at Keystone v3 by password, or v2.0 by password or API key (facts/glance.md §11, facts/rackspace.md §6). */
export async function authenticate(credentials: Credentials): Promise<Authentication> {
  const base = credentials.authUrl.replace(/\/+$/, '');
  return base.endsWith('/v2.0') ? version2(base, credentials) : version3(base, credentials);
}

async function version3(base: string, credentials: Credentials): Promise<Authentication> {
  const url = `${base}/auth/tokens`;
  if ('apiKey' in credentials) {
    const text = 'Keystone v3 knows no API keys: sign in with a password, or at …/v2.0.';
    throw new CloudError({ method: 'POST', url }, { status: 0, text });
  }
  const answer = await post(url, {
    auth: 'password' in credentials ? byPassword(credentials) : byApplication(credentials),
  });
  const { token } = (await answer.json()) as Version3Body;
  return {
    token: answer.headers.get('x-subject-token') ?? '',
    user: { id: token.user.id, name: token.user.name },
    account: token.project ? { id: token.project.id, name: token.project.name } : { id: '', name: '' },
    roles: (token.roles ?? []).map(({ name }) => name),
    catalogue: (token.catalog ?? []).flatMap(({ type, endpoints }) =>
      endpoints
        .filter((endpoint) => endpoint.interface === 'public')
        .map((endpoint) => ({
          service: type,
          region: endpoint.region_id ?? endpoint.region ?? '',
          url: endpoint.url,
        })),
    ),
  };
}

function byPassword({
  userName,
  userDomain = 'Default',
  project,
  projectId,
  projectDomain = 'Default',
  password,
}: UserCredentials & { readonly password: string }): object {
  const user = { name: userName, domain: { name: userDomain }, password };
  const scope =
    projectId !== undefined
      ? { project: { id: projectId } }
      : project !== undefined
        ? { project: { name: project, domain: { name: projectDomain } } }
        : undefined;
  return { identity: { methods: ['password'], password: { user } }, ...(scope ? { scope } : {}) };
}

/** An application credential brings its project with it. */
function byApplication({
  applicationCredential,
}: {
  readonly applicationCredential: { readonly id: string; readonly secret: string };
}): object {
  return {
    identity: { methods: ['application_credential'], application_credential: applicationCredential },
  };
}

async function version2(base: string, credentials: Credentials): Promise<Authentication> {
  if ('applicationCredential' in credentials) {
    const text = 'Keystone v2.0 knows no application credentials: sign in at …/v3.';
    throw new CloudError({ method: 'POST', url: `${base}/tokens` }, { status: 0, text });
  }
  const { project, projectId } = credentials;
  const secret =
    'apiKey' in credentials
      ? { 'RAX-KSKEY:apiKeyCredentials': { username: credentials.userName, apiKey: credentials.apiKey } }
      : { passwordCredentials: { username: credentials.userName, password: credentials.password } };
  const tenant =
    projectId !== undefined ? { tenantId: projectId } : project !== undefined ? { tenantName: project } : {};
  const answer = await post(`${base}/tokens`, { auth: { ...secret, ...tenant } });
  const { access } = (await answer.json()) as Version2Body;
  const account = access.token.tenant ?? { id: '', name: '' };
  return {
    token: access.token.id,
    user: { id: access.user.id, name: access.user.name },
    account: { id: account.id, name: account.name },
    roles: access.user.roles.map(({ name }) => name),
    catalogue: access.serviceCatalog.flatMap(({ type, endpoints }) =>
      endpoints.map(({ region, publicURL }) => ({ service: type, region: region ?? '', url: publicURL })),
    ),
  };
}

async function post(url: string, body: object): Promise<Response> {
  const request = { method: 'POST', url };
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
      redirect: 'error',
    });
  } catch (error) {
    throw unreachable(request, error);
  }
  if (!answer.ok) throw await errorOf(request, answer);
  return answer;
}

interface Version3Body {
  token: {
    user: { id: string; name: string };
    project?: { id: string; name: string };
    roles?: { name: string }[];
    catalog?: {
      type: string;
      endpoints: { interface: string; region_id?: string; region?: string; url: string }[];
    }[];
  };
}

interface Version2Body {
  access: {
    token: { id: string; tenant?: { id: string; name: string } };
    user: { id: string; name: string; roles: { name: string }[] };
    serviceCatalog: { type: string; endpoints: { region?: string; publicURL: string }[] }[];
  };
}
