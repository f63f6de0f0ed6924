import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText } from '../../../kernel/body.ts';
import { readBaseUrl, readParam, readQuery } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import { expected, notFound, refusedAction } from '../answers.ts';
import { hashAccess } from '../ec2.ts';
import type { Session } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { requireShape } from '../shape/schema.ts';
import { storedCredentialSchemas } from '../shape/schemas.ts';
import type { StoredCredential } from '../storedCredentials.ts';
import { readBody } from './body.ts';
import { requireSession } from './tokens.ts';
import { links } from './views.ts';

/** Keystone v3: what users leave for other services, each one's own; the admin sees and changes all (`api/credentials.py`). */
export function identityStoredCredentials(
  routes: Routes,
  { identity, profile, store }: EmulatorContext,
): void {
  const { stored } = identity;
  const base = '/identity/v3/credentials';
  const mayUse = ({ user }: Session, owner: unknown): boolean =>
    user.id === owner || isCloudAdmin(profile, { account: user.account, roles: user.roles });
  const find = (request: Request, action: string): StoredCredential => {
    const session = requireSession(identity, request);
    const id = readParam(request, 'credential');
    const found = stored.find(id);
    if (!mayUse(session, found?.user)) throw refusedAction(`identity:${action}`);
    if (!found) throw notFound('credential', id);
    requirePrimary(session);
    return found;
  };

  for (const method of ['GET', 'HEAD'] as const) {
    routes.on(method, base, (request) => {
      const session = requireSession(identity, request);
      const query = readQuery(request);
      const [user, type] = [query.get('user_id'), query.get('type')];
      const found = stored
        .list()
        .filter((one) => mayUse(session, one.user) && !session.credential)
        .filter((one) => (user === null || one.user === user) && (type === null || one.type === type));
      return { credentials: found.map((one) => render(request, one)), links: links(request) };
    });
    routes.on(method, `${base}/:credential`, (request) => ({
      credential: render(request, find(request, 'get_credential')),
    }));
  }
  routes.on('POST', base, async (request, reply) => {
    const session = requireSession(identity, request);
    const given = (await readBody(request))['credential'] ?? {};
    const wanted = isObject(given) ? given : {};
    if (!mayUse(session, wanted['user_id'])) throw refusedAction('identity:create_credential');
    requireShape(given, storedCredentialSchemas.create);
    requirePrimary(session);
    const [type, blob] = [String(wanted['type']), String(wanted['blob'])];
    const id = type.toLowerCase() === 'ec2' ? hashAccess(readAccess(blob)) : undefined;
    const made = await store.write(() => {
      if (id !== undefined && stored.find(id))
        throw new ApiError(
          'identity/exists',
          `Conflict occurred attempting to store credential - Duplicate entry found with ID ${id}.`,
        );
      const user = String(wanted['user_id']);
      if (!identity.user({ id: user })) throw notFound('user', user);
      const project = asText(wanted['project_id']) ?? null;
      if (project !== null && !identity.account({ id: project })) throw notFound('project', project);
      return stored.add({ id, user, project, type, blob });
    });
    return reply.code(201).send({ credential: render(request, made) });
  });
  routes.on('PATCH', `${base}/:credential`, async (request) => {
    const found = find(request, 'update_credential');
    const wanted = (await readBody(request))['credential'] ?? {};
    requireShape(wanted, storedCredentialSchemas.update);
    const blob = isObject(wanted) ? (asText(wanted['blob']) ?? found.blob) : found.blob;
    if (found.type.toLowerCase() === 'ec2') readAccess(blob);
    await store.write(() => stored.change(found.id, blob));
    return { credential: render(request, { ...found, blob }) };
  });
  routes.on('DELETE', `${base}/:credential`, async (request, reply) => {
    const { id } = find(request, 'delete_credential');
    await store.free(() => stored.remove(id));
    return reply.code(204).send();
  });
}

/** Throws 403 for the token of a program. */
export function requirePrimary({ credential }: Session): void {
  if (credential) throw refusedAction('Delegated tokens cannot access credentials directly');
}

/** The access key in the blob of one for EC2. Throws 400. */
function readAccess(blob: string): string {
  let value: Json;
  try {
    value = JSON.parse(blob);
  } catch {
    throw new ApiError('identity/body', 'Invalid blob in credential');
  }
  if (!isObject(value) || Object.keys(value).length === 0) throw expected('blob', 'credential');
  const access = asText(value['access']);
  if (access === undefined) throw expected('access', 'credential');
  return access;
}

function render(request: Request, { id, user, project, type, blob }: StoredCredential): JsonObject {
  const self = `${readBaseUrl(request)}/identity/v3/credentials/${id}`;
  return { user_id: user, project_id: project, blob, type, id, links: { self } };
}
