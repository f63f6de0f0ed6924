import { randomBytes } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText, findObject, readJson } from '../../../kernel/body.ts';
import { parseTime } from '../../../kernel/clock.ts';
import { readParam, readQuery } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import { incorrect, invalid, notFound, refusedAction } from '../answers.ts';
import type { Credential } from '../credentials.ts';
import type { Session } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { findUser } from './resources.ts';
import { requireSession } from './tokens.ts';
import { links, renderCredential } from './views.ts';

/** Keystone v3: application credentials, which a user makes for programs. */
export function identityCredentials(
  routes: Routes,
  { identity, profile, store, clock }: EmulatorContext,
): void {
  const { credentials } = identity;
  const base = '/identity/v3/users/:id/application_credentials';
  const isAdmin = ({ user }: Session) => isCloudAdmin(profile, { account: user.account, roles: user.roles });
  /** The one that the path names, with who asks. Another user's is not to be told from none. */
  const find = (request: Request, action: string): { credential: Credential; session: Session } => {
    const session = requireSession(identity, request);
    const user = findUser(identity, request, session, isAdmin(session), action);
    const id = readParam(request, 'credential');
    const credential = credentials.find(id);
    if (credential?.user !== user.id) throw notFound('Application Credential', id);
    return { credential, session };
  };

  routes.on('POST', base, async (request, reply) => {
    const session = requireSession(identity, request);
    requireUnrestricted(session);
    if (readParam(request, 'id') !== session.user.id)
      throw refusedAction('Cannot create an application credential for another user.');
    const body = await readJson(request);
    const wanted = readCredential(findObject(body, 'application_credential'), session, clock.now());
    const secret = wanted.secret ?? randomBytes(64).toString('base64url');
    const made = await store.write(() => {
      if (credentials.named(session.user.id, wanted.credential.name))
        throw new ApiError(
          'identity/exists',
          `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${wanted.credential.name}.`,
        );
      return credentials.add(wanted.credential, secret);
    });
    return reply.code(201).send({ application_credential: { ...renderCredential(request, made), secret } });
  });
  for (const method of ['GET', 'HEAD'] as const) {
    routes.on(method, base, (request) => {
      const session = requireSession(identity, request);
      const user = findUser(identity, request, session, isAdmin(session), 'list_application_credentials');
      const name = readQuery(request).get('name');
      const found = credentials.list(user.id).filter((one) => name === null || one.name === name);
      return {
        application_credentials: found.map((one) => renderCredential(request, one)),
        links: links(request),
      };
    });
    routes.on(method, `${base}/:credential`, (request) => ({
      application_credential: renderCredential(
        request,
        find(request, 'get_application_credential').credential,
      ),
    }));
  }
  routes.on('DELETE', `${base}/:credential`, async (request, reply) => {
    const { credential, session } = find(request, 'delete_application_credential');
    requireUnrestricted(session);
    await store.free(() => credentials.remove(credential));
    return reply.code(204).send();
  });
}

/** A program may not make itself more credentials, unless it was let. */
function requireUnrestricted({ credential }: Session): void {
  if (credential && !credential.unrestricted)
    throw refusedAction(
      "Using method 'application_credential' is not allowed for managing additional application credentials.",
    );
}

/** Throws 400 naming the member. */
function readCredential(
  given: JsonObject,
  { user, account }: Session,
  now: number,
): { credential: Omit<Credential, 'id'>; secret: string | undefined } {
  if (!account) throw refusedAction('identity:create_application_credential');
  const name = asText(given['name']);
  if (name === undefined || name === '' || name.length > 255)
    throw given['name'] === undefined
      ? invalid('application_credential', "'name' is a required property")
      : invalid('name', 'a text of 1 to 255 characters is expected');
  for (const member of ['description', 'secret', 'expires_at'] as const)
    if (typeof (given[member] ?? '') !== 'string') throw invalid(member, 'a text or null is expected');
  const unrestricted = given['unrestricted'] ?? false;
  if (typeof unrestricted !== 'boolean') throw invalid('unrestricted', 'true or false is expected');
  const rules = given['access_rules'] ?? [];
  if (!Array.isArray(rules) || rules.length > 0)
    throw invalid('access_rules', 'the emulator enforces none; leave them out');
  return {
    credential: {
      name,
      user: user.id,
      account: account.id,
      roles: readRoles(given['roles'] ?? [], user.roles),
      description: asText(given['description']) ?? null,
      expires: readTime(asText(given['expires_at']), now),
      unrestricted,
    },
    secret: asText(given['secret']) || undefined,
  };
}

/** Some of the token's roles, each by id or by name; without any, all of them. */
function readRoles(given: Json, held: readonly string[]): string[] {
  if (!Array.isArray(given)) throw invalid('roles', 'a list of {"id"} or {"name"} is expected');
  if (given.length === 0) return [...held];
  return given.map((item, index) => {
    const id = isObject(item) ? asText(item['id']) : undefined;
    const name = isObject(item) ? asText(item['name']) : undefined;
    if ((id === undefined) === (name === undefined))
      throw invalid(`roles/${index}`, 'either an id or a name is expected');
    const role = held.find((one) => (id === undefined ? one === name : makeStableId(`role ${one}`) === id));
    if (role === undefined)
      throw incorrect(
        'Invalid application credential: Cannot create an application credential with unassigned role.',
      );
    return role;
  });
}

function readTime(text: string | undefined, now: number): number | null {
  if (text === undefined || text === '') return null;
  const time = /^\d{4}-\d\d-\d\dT\d\d/.test(text) ? parseTime(text) : undefined;
  if (time === undefined) throw invalid('expires_at', `'${text}' is not a time such as 2030-01-31T12:00:00`);
  if (time <= now) throw incorrect("The 'expires_at' must not be before now.");
  return time;
}
