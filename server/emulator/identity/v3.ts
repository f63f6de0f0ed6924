import { isObject } from '../../rules/subjects.ts';
import type { Json, JsonObject, Profile } from '../../rules/types.ts';
import { objectAt, readJson, textOf } from '../body.ts';
import { microseconds } from '../clock.ts';
import { Fault } from '../faults.ts';
import type { Request, Routes } from '../http.ts';
import { servicesOf, stableId } from './catalog.ts';
import type { Account, Identity, Session, User } from './people.ts';

/** Keystone v3: discovery, tokens, catalog, projects (facts/glance.md §11, §13). */

const domain = { id: 'default', name: 'Default' };

export function identityV3(
  routes: Routes,
  { identity, profile }: { identity: Identity; profile: Profile },
): void {
  const version = (request: Request) => ({
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${baseOf(request)}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  });
  for (const path of ['/identity', '/identity/'])
    routes.on('GET', path, (request, reply) =>
      reply
        .code(300)
        .header('location', `${baseOf(request)}/identity/v3/`)
        .send({ versions: { values: [version(request)] } }),
    );
  for (const path of ['/identity/v3', '/identity/v3/'])
    routes.on('GET', path, (request) => ({ version: version(request) }));

  const tokenBody = (request: Request, session: Session) => {
    const { user, account, methods } = session;
    const scope = account && {
      project: { ...account, domain },
      is_domain: false,
      roles: user.roles.map((name) => ({ id: stableId(`role ${name}`), name })),
      ...('nocatalog' in query(request) ? {} : { catalog: catalog(request, account) }),
    };
    return {
      token: {
        methods,
        user: { id: user.id, name: user.name, domain, password_expires_at: null },
        audit_ids: [stableId(`audit ${session.issued}`).slice(0, 22)],
        issued_at: `${microseconds(session.issued)}Z`,
        expires_at: `${microseconds(session.expires)}Z`,
        ...scope,
      },
    };
  };
  const catalog = (request: Request, account: Account) =>
    servicesOf(profile, baseOf(request), account.id, '').map(({ id, type, name, endpoints }) => ({
      id,
      type,
      name,
      endpoints: endpoints.flatMap(({ id: endpoint, region, url }) =>
        ['public', 'internal', 'admin'].map((kind) => ({
          id: stableId(`${endpoint} ${kind}`),
          interface: kind,
          region,
          region_id: region,
          url,
        })),
      ),
    }));
  const asker = (request: Request): Session =>
    identity.session(textHeader(request, 'x-auth-token')) ?? refuse();

  routes.on('POST', '/identity/v3/auth/tokens', async (request, reply) => {
    const auth = objectAt(await readJson(request), 'auth');
    const { user, methods, scope } = authenticate(identity, auth);
    const account = scopeOf(identity, auth, user, scope);
    const issued = await identity.issue(user, account, methods);
    return reply
      .code(201)
      .header('x-subject-token', issued.token)
      .header('vary', 'X-Auth-Token')
      .send(tokenBody(request, issued));
  });
  for (const method of ['GET', 'HEAD'] as const)
    routes.on(method, '/identity/v3/auth/tokens', (request, reply) => {
      asker(request);
      const token = subject(request);
      const session = identity.session(token);
      if (!session) throw new Fault(404, 'Could not find token.');
      reply.header('x-subject-token', token).header('vary', 'X-Auth-Token');
      return method === 'HEAD' ? reply.send() : reply.send(tokenBody(request, session));
    });
  routes.on('DELETE', '/identity/v3/auth/tokens', async (request, reply) => {
    asker(request);
    const token = subject(request);
    if (!identity.session(token)) throw new Fault(404, 'Could not find token.');
    await identity.revoke(token);
    return reply.code(204).send();
  });
  routes.on('GET', '/identity/v3/auth/catalog', (request) => {
    const { account } = asker(request);
    if (!account) throw new Fault(403, 'The token has no scope.');
    return { catalog: catalog(request, account), links: links(request) };
  });
  const projects = (request: Request, user: User) => {
    const account = identity.account({ id: user.account });
    const found = account ? [{ ...account, domain_id: domain.id, enabled: true, is_domain: false }] : [];
    return { projects: found, links: links(request) };
  };
  routes.on('GET', '/identity/v3/auth/projects', (request) => projects(request, asker(request).user));
  routes.on('GET', '/identity/v3/users/:id/projects', (request) => {
    const { user } = asker(request);
    if (objectParam(request, 'id') !== user.id) throw notAllowed('list_user_projects');
    return projects(request, user);
  });
  for (const what of ['projects', 'users'])
    for (const path of [`/identity/v3/${what}`, `/identity/v3/${what}/:id`])
      routes.on('GET', path, (request) => {
        asker(request);
        throw notAllowed(`list_${what}`);
      });
}

