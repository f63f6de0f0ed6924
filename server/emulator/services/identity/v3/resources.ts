import { readParam, readQuery } from '../../../kernel/request.ts';
import type { Handler, Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { notFound, refusedAction } from '../answers.ts';
import type { Account, Identity, Session, User } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { domain } from './authenticate.ts';
import { requireSession } from './tokens.ts';
import { links, renderDomain, renderProject, renderRole, userView } from './views.ts';

/** Keystone v3: what a user may see of projects, users, roles and domains. Only the cloud's admin sees those of others. */
export function identityResources(routes: Routes, { identity, profile }: EmulatorContext): void {
  // Long, since it is a table of routes that share a few readers.
  const on = (path: string, handler: (request: Request, session: Session) => unknown) => {
    const guarded: Handler = (request) => handler(request, requireSession(identity, request));
    for (const method of ['GET', 'HEAD'] as const) routes.on(method, `/identity/v3${path}`, guarded);
  };
  const renderAccount = (request: Request, account: Account) =>
    renderProject(request, account, identity.projects.details(account.id));
  const renderUser = (request: Request, user: User) =>
    userView(request, user, identity.people.details(user.id));
  const isAdmin = ({ user }: Session) => isCloudAdmin(profile, { account: user.account, roles: user.roles });
  const requireAdmin = (session: Session, action: string) => {
    if (!isAdmin(session)) throw refusedAction(`identity:${action}`);
  };
  const readTexts = (request: Request, name: string, items: readonly Listed[]) => ({
    [name]: filtered(request, items),
    links: links(request),
  });
  const projectsOf = (request: Request, { account: id }: User): Listed[] => {
    const account = identity.account({ id });
    return account ? [renderAccount(request, account)] : [];
  };
  const rolesThere = () => listRoles(identity);

  on('/auth/projects', (request, { user }) => readTexts(request, 'projects', projectsOf(request, user)));
  on('/auth/domains', (request) => readTexts(request, 'domains', []));
  on('/auth/system', (request, session) => ({
    system: isAdmin(session) ? [{ all: true }] : [],
    links: links(request),
  }));
  on('/users/:id/projects', (request, session) => {
    const user = findUser(identity, request, session, isAdmin(session), 'list_user_projects');
    return readTexts(request, 'projects', projectsOf(request, user));
  });
  on('/users/:id', (request, session) => ({
    user: renderUser(request, findUser(identity, request, session, isAdmin(session), 'get_user')),
  }));
  on('/users', (request, session) => {
    requireAdmin(session, 'list_users');
    return readTexts(
      request,
      'users',
      identity.users().map((user) => renderUser(request, user)),
    );
  });
  on('/projects/:id', (request, session) => {
    const id = readParam(request, 'id');
    const account: Account | undefined = identity.account({ id });
    if (!isAdmin(session) && (!account || account.id !== session.account?.id))
      throw refusedAction('identity:get_project');
    if (!account) throw notFound('project', id);
    return { project: renderAccount(request, account) };
  });
  on('/projects', (request, session) => {
    requireAdmin(session, 'list_projects');
    return readTexts(
      request,
      'projects',
      identity.accounts().map((account) => renderAccount(request, account)),
    );
  });
  on('/roles/:id', (request, session) => {
    requireAdmin(session, 'get_role');
    const id = readParam(request, 'id');
    const role = rolesThere()
      .map((name) => renderRole(request, name))
      .find((view) => view.id === id);
    if (!role) throw notFound('role', id);
    return { role };
  });
  on('/roles', (request, session) => {
    requireAdmin(session, 'list_roles');
    return readTexts(
      request,
      'roles',
      rolesThere().map((name) => renderRole(request, name)),
    );
  });
  on('/domains/:id', (request, session) => {
    const id = readParam(request, 'id');
    // Any token of the domain sees it; every account is in it.
    if (!isAdmin(session) && (id !== domain.id || !session.account))
      throw refusedAction('identity:get_domain');
    if (id !== domain.id) throw notFound('domain', id);
    return { domain: renderDomain(request) };
  });
  on('/domains', (request, session) => {
    requireAdmin(session, 'list_domains');
    return readTexts(request, 'domains', [renderDomain(request)]);
  });
}

/** The roles that somebody has, and those of every OpenStack cloud. */
export function listRoles(identity: Identity): string[] {
  const held = identity.users().flatMap(({ roles }) => roles);
  return [...new Set(['admin', 'member', 'reader', ...held])].sort();
}

interface Listed {
  readonly name: string;
  readonly domain_id?: string | null;
  readonly enabled?: boolean;
  readonly tags?: readonly string[];
}

function filtered(request: Request, items: readonly Listed[]): Listed[] {
  const query = readQuery(request);
  const name = query.get('name');
  const of = query.get('domain_id');
  const enabled = query.get('enabled');
  const texts = (filter: string) => query.get(filter)?.split(',');
  return items.filter(
    (item) =>
      (name === null || item.name === name) &&
      (of === null || (item.domain_id ?? null) === of) &&
      (enabled === null || item.enabled === !/^(?:0|false)$/i.test(enabled)) &&
      hasTags(item.tags ?? [], texts),
  );
}

/** The filters of tags: all of them, any, not all, none. */
function hasTags(tags: readonly string[], texts: (filter: string) => readonly string[] | undefined): boolean {
  const has = (tag: string): boolean => tags.includes(tag);
  return (
    texts('tags')?.every(has) !== false &&
    texts('tags-any')?.some(has) !== false &&
    texts('not-tags')?.every(has) !== true &&
    texts('not-tags-any')?.some(has) !== true
  );
}

/** The user that a path names: oneself, or any for the admin. */
export function findUser(
  identity: Identity,
  request: Request,
  { user }: Session,
  admin: boolean,
  action: string,
): User {
  const id = readParam(request, 'id');
  if (!admin && id !== user.id) throw refusedAction(`identity:${action}`);
  const found = identity.user({ id });
  if (!found) throw notFound('user', id);
  return found;
}
