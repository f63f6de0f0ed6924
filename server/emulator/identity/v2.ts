import type { JsonObject, Profile } from '../../rules/types.ts';
import { objectAt, readJson, textOf } from '../body.ts';
import { Fault } from '../faults.ts';
import type { Request, Routes } from '../http.ts';
import { servicesOf, stableId, storageAccount } from './catalog.ts';
import type { Account, Identity, Issued, User } from './people.ts';
import { baseOf } from './v3.ts';

/** Keystone v2.0 as Rackspace's identity service speaks it (facts/rackspace.md §6). */
export function identityV2(
  routes: Routes,
  { identity, profile }: { identity: Identity; profile: Profile },
): void {
  const version = (request: Request) => ({
    id: 'v2.0',
    status: 'CURRENT',
    updated: '2012-01-19T22:30:00.25Z',
    links: [{ rel: 'self', href: `${baseOf(request)}/identity/v2.0/` }],
  });
  for (const path of ['/identity/v2.0', '/identity/v2.0/'])
    routes.on('GET', path, (request) => ({ version: version(request) }));

  routes.on('POST', '/identity/v2.0/tokens', async (request) => {
    const auth = objectAt(await readJson(request), 'auth');
    const { user, methods } = authenticate(identity, auth);
    const account = tenantOf(identity, auth, user);
    const issued = await identity.issue(user, account, methods);
    return access(request, profile, account, issued);
  });
  routes.on('GET', '/identity/v2.0/tokens/:token', (request) => {
    asker(identity, request);
    const token = textOf(objectAt(request.params as JsonObject)['token']) ?? '';
    const session = identity.session(token);
    if (!session?.account) throw new Fault(404, 'Token not found.');
    return access(request, profile, session.account, { ...session, token });
  });
  routes.on('DELETE', '/identity/v2.0/tokens', async (request, reply) => {
    asker(identity, request);
    await identity.revoke(String(request.headers['x-auth-token']));
    return reply.code(204).send();
  });
  routes.on('GET', '/identity/v2.0/tenants', (request) => {
    const account = identity.account({ id: asker(identity, request).user.account });
    return { tenants: account ? [{ ...account, enabled: true }] : [], tenants_links: [] };
  });
}

function authenticate(identity: Identity, auth: JsonObject): { user: User; methods: string[] } {
  const byPassword = objectAt(auth, 'passwordCredentials');
  const byKey = objectAt(auth, 'RAX-KSKEY:apiKeyCredentials');
  const byToken = objectAt(auth, 'token');
  const name = textOf(byPassword['username']) ?? textOf(byKey['username']);
  const password = textOf(byPassword['password']);
  const key = textOf(byKey['apiKey']);
  const token = textOf(byToken['id']);
  if (name !== undefined && (password !== undefined || key !== undefined)) {
    const user = identity.user({ name });
    if (user && password !== undefined && identity.isPassword(user, password))
      return { user, methods: ['PASSWORD'] };
    if (user && key !== undefined && identity.isApiKey(user, key)) return { user, methods: ['APIKEY'] };
    throw refused();
  }
  if (token !== undefined) {
    const session = identity.session(token);
    if (!session) throw refused();
    return { user: session.user, methods: [...session.methods] };
  }
  throw new Fault(
    400,
    'Invalid request body: unable to parse Auth data. Please review XML or JSON formatting',
  );
}

function tenantOf(identity: Identity, auth: JsonObject, user: User): Account {
  const account = identity.account({ id: user.account });
  const id = textOf(auth['tenantId']);
  const name = textOf(auth['tenantName']);
  const fits =
    account && (id === undefined || id === account.id) && (name === undefined || name === account.name);
  if (!fits) throw new Fault(401, 'Tenant with Name/Id is not valid for User.');
  return account;
}

function access(
  request: Request,
  profile: Profile,
  account: Account,
  { token, user, methods, expires }: Issued,
) {
  return {
    access: {
      token: {
        id: token,
        expires: new Date(expires).toISOString(),
        tenant: account,
        'RAX-AUTH:authenticatedBy': methods,
      },
      serviceCatalog: servicesOf(profile, baseOf(request), account.id, '/v2').map(
        ({ name, type, endpoints }) => ({
          name,
          type,
          endpoints: endpoints.map(({ region, url }) => ({
            region,
            tenantId: type === 'object-store' ? storageAccount(profile, account.id) : account.id,
            publicURL: url,
            internalURL: url,
          })),
        }),
      ),
      user: {
        id: user.id,
        name: user.name,
        'RAX-AUTH:defaultRegion': 'DFW',
        roles: user.roles.map((role) => ({ id: stableId(`role ${role}`), name: role })),
      },
    },
  };
}

function asker(identity: Identity, request: Request) {
  const header = request.headers['x-auth-token'];
  const session = identity.session(typeof header === 'string' ? header : undefined);
  if (!session)
    throw new Fault(401, "No valid token provided. Please use the 'X-Auth-Token' header with a valid token.");
  return session;
}

function refused(): Fault {
  return new Fault(401, 'Unable to authenticate user with credentials provided.');
}
