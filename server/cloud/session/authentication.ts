import type { Json } from '../../rules/json.ts';
import { misbehavior, readJson } from './bodies.ts';
import { readError } from './errorAnswer.ts';
import { CloudError, unreachable } from './errors.ts';

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

/** Signs in at Keystone v3 by password, or v2.0 by password or API key (SOURCES: glance §11, rackspace §6). */
export async function authenticate(credentials: Credentials, signal?: AbortSignal): Promise<Authentication> {
  const base = credentials.authUrl.replace(/\/+$/, '');
  return base.endsWith('/v2.0') ? version2(base, credentials, signal) : version3(base, credentials, signal);
}

async function version3(
  base: string,
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Promise<Authentication> {
  const url = `${base}/auth/tokens`;
  if ('apiKey' in credentials) {
    const text = 'Keystone v3 knows no API keys: sign in with a password, or at …/v2.0.';
    throw new CloudError({ method: 'POST', url }, { status: 0, text });
  }
  const body = { auth: 'password' in credentials ? byPassword(credentials) : byApplication(credentials) };
  const { answer, json } = await post(url, body, listSecrets(credentials), signal);
  return readAnswer(url, () => read3(json as unknown as Version3Body, answer.headers.get('x-subject-token')));
}

function read3({ token }: Version3Body, id: string | null): Authentication {
  if (!id) throw new TypeError('no token');
  return {
    token: id,
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

async function version2(
  base: string,
  credentials: Credentials,
  signal: AbortSignal | undefined,
): Promise<Authentication> {
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
  const url = `${base}/tokens`;
  const { json } = await post(url, { auth: { ...secret, ...tenant } }, listSecrets(credentials), signal);
  return readAnswer(url, () => read2(json as unknown as Version2Body));
}

function read2({ access }: Version2Body): Authentication {
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

/** An answer of another shape is the cloud's fault, and said so. */
function readAnswer(url: string, read: () => Authentication): Authentication {
  try {
    const answer = read();
    for (const { service, region, url: endpoint } of answer.catalogue)
      if (
        typeof service !== 'string' ||
        typeof region !== 'string' ||
        !/^https?:/.test(new URL(endpoint).protocol)
      )
        throw new TypeError('an endpoint is no address');
    return answer;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw misbehavior({ method: 'POST', url }, "the answer to the sign-in is not Keystone's", error);
  }
}

/** Lists the parts of credentials that must not be shown. */
export function listSecrets(credentials: Credentials): string[] {
  if ('applicationCredential' in credentials) return [credentials.applicationCredential.secret];
  return ['apiKey' in credentials ? credentials.apiKey : credentials.password];
}

async function post(
  url: string,
  body: object,
  secrets: readonly string[],
  interrupt: AbortSignal | undefined,
): Promise<{ readonly answer: Response; readonly json: Json }> {
  const request = { method: 'POST', url };
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.any([AbortSignal.timeout(30_000), ...(interrupt ? [interrupt] : [])]),
      redirect: 'error',
    });
  } catch (error) {
    interrupt?.throwIfAborted();
    throw unreachable(request, error);
  }
  if (!answer.ok) throw await readError(request, answer, secrets);
  return { answer, json: await readJson(request, answer) };
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
