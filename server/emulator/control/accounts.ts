import { ApiError } from '../kernel/apiError.ts';
import { readJson } from '../kernel/body.ts';
import { readParam } from '../kernel/request.ts';
import { personFields } from '../seed/seed.ts';
import type { EmulatorContext } from '../services/context.ts';
import type { OnControl, Service } from '../services/service.ts';
import { optional, readFields } from './fields.ts';
import type { State } from './state.ts';

/** Accounts and users of the cloud. What is changed holds at once, for tokens too that were issued before. */
export function accountRoutes(
  on: OnControl,
  context: EmulatorContext,
  services: readonly Service[],
  state: State,
): void {
  const { identity, store } = context;
  on('GET', '/accounts', () => ({ accounts: identity.accounts() }));
  on('POST', '/accounts', async (request, reply) => {
    const account = readFields(await readJson(request), personFields.account);
    await store.write(() => {
      for (const known of [{ id: account.id }, { name: account.name }])
        if (identity.account(known))
          throw new ApiError('emulator/exists', `An account of ${JSON.stringify(known)} exists.`);
      identity.addAccount(account);
    });
    return reply.code(201).send(account);
  });
  on('DELETE', '/accounts/:id', async (request, reply) => {
    const id = readParam(request, 'id');
    await state.alter(() => {
      requireFound(identity.account({ id }), 'account', id);
      for (const service of services.toReversed()) service.removeAccount?.(context, id);
      store.run('DELETE FROM jobs WHERE account = ?', id);
    });
    return reply.code(204).send();
  });
  userRoutes(on, context);
}

function userRoutes(on: OnControl, { identity, store }: EmulatorContext): void {
  on('GET', '/users', () => ({ users: identity.users() }));
  on('POST', '/users', async (request, reply) => {
    const user = readFields(await readJson(request), personFields.user);
    await store.write(() => {
      if (!identity.account({ id: user.account }))
        throw new ApiError(
          'emulator/body',
          `There is no account '${user.account}'. Create it first, or name another in 'account'.`,
        );
      if (identity.user({ name: user.name }))
        throw new ApiError('emulator/exists', `A user '${user.name}' exists.`);
      identity.addUser(user);
    });
    return reply.code(201).send(identity.user({ name: user.name }));
  });
  on('PATCH', '/users/:name', async (request) => {
    const name = readParam(request, 'name');
    const { password, apiKey, roles } = personFields.user;
    const fields = { password: optional(password), apiKey, roles: optional(roles) };
    const change = readFields(await readJson(request), fields);
    await store.write(() => {
      requireFound(identity.user({ name }), 'user', name);
      identity.changeUser(name, change);
    });
    return identity.user({ name });
  });
  on('DELETE', '/users/:name', async (request, reply) => {
    const name = readParam(request, 'name');
    await store.free(() => {
      requireFound(identity.user({ name }), 'user', name);
      identity.removeUser(name);
    });
    return reply.code(204).send();
  });
}

/** Throws 404. */
function requireFound(thing: object | undefined, what: string, name: string): void {
  if (thing === undefined) throw new ApiError('emulator/not-found', `There is no ${what} '${name}'.`);
}