/** Who is asking, by password or by an earlier token. */
function authenticate(identity: Identity, auth: JsonObject) {
  const { methods } = objectAt(auth, 'identity');
  if (!Array.isArray(methods) || methods.length === 0)
    throw malformed("'identity.methods' is a required property");
  if (methods.includes('password')) {
    const given = objectAt(auth, 'identity', 'password', 'user');
    const password = textOf(given['password']);
    const user = findUser(identity, given);
    if (password === undefined || !user || !identity.isPassword(user, password)) refuse();
    return { user, methods: ['password'], scope: undefined };
  }
  if (methods.includes('token')) {
    const session = identity.session(textOf(objectAt(auth, 'identity', 'token')['id'])) ?? refuse();
    return {
      user: session.user,
      methods: [...new Set([...session.methods, 'token'])],
      scope: session.account,
    };
  }
  return refuse();
}

function findUser(identity: Identity, given: JsonObject): User | undefined {
  const id = textOf(given['id']);
  const name = textOf(given['name']);
  if (id !== undefined) return identity.user({ id });
  return name !== undefined && isOurDomain(given['domain']) ? identity.user({ name }) : undefined;
}

/** The account a token is for: as asked, else the user's own. `"unscoped"` asks for none. */
function scopeOf(
  identity: Identity,
  auth: JsonObject,
  user: User,
  earlier: Account | undefined,
): Account | undefined {
  const { scope } = auth;
  if (scope === 'unscoped' || (isObject(scope) && Object.hasOwn(scope, 'unscoped'))) return undefined;
  if (scope === undefined || scope === null) return earlier ?? identity.account({ id: user.account });
  const project = objectAt(scope, 'project');
  const id = textOf(project['id']);
  const name = textOf(project['name']);
  const account =
    id !== undefined
      ? identity.account({ id })
      : name !== undefined && isOurDomain(project['domain'])
        ? identity.account({ name })
        : undefined;
  return account && account.id === user.account ? account : refuse();
}

function isOurDomain(given: Json | undefined): boolean {
  const { id, name } = objectAt(given);
  return id === domain.id || name === domain.name;
}

/** `http://127.0.0.1:PORT`, under the name that the caller used. */
export function baseOf(request: Request): string {
  return `http://${request.headers.host ?? ''}`;
}

function subject(request: Request): string {
  const token = textHeader(request, 'x-subject-token');
  if (!token) throw notAllowed('validate_token');
  return token;
}

function textHeader(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function links(request: Request) {
  return { next: null, self: `${baseOf(request)}${request.url}`, previous: null };
}

function query(request: Request): object {
  return typeof request.query === 'object' && request.query !== null ? request.query : {};
}

function objectParam(request: Request, name: string): Json | undefined {
  return objectAt(request.params as Json)[name];
}

function refuse(): never {
  throw new Fault(401, 'The request you have made requires authentication.');
}

function malformed(problem: string): Fault {
  return new Fault(400, `Invalid input for field 'auth': ${problem}`);
}

function notAllowed(action: string): Fault {
  return new Fault(403, `You are not authorized to perform the requested action: identity:${action}.`);
}
