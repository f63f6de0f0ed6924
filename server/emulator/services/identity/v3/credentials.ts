import { randomBytes } from 'node:crypto';
import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { formatPlain } from '../../../../rules/nova/python.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { asText } from '../../../kernel/body.ts';
import { parseTime } from '../../../kernel/clock.ts';
import { readParam, readQuery } from '../../../kernel/request.ts';
import type { Request, Routes } from '../../../kernel/routes.ts';
import { makeStableId } from '../../../kernel/stableId.ts';
import type { EmulatorContext } from '../../context.ts';
import type { AccessRule } from '../accessRules.ts';
import { incorrect, notFound, refusedAction, undefinedRole } from '../answers.ts';
import type { Credential } from '../credentials.ts';
import type { Identity, Session } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { requireShape } from '../shape/schema.ts';
import { credentialSchema } from '../shape/schemas.ts';
import { readBody } from './body.ts';
import { findUser, listRoles } from './resources.ts';
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
    const body = await readBody(request);
    const given = body['application_credential'] ?? {};
    const wanted = readCredential(identity, given, session, clock.now());
    const secret = wanted.secret ?? randomBytes(64).toString('base64url');
    const made = await store.write(() => {
      if (credentials.named(session.user.id, wanted.credential.name))
        throw new ApiError(
          'identity/exists',
          `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${wanted.credential.name}.`,
        );
      const rules = wanted.rules.map((rule) => findRule(identity, session.user.id, rule));
      return credentials.add({ ...wanted.credential, ...(rules.length > 0 ? { rules } : {}) }, secret);
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

interface Wanted {
  readonly credential: Omit<Credential, 'id' | 'rules'>;
  readonly rules: readonly JsonObject[];
  readonly secret: string | undefined;
}

/** Throws 400 and 404 in Keystone's words. */
function readCredential(identity: Identity, given: Json, { user, account }: Session, now: number): Wanted {
  requireShape(given, credentialSchema);
  const wanted = isObject(given) ? given : {};
  const known = Object.keys(credentialSchema.properties ?? {});
  const other = Object.keys(wanted).find((name) => !known.includes(name) && name !== 'project_id');
  if (other !== undefined)
    throw new ApiError(
      'identity/body',
      `'${other}' is an invalid keyword argument for ApplicationCredentialModel`,
    );
  if (!account) throw refusedAction('identity:create_application_credential');
  const { access_rules: rules } = wanted;
  return {
    credential: {
      name: String(wanted['name']),
      user: user.id,
      account: account.id,
      roles: readRoles(identity, wanted['roles'] ?? [], user.roles),
      description: asText(wanted['description']) ?? null,
      ...readTime(asText(wanted['expires_at']), now),
      unrestricted: wanted['unrestricted'] === true,
    },
    rules: Array.isArray(rules) ? rules.filter(isObject) : [],
    secret: asText(wanted['secret']) || undefined,
  };
}

/** Inside `store.write`: one of the user's rules by its id, or the one that is described. */
function findRule({ accessRules }: Identity, user: string, given: JsonObject): AccessRule {
  const id = asText(given['id']);
  const known = id === undefined ? undefined : accessRules.find(id);
  if (known?.user === user) return known;
  const text = (name: string) => asText(given[name]) ?? null;
  return accessRules.add({ user, service: text('service'), path: text('path'), method: text('method') });
}

/** Some of the token's roles, each by id or by name; without any, all of them. */
function readRoles(identity: Identity, given: Json, held: readonly string[]): string[] {
  if (!Array.isArray(given) || given.length === 0) return [...held];
  const all = listRoles(identity);
  return given.map((item) => {
    const { id, name } = isObject(item) ? item : {};
    const role = all.find((one) => (id === undefined ? one === name : makeStableId(`role ${one}`) === id));
    if (role === undefined && id === undefined) throw undefinedRole(formatPlain(name));
    if (role === undefined || !held.includes(role))
      throw new ApiError(
        'identity/body',
        'Invalid application credential: Cannot create an application credential with unassigned role',
      );
    return role;
  });
}

function readTime(text: string | undefined, now: number): Pick<Credential, 'expires' | 'micros'> {
  if (text === undefined || text === '') return { expires: null, micros: 0 };
  const time = /^\d{4}-\d\d-\d\dT\d\d/.test(text) ? parseTime(text) : undefined;
  if (time === undefined) throw incorrect('Timestamp not in expected format.');
  if (time <= now) throw incorrect("The 'expires_at' must not be before now.");
  const [, micros = ''] = /\.\d{3}(\d{1,3})/.exec(text) ?? [];
  return { expires: time, micros: Number(micros.padEnd(3, '0')) };
}
