import { randomUUID } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText, readJson } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import type { Method, Reply, Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import { expected, invalid, notFound, refusedAction } from '../answers.ts';
import type { Session, User } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { listRoles } from './resources.ts';
import { requireSession } from './tokens.ts';
import { renderProject, userView } from './views.ts';

/**
 * Keystone v3: the cloud's admin makes projects and users, and gives roles, as test suites do. A user has roles in one
 * project; its users go with a project.
 */
export function identityAdministration(routes: Routes, { identity, profile, store }: EmulatorContext): void {
  const on = (
    method: Method,
    path: string,
    action: string,
    handler: (request: Request, session: Session) => Promise<object | undefined>,
  ) =>
    routes.on(method, `/identity/v3${path}`, async (request, reply: Reply) => {
      const session = requireSession(identity, request);
      const { account, roles } = session.user;
      if (!isCloudAdmin(profile, { account, roles })) throw refusedAction(`identity:${action}`);
      const body = await handler(request, session);
      return body ? reply.code(201).send(body) : reply.code(204).send();
    });

  on('POST', '/projects', 'create_project', async (request) => {
    const name = requireName(await readResource(request, 'project'), 'project');
    const project = { id: randomUUID().replaceAll('-', ''), name };
    await store.write(() => {
      if (identity.account({ name })) throw duplicate('project', name);
      identity.addAccount(project);
    });
    return { project: renderProject(request, project) };
  });
  on('DELETE', '/projects/:id', 'delete_project', async (request) => {
    const id = readParam(request, 'id');
    await store.write(() => {
      if (!identity.account({ id })) throw notFound('project', id);
      identity.removeAccount(id);
    });
    return undefined;
  });
  on('POST', '/users', 'create_user', async (request, { user: admin }) => {
    const wanted = await readResource(request, 'user');
    const name = requireName(wanted, 'user');
    const account = asText(wanted['default_project_id']) ?? admin.account;
    await store.write(() => {
      if (!identity.account({ id: account })) throw notFound('project', account);
      if (identity.user({ name })) throw duplicate('user', name);
      identity.addUser({ name, password: asText(wanted['password']) ?? randomUUID(), account, roles: [] });
    });
    return { user: { ...userView(request, requireUser(identity.user({ name }), name)) } };
  });
  on('DELETE', '/users/:id', 'delete_user', async (request) => {
    const id = readParam(request, 'id');
    await store.write(() => identity.removeUser(requireUser(identity.user({ id }), id).name));
    return undefined;
  });

  const roles = '/projects/:project/users/:id/roles/:role';
  const readGrant = (request: Request) => {
    const [project, id, role] = [
      readParam(request, 'project'),
      readParam(request, 'id'),
      readParam(request, 'role'),
    ];
    if (!identity.account({ id: project })) throw notFound('project', project);
    const name = listRoles(identity).find((each) => makeStableId(`role ${each}`) === role);
    if (name === undefined) throw notFound('role', role);
    return { project, user: requireUser(identity.user({ id }), id), role: name };
  };
  on('PUT', roles, 'create_grant', async (request) => {
    await store.write(() => {
      const { project, user, role } = readGrant(request);
      if (user.roles.length > 0 && user.account !== project)
        throw refusedAction('identity:create_grant. A user of the emulator has roles in one project');
      change(user, [...new Set([...user.roles, role])], project);
    });
    return undefined;
  });
  on('DELETE', roles, 'revoke_grant', async (request) => {
    await store.write(() => {
      const { project, user, role } = readGrant(request);
      if (user.account !== project || !user.roles.includes(role)) throw notFound('role assignment', role);
      change(
        user,
        user.roles.filter((each) => each !== role),
        project,
      );
    });
    return undefined;
  });
  const change = ({ name }: User, held: readonly string[], account: string) =>
    identity.changeUser(name, { password: undefined, apiKey: undefined, roles: held, account });
}

/** The member of a body that describes a new one. Throws 400. */
async function readResource(request: Request, name: string): Promise<JsonObject> {
  const body: Json = await readJson(request);
  const member = isObject(body) ? body[name] : undefined;
  if (!isObject(member)) throw expected(name, 'request body');
  return member;
}

function requireName({ name }: JsonObject, of: string): string {
  if (name === undefined) throw expected('name', of);
  if (typeof name !== 'string' || name.trim() === '' || name.length > 255)
    throw invalid('name', `${JSON.stringify(name)} is no name of a ${of}`);
  return name;
}

function requireUser(user: User | undefined, id: string): User {
  if (!user) throw notFound('user', id);
  return user;
}

function duplicate(what: string, name: string): ApiError {
  return new ApiError(
    'identity/exists',
    `Conflict occurred attempting to store ${what} - Duplicate entry found with name ${name}.`,
  );
}
