import type { Profile } from '../../../../rules/profile/profile.ts';
import { formatMicroseconds } from '../../../kernel/clock.ts';
import { readBaseUrl, readQuery } from '../../../kernel/request.ts';
import type { Handler, Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import { refusedAction, refusedOutright, tokenNotValid, unauthorized } from '../answers.ts';
import { renderCatalog } from '../catalog.ts';
import type { Account, Identity, Session } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { authenticate, domain } from './authenticate.ts';
import { readBody } from './body.ts';
import { renderRule } from './views.ts';

/** Keystone v3: discovery, tokens and catalogue (SOURCES: glance §11, §13). */
export function identityV3(
  routes: Routes,
  context: Pick<EmulatorContext, 'identity' | 'profile' | 'clock' | 'catalog'>,
): void {
  // Long, since it is a table of routes that share a few readers.
  const { identity, profile, clock } = context;
  const version = (request: Request) => ({
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${readBaseUrl(request)}/identity/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  });
  for (const method of ['GET', 'HEAD'] as const) {
    for (const path of ['/identity', '/identity/'])
      routes.on(method, path, (request, reply) =>
        reply
          .code(300)
          .header('location', `${readBaseUrl(request)}/identity/v3/`)
          .send({ versions: { values: [version(request)] } }),
      );
    for (const path of ['/identity/v3', '/identity/v3/'])
      routes.on(method, path, (request) => ({ version: version(request) }));
  }

  /** Without an account, the services whose addresses name none. */
  const catalog = (request: Request, account: Account | undefined) =>
    renderCatalog(context, readBaseUrl(request), account?.id, 'v3').map(({ id, type, name, endpoints }) => ({
      id,
      type,
      name,
      endpoints: endpoints.flatMap(({ id: endpoint, region, url }) =>
        ['public', 'internal', 'admin'].map((kind) => ({
          id: makeStableId(`${endpoint} ${kind}`),
          interface: kind,
          region,
          region_id: region,
          url,
        })),
      ),
    }));
  const tokenBody = (request: Request, session: Session) => {
    const { user, scope, methods, audit, credential } = session;
    const roles = { roles: user.roles.map((name) => ({ id: makeStableId(`role ${name}`), name })) };
    const hasCatalog = scope !== undefined && !readQuery(request).has('nocatalog');
    return {
      token: {
        methods,
        user: { domain, id: user.id, name: user.name, password_expires_at: null },
        audit_ids: audit,
        expires_at: `${formatMicroseconds(session.expires)}Z`,
        issued_at: `${formatMicroseconds(session.issued)}Z`,
        ...(scope?.kind === 'account'
          ? { project: { domain, ...scope.account }, is_domain: false, ...roles }
          : {}),
        ...(scope?.kind === 'system' ? { ...roles, system: { all: true } } : {}),
        ...(hasCatalog ? { catalog: catalog(request, session.account) } : {}),
        ...(credential
          ? {
              application_credential: {
                id: credential.id,
                name: credential.name,
                restricted: !credential.unrestricted,
                ...(credential.rules ? { access_rules: credential.rules.map(renderRule) } : {}),
              },
            }
          : {}),
      },
    };
  };
  const answerToken: Handler = (request, reply) => {
    const { token, session } = subject(identity, profile, request, 'validate_token');
    // A service that knows of no rules would let everything through.
    const { 'openstack-identity-access-rules': rules } = request.headers;
    if (session.credential?.rules && !(Number(rules) >= 1)) throw tokenNotValid();
    return reply.header('x-subject-token', token).send(tokenBody(request, session));
  };

  routes.on('POST', '/identity/v3/auth/tokens', async (request, reply) => {
    const grant = authenticate(identity, profile, clock.now(), await readBody(request));
    const issued = await identity.issue(grant);
    return reply.code(201).header('x-subject-token', issued.token).send(tokenBody(request, issued));
  });
  routes.on('GET', '/identity/v3/auth/tokens', answerToken);
  routes.on('HEAD', '/identity/v3/auth/tokens', answerToken);
  routes.on('DELETE', '/identity/v3/auth/tokens', async (request, reply) => {
    await identity.revoke(subject(identity, profile, request, 'revoke_token').token);
    return reply.code(204).send();
  });
  for (const method of ['GET', 'HEAD'] as const)
    routes.on(method, '/identity/v3/auth/catalog', (request) => {
      const { account } = requireSession(identity, request);
      if (!account) throw refusedOutright('You are not authorized to perform the requested action.');
      return {
        catalog: catalog(request, account),
        links: { self: `${readBaseUrl(request)}/identity/v3/auth/catalog` },
      };
    });
}

/** Authenticates the caller. Throws 401. */
export function requireSession(identity: Identity, request: Request): Session {
  const session = identity.session(readTextHeader(request, 'x-auth-token'));
  if (!session) throw unauthorized();
  return session;
}

/** The token that is asked about: the asker's own, anybody's for services and the cloud's admin. Throws 401, 403, 404. */
function subject(
  identity: Identity,
  profile: Profile,
  request: Request,
  action: 'validate_token' | 'revoke_token',
): { token: string; session: Session } {
  const { user } = requireSession(identity, request);
  const token = readTextHeader(request, 'x-subject-token');
  const mayAll =
    isCloudAdmin(profile, { account: user.account, roles: user.roles }) ||
    (action === 'validate_token' && user.roles.includes('service'));
  if (!token) throw refusedAction(`identity:${action}`);
  const session = identity.session(token);
  if (!session) throw tokenNotValid();
  if (!mayAll && session.user.id !== user.id) throw refusedAction(`identity:${action}`);
  return { token, session };
}

function readTextHeader(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
