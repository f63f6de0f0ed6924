import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../../../rules/json.ts';
import { asText } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import type { Reply, Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import { notFound, refusedAction } from '../answers.ts';
import type { User } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import type { ProjectDetails } from '../projects.ts';
import { projectSchemas } from '../shape/schemas.ts';
import {
  duplicate,
  type OnAdministration,
  readName,
  readResource,
  requireOurDomain,
} from './resourceBody.ts';
import { listRoles } from './resources.ts';
import { requireSession } from './tokens.ts';
import { identityUsers } from './users.ts';
import { renderProject } from './views.ts';

/**
 * Keystone v3: the cloud's admin makes projects and users, and gives roles, as test suites do. A user has roles in one
 * project; its users go with a project.
 */
export function identityAdministration(routes: Routes, context: EmulatorContext): void {
  const { identity, profile, store } = context;
  const on: OnAdministration = (method, path, action, handler) =>
    routes.on(method, `/identity/v3${path}`, async (request, reply: Reply) => {
      const session = requireSession(identity, request);
      const { account, roles } = session.user;
      if (!isCloudAdmin(profile, { account, roles })) throw refusedAction(`identity:${action}`);
      const body = await handler(request, session);
      return body ? reply.code(method === 'PATCH' ? 200 : 201).send(body) : reply.code(204).send();
    });

  on('POST', '/projects', 'create_project', async (request) => {
    const wanted = await readResource(request, 'project', projectSchemas.create);
    const name = readName(wanted);
    const project = { id: randomUUID().replaceAll('-', ''), name };
    await store.write(() => {
      requireOurDomain(wanted);
      if (identity.account({ name })) throw duplicate('project', name);
      identity.addAccount(project);
      identity.projects.change(project.id, readDetails(wanted));
    });
    return { project: renderProject(request, project, identity.projects.details(project.id)) };
  });
  on('PATCH', '/projects/:id', 'update_project', async (request) => {
    const id = readParam(request, 'id');
    const wanted = await readResource(request, 'project', projectSchemas.update);
    const project = await store.write(() => {
      const found = identity.account({ id });
      if (!found) throw notFound('project', id);
      const name = asText(wanted['name']) ?? found.name;
      if (name !== found.name && identity.account({ name })) throw duplicate('project', name);
      identity.renameAccount(id, name);
      identity.projects.change(id, readDetails(wanted));
      return { id, name };
    });
    return { project: renderProject(request, project, identity.projects.details(id)) };
  });
  on('DELETE', '/projects/:id', 'delete_project', async (request) => {
    const id = readParam(request, 'id');
    await store.write(() => {
      if (!identity.account({ id })) throw notFound('project', id);
      identity.removeAccount(id);
    });
    return undefined;
  });
  identityUsers(routes, context, on);

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

/** What a body says of a project beside its name. */
function readDetails({ description, enabled, tags }: JsonObject): Partial<ProjectDetails> {
  return {
    ...(description === undefined ? {} : { description: asText(description) ?? '' }),
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(Array.isArray(tags) ? { tags: tags.map(String) } : {}),
  };
}

function requireUser(user: User | undefined, id: string): User {
  if (!user) throw notFound('user', id);
  return user;
}
