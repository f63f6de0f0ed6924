import type { Json } from '../../rules/json.ts';
import { misbehavior, readJson } from './bodies.ts';
import { readError } from './errorAnswer.ts';
import { CloudError, unreachable } from './errors.ts';

/** `authUrl` ends in `/v3`, or in `/v2.0` (which alone knows API keys). */
export type Credentials = { readonly authUrl: string } & (
  | (UserCredentials & ({ readonly password: string } | { readonly apiKey: string }))
  | (Scope & { readonly token: string })
  | { readonly applicationCredential: ApplicationCredential }
);

interface Scope {
  /** Name of the account (project, tenant), or its id; without both, the user's own. */
  readonly project?: string;
  readonly projectId?: string;
  /** Without it, that of the name `Default`. */
  readonly projectDomain?: Domain;
}

interface UserCredentials extends Scope {
  readonly userName: string;
  /** Without it, that of the name `Default`. */
  readonly userDomain?: Domain;
}

export type Domain = { readonly id: string } | { readonly name: string };

/** By its id, or by its name and its user's. */
export type ApplicationCredential = { readonly secret: string } & (
  | { readonly id: string }
  | {
      readonly name: string;
      readonly user: { readonly id: string } | { readonly name: string; readonly domain: Domain };
    }
);

export interface Authentication {
  readonly token: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly account: { readonly id: string; readonly name: string };
  readonly roles: readonly string[];
  /** Public endpoints. */
  readonly catalogue: readonly {
    readonly service: string;
    /** Of the service, as the cloud calls it. */
    readonly name: string;
    readonly region: string;
    readonly url: string;
  }[];
  /** Names of the fields that the answer says of the token and its user. */
  readonly fields: readonly string[];
  /** True where the answer bears the header of our emulator. */
  readonly isEmulator: boolean;
}

/** Signs in at Keystone v3 or v2.0, which alone takes API keys (SOURCES: glance §11, rackspace §6). */
export async function authenticate(credentials: Credentials, way: Way): Promise<Authentication> {
  const base = credentials.authUrl.replace(/\/+$/, '');
  return base.endsWith('/v2.0') ? version2(base, credentials, way) : version3(base, credentials, way);
}

/** How requests go out. */
export interface Way {
  readonly signal?: AbortSignal | undefined;
  /** `fetch`, or one that goes through a proxy. */
  readonly send: typeof fetch;
}

const emulatorHeader = 'x-cloud-images-emulator';

async function version3(base: string, credentials: Credentials, way: Way): Promise<Authentication> {
  const url = `${base}/auth/tokens`;
  if ('apiKey' in credentials) {
    const text = 'Keystone v3 knows no API keys: sign in with a password, or at …/v2.0.';
    throw new CloudError({ method: 'POST', url }, { status: 0, text });
  }
  const body = { auth: toVersion3(credentials) };
  const { answer, json } = await post(url, body, listSecrets(credentials), way);
  return readAnswer(url, () => read3(json as unknown as Version3Body, answer.headers));
}

function read3({ token }: Version3Body, headers: Headers): Authentication {
  const id = headers.get('x-subject-token');
  if (!id) throw new TypeError('no token');
  return {
    token: id,
    user: { id: token.user.id, name: token.user.name },
    account: token.project ? { id: token.project.id, name: token.project.name } : { id: '', name: '' },
    roles: (token.roles ?? []).map(({ name }) => name),
    fields: [...Object.keys(token), ...Object.keys(token.user)],
    isEmulator: headers.has(emulatorHeader),
    catalogue: (token.catalog ?? []).flatMap(({ type, name = '', endpoints }) =>
      endpoints
        .filter((endpoint) => endpoint.interface === 'public')
        .map((endpoint) => ({
          service: type,
          name,
          region: endpoint.region_id ?? endpoint.region ?? '',
          url: endpoint.url,
        })),
    ),
  };
}

const defaultDomain: Domain = { name: 'Default' };

/** The proof and what it is for. An application credential brings its project with it. */
function toVersion3(credentials: Exclude<Credentials, { readonly apiKey: string }>): object {
  if ('applicationCredential' in credentials)
    return prove('application_credential', credentials.applicationCredential);
  const { project, projectId, projectDomain = defaultDomain } = credentials;
  const scope =
    projectId !== undefined
      ? { scope: { project: { id: projectId } } }
      : project !== undefined
        ? { scope: { project: { name: project, domain: projectDomain } } }
        : {};
  if ('token' in credentials) return { ...prove('token', { id: credentials.token }), ...scope };
  const { userName, userDomain = defaultDomain, password } = credentials;
  return { ...prove('password', { user: { name: userName, domain: userDomain, password } }), ...scope };
}

function prove(method: string, proof: object): object {
  return { identity: { methods: [method], [method]: proof } };
}

async function version2(base: string, credentials: Credentials, way: Way): Promise<Authentication> {
  if ('applicationCredential' in credentials) {
    const text = 'Keystone v2.0 knows no application credentials: sign in at …/v3.';
    throw new CloudError({ method: 'POST', url: `${base}/tokens` }, { status: 0, text });
  }
  const { project, projectId } = credentials;
  const secret =
    'token' in credentials
      ? { token: { id: credentials.token } }
      : 'apiKey' in credentials
        ? { 'RAX-KSKEY:apiKeyCredentials': { username: credentials.userName, apiKey: credentials.apiKey } }
        : { passwordCredentials: { username: credentials.userName, password: credentials.password } };
  const tenant =
    projectId !== undefined ? { tenantId: projectId } : project !== undefined ? { tenantName: project } : {};
  const url = `${base}/tokens`;
  const body = { auth: { ...secret, ...tenant } };
  const { answer, json } = await post(url, body, listSecrets(credentials), way);
  return readAnswer(url, () => read2(json as unknown as Version2Body, answer.headers));
}

function read2({ access }: Version2Body, headers: Headers): Authentication {
  const account = access.token.tenant ?? { id: '', name: '' };
  return {
    token: access.token.id,
    user: { id: access.user.id, name: access.user.name },
    account: { id: account.id, name: account.name },
    roles: access.user.roles.map(({ name }) => name),
    fields: [...Object.keys(access.token), ...Object.keys(access.user)],
    isEmulator: headers.has(emulatorHeader),
    catalogue: access.serviceCatalog.flatMap(({ type, name = '', endpoints }) =>
      endpoints.map(({ region, publicURL }) => ({
        service: type,
        name,
        region: region ?? '',
        url: publicURL,
      })),
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
  if ('token' in credentials) return [credentials.token];
  return ['apiKey' in credentials ? credentials.apiKey : credentials.password];
}

async function post(
  url: string,
  body: object,
  secrets: readonly string[],
  { signal: interrupt, send }: Way,
): Promise<{ readonly answer: Response; readonly json: Json }> {
  const request = { method: 'POST', url };
  let answer: Response;
  try {
    answer = await send(url, {
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
      name?: string;
      endpoints: { interface: string; region_id?: string; region?: string; url: string }[];
    }[];
  };
}

interface Version2Body {
  access: {
    token: { id: string; tenant?: { id: string; name: string } };
    user: { id: string; name: string; roles: { name: string }[] };
    serviceCatalog: { type: string; name?: string; endpoints: { region?: string; publicURL: string }[] }[];
  };
}
