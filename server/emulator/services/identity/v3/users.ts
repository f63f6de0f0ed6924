import { randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../../../rules/json.ts';
import { asText } from '../../../kernel/body.ts';
import { readParam } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { notFound, refusedAction, unauthorized } from '../answers.ts';
import type { Session, User } from '../identity.ts';
import type { UserDetails } from '../people.ts';
import { requireShape } from '../shape/schema.ts';
import { passwordSchema, userSchemas } from '../shape/schemas.ts';
import { readBody } from './body.ts';
import {
  duplicate,
  type OnAdministration,
  readName,
  readResource,
  requireOurDomain,
} from './resourceBody.ts';
import { userView } from './views.ts';

/** Keystone v3: the cloud's admin makes, changes and removes users; anybody who knows the password changes it. */
export function identityUsers(
  routes: Routes,
  { identity, store }: EmulatorContext,
  on: OnAdministration,
): void {
  const { people } = identity;
  const find = (request: Request): User => {
    const id = readParam(request, 'id');
    const found = identity.user({ id });
    if (!found) throw notFound('user', id);
    return found;
  };
  const render = (request: Request, user: User) => ({
    user: userView(request, user, people.details(user.id)),
  });

  on('POST', '/users', 'create_user', async (request, { user: admin }: Session) => {
    const wanted = await readResource(request, 'user', userSchemas.create);
    const name = readName(wanted);
    const account = asText(wanted['default_project_id']) ?? admin.account;
    const made = await store.write(() => {
      requireOurDomain(wanted);
      if (!identity.account({ id: account })) throw notFound('project', account);
      if (identity.user({ name })) throw duplicate('user', name);
      identity.addUser({ name, password: asText(wanted['password']) ?? randomUUID(), account, roles: [] });
      const user = identity.user({ name });
      if (!user) throw notFound('user', name);
      people.change(user.id, readDetails(wanted));
      return user;
    });
    return render(request, made);
  });
  on('PATCH', '/users/:id', 'update_user', async (request) => {
    const wanted = await readResource(request, 'user', userSchemas.update);
    const changed = await store.write(() => {
      const user = find(request);
      const name = asText(wanted['name']) ?? user.name;
      if (name !== user.name && identity.user({ name })) throw duplicate('user', name);
      const account = asText(wanted['default_project_id']) ?? user.account;
      if (!identity.account({ id: account })) throw notFound('project', account);
      if (account !== user.account && user.roles.length > 0)
        throw refusedAction('identity:update_user. A user of the emulator has roles in one project');
      const password = asText(wanted['password']);
      identity.changeUser(user.name, { password, apiKey: undefined, roles: undefined, account, name });
      const details = readDetails(wanted);
      people.change(user.id, details);
      if (password !== undefined || details.enabled === false) identity.endTokens(user.id);
      return { ...user, name, account };
    });
    return render(request, changed);
  });
  on('DELETE', '/users/:id', 'delete_user', async (request) => {
    await store.write(() => identity.removeUser(find(request).name));
    return undefined;
  });
  routes.on('POST', '/identity/v3/users/:id/password', async (request, reply) => {
    const given = (await readBody(request))['user'] ?? {};
    requireShape(given, passwordSchema);
    const { original_password: before, password } = isObject(given) ? given : {};
    await store.write(() => {
      const user = find(request);
      if (!identity.isPassword(user, String(before))) throw unauthorized();
      const unchanged = { apiKey: undefined, roles: undefined };
      identity.changeUser(user.name, { password: String(password), ...unchanged });
      identity.endTokens(user.id);
    });
    return reply.code(204).send();
  });
}

/** What a body says of a user beside name, password and project; Keystone keeps members that it does not know. */
function readDetails(wanted: JsonObject): Partial<UserDetails> {
  const known = ['id', 'name', 'password', 'domain_id', 'default_project_id', 'enabled', 'options', 'links'];
  const { enabled } = wanted;
  return {
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    extra: Object.fromEntries(Object.entries(wanted).filter(([name]) => !known.includes(name))),
  };
}
