import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import type { Profile } from '../../../../rules/profile/profile.ts';
import { asText, findObject, readJson } from '../../../kernel/body.ts';
import { formatRegion, listRegions } from '../../../kernel/regions.ts';
import { readBaseUrl, readParam, readQuery } from '../../../kernel/request.ts';
import type { Handler, Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import { v2 as answers } from '../answers.ts';
import { renderCatalog } from '../catalog.ts';
import type { Account, Identity, Issued, Session, User } from '../identity.ts';

/** Keystone v2.0 as Rackspace's identity service speaks it (SOURCES: rackspace §6). */
export function identityV2(
  routes: Routes,
  context: Pick<EmulatorContext, 'identity' | 'profile' | 'catalog'>,
): void {
  // Long, since it is a table of routes that share a few readers.
  const { identity, profile } = context;
  const version = (request: Request) => ({
    id: 'v2.0',
    status: 'CURRENT',
    updated: '2012-01-19T22:30:00.25Z',
    links: [{ rel: 'self', href: `${readBaseUrl(request)}/identity/v2.0/` }],
  });
  for (const path of ['/identity/v2.0', '/identity/v2.0/'])
    routes.on('GET', path, (request) => ({ version: version(request) }));

  routes.on('POST', '/identity/v2.0/tokens', async (request) => {
    const { user, account, methods, earlier } = authenticate(identity, await readJson(request));
    const issued = await identity.issue({
      user,
      scope: { kind: 'account', account },
      methods,
      earlier,
      credential: earlier?.credential,
    });
    return access(request, context, account, issued);
  });
  const validate: Handler = (request) => {
    const token = readParam(request, 'token');
    const session = subject(identity, request, token);
    if (!session.account) throw answers.tokenNotFound();
    return access(request, context, session.account, { ...session, token });
  };
  routes.on('GET', '/identity/v2.0/tokens/:token', validate);
  routes.on('HEAD', '/identity/v2.0/tokens/:token', validate);
  routes.on('DELETE', '/identity/v2.0/tokens/:token', async (request, reply) => {
    const token = readParam(request, 'token');
    subject(identity, request, token);
    await identity.revoke(token);
    return reply.code(204).send();
  });
  routes.on('DELETE', '/identity/v2.0/tokens', async (request, reply) => {
    requireSession(identity, request);
    await identity.revoke(String(request.headers['x-auth-token']));
    return reply.code(204).send();
  });
  routes.on('GET', '/identity/v2.0/tenants', (request) => {
    const account = identity.account({ id: requireSession(identity, request).user.account });
    return { tenants: account ? [{ ...account, enabled: true }] : [], tenants_links: [] };
  });

  const userView = ({ id, name, account }: User) => ({
    id,
    username: name,
    enabled: true,
    'RAX-AUTH:domainId': account,
    'RAX-AUTH:defaultRegion': defaultRegion(profile),
  });
  routes.on('GET', '/identity/v2.0/users', (request) => {
    const seen = visibleUsers(identity, requireSession(identity, request));
    const name = readQuery(request).get('name');
    if (name === null) return { users: seen.map(userView) };
    const found = seen.find((user) => user.name === name);
    if (!found) throw answers.userNotFound();
    return { user: userView(found) };
  });
  const named = (request: Request): User => {
    const session = requireSession(identity, request);
    const found = visibleUsers(identity, session).find(({ id }) => id === readParam(request, 'id'));
    if (!found) throw answers.userNotFound();
    return found;
  };
  routes.on('GET', '/identity/v2.0/users/:id', (request) => ({ user: userView(named(request)) }));
  routes.on('GET', '/identity/v2.0/users/:id/roles', (request) => ({ roles: renderRoles(named(request)) }));
}

interface Proof {
  readonly user: User;
  readonly methods: readonly string[];
  readonly earlier?: Session;
}

/** One way to say who it is, and perhaps a tenant. Throws 400 where it is something else, 401. */
function authenticate(identity: Identity, body: Json): Proof & { account: Account } {
  const auth = isObject(body) ? body['auth'] : undefined;
  if (!isObject(auth)) throw answers.unreadable();
  const proof = prove(identity, auth);
  return { ...proof, account: findTenant(identity, auth, proof.user) };
}

function prove(identity: Identity, auth: JsonObject): Proof {
  const byPassword = findObject(auth, 'passwordCredentials');
  const byKey = findObject(auth, 'RAX-KSKEY:apiKeyCredentials');
  const token = asText(findObject(auth, 'token')['id']);
  const name = asText(byPassword['username']) ?? asText(byKey['username']);
  const password = asText(byPassword['password']);
  const key = asText(byKey['apiKey']);
  if (name !== undefined && (password !== undefined || key !== undefined)) {
    const user = identity.user({ name });
    if (user && password !== undefined && identity.isPassword(user, password))
      return { user, methods: ['PASSWORD'] };
    if (user && key !== undefined && identity.isApiKey(user, key)) return { user, methods: ['APIKEY'] };
    throw answers.refused();
  }
  if (token === undefined) throw answers.unreadable();
  const earlier = identity.session(token);
  const user = earlier && identity.user({ id: earlier.user.id });
  if (!earlier || !user) throw answers.refused();
  return { user, methods: earlier.methods, earlier };
}

function findTenant(identity: Identity, auth: JsonObject, user: User): Account {
  const account = identity.account({ id: user.account });
  const { tenantId: id, tenantName: name } = auth;
  for (const given of [id, name])
    if (given !== undefined && typeof given !== 'string') throw answers.unreadable();
  const fits =
    account && (id === undefined || id === account.id) && (name === undefined || name === account.name);
  if (!fits) throw answers.wrongTenant();
  return account;
}

function access(
  request: Request,
  context: Pick<EmulatorContext, 'profile' | 'catalog'>,
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
      serviceCatalog: renderCatalog(context, readBaseUrl(request), account.id, 'v2.0').map(
        ({ name, type, tenant, endpoints }) => ({
          name,
          type,
          endpoints: endpoints.map(({ region, url }) => ({
            region,
            tenantId: tenant,
            publicURL: url,
            internalURL: url,
          })),
        }),
      ),
      user: {
        id: user.id,
        name: user.name,
        'RAX-AUTH:defaultRegion': defaultRegion(context.profile),
        roles: renderRoles(user),
      },
    },
  };
}

function renderRoles({ roles }: User) {
  return roles.map((role) => ({ id: makeStableId(`role ${role}`), name: role }));
}

function defaultRegion(profile: Profile): string {
  return formatRegion(listRegions(profile)[0] ?? '');
}

function requireSession(identity: Identity, request: Request): Session {
  const header = request.headers['x-auth-token'];
  const session = identity.session(typeof header === 'string' ? header : undefined);
  if (!session) throw answers.noToken();
  return session;
}

/** The session of a token that is asked about: one's own, or for the account's owner one of the account. */
function subject(identity: Identity, request: Request, token: string): Session {
  const { user } = requireSession(identity, request);
  const session = identity.session(token);
  if (!session) throw answers.tokenNotFound();
  if (session.user.id !== user.id && !(isOwner(user) && session.user.account === user.account))
    throw answers.notAuthorized();
  return session;
}

/** An account's owner sees its users; others see themselves. */
function visibleUsers(identity: Identity, { user }: Session): User[] {
  return identity
    .users()
    .filter(({ id, account }) => id === user.id || (isOwner(user) && account === user.account));
}

function isOwner({ roles }: User): boolean {
  return roles.includes('identity:user-admin');
}
