import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { formatPlain } from '../../../../rules/nova/python.ts';
import type { Profile } from '../../../../rules/profile/profile.ts';
import { asText, findObject } from '../../../kernel/body.ts';
import { expected, notFound, refusedAction, refusedLogin, tokenNotValid } from '../answers.ts';
import type { Credential } from '../credentials.ts';
import type { Grant, Identity, Scope, Session, User } from '../identity.ts';
import { isCloudAdmin } from '../permissions.ts';
import { readAuth } from './tokenShape.ts';

/** The only domain. */
export const domain = { id: 'default', name: 'Default' };

interface Proof {
  readonly user: User;
  readonly methods: readonly string[];
  readonly earlier?: Session;
  readonly credential?: Credential;
}

/** Reads the body of `POST /v3/auth/tokens` and checks its proofs. Throws 400 where it is malformed, 401, 403. */
export function authenticate(identity: Identity, profile: Profile, now: number, body: Json): Grant {
  const auth = readAuth(body);
  const methods = findMethods(findObject(auth, 'identity'));
  const scope = wantedScope(auth['scope']);
  if (methods.includes('application_credential') && scope.kind !== 'none')
    throw refusedLogin(
      'Error authenticating with application credential: Application credentials cannot request a scope.',
    );
  const proofs = methods.map((method) => prove(identity, now, method, findObject(auth, 'identity', method)));
  const [first] = proofs;
  if (!first || proofs.some(({ user }) => user.id !== first.user.id)) throw refusedLogin();
  const earlier = proofs.find((proof) => proof.earlier)?.earlier;
  const credential = proofs.find((proof) => proof.credential)?.credential ?? earlier?.credential;
  return {
    user: first.user,
    scope: grantedScope(identity, profile, first.user, scope, earlier, credential),
    methods: [...new Set(proofs.flatMap((proof) => proof.methods))],
    earlier,
    credential,
  };
}

const known = ['password', 'token', 'application_credential'];

function findMethods(given: JsonObject): string[] {
  const list = given['methods'];
  const methods = (Array.isArray(list) ? list : []).filter((method) => typeof method === 'string');
  if (methods.length === 0) throw refusedLogin();
  for (const method of methods)
    if (!Object.hasOwn(given, method) || !isObject(given[method])) throw expected(method, 'identity');
  if (!methods.every((method) => known.includes(method)))
    throw refusedLogin('Attempted to authenticate with an unsupported method.');
  return methods;
}

function prove(identity: Identity, now: number, method: string, given: JsonObject): Proof {
  if (method === 'token') {
    const id = asText(given['id']);
    if (id === undefined) throw expected('id', 'token');
    const earlier = identity.session(id);
    // The roles that a credential leaves are of the new token too; its user is whole.
    const user = earlier && identity.user({ id: earlier.user.id });
    if (!earlier || !user) throw tokenNotValid();
    return { user, methods: ['token', ...earlier.methods], earlier };
  }
  if (method === 'application_credential') return proveCredential(identity, now, given);
  if (!isObject(given['user'])) throw expected('user', method);
  const user = namedUser(identity, given['user']);
  const password = asText(given['user']['password']);
  if (!user || password === undefined || !identity.isPassword(user, password)) throw refusedLogin();
  return { user, methods: [method] };
}

function proveCredential(identity: Identity, now: number, given: JsonObject): Proof {
  const { credentials } = identity;
  const id = given['id'] === undefined ? undefined : formatPlain(given['id']);
  const name = asText(given['name']);
  const secret = asText(given['secret']);
  if (id === undefined && name === undefined) throw expected('id or name', 'application_credential');
  if (secret === undefined) throw expected('secret', 'application_credential');
  if (id === undefined && !isObject(given['user'])) throw expected('user', 'application_credential');
  const owner = id === undefined ? namedUser(identity, findObject(given, 'user')) : undefined;
  const credential =
    id === undefined ? owner && credentials.named(owner.id, name ?? '') : credentials.find(id);
  if (id !== undefined && !credential) throw notFound('Application Credential', id);
  if (!credential || !credentials.isSecret(credential, secret)) throw refusedLogin();
  if (credential.expires !== null && credential.expires <= now) throw refusedLogin();
  const user = identity.user({ id: credential.user });
  if (!user || !identity.people.details(user.id).enabled) throw refusedLogin();
  return { user, methods: ['application_credential'], credential };
}

/** By id, or by name and domain. */
function namedUser(identity: Identity, given: JsonObject): User | undefined {
  const id = asText(given['id']);
  const name = asText(given['name']);
  if (id !== undefined) return identity.user({ id });
  if (name === undefined) throw expected('id or name', 'user');
  if (!isObject(given['domain'])) throw expected('domain', 'user');
  return isOurDomain(given['domain']) ? identity.user({ name }) : undefined;
}

type Wanted =
  | { readonly kind: 'none' | 'unscoped' }
  | { readonly kind: 'project' | 'domain' | 'system'; readonly given: JsonObject };

const scopes = ['project', 'domain', 'system', 'OS-TRUST:trust', 'unscoped'];

function wantedScope(scope: Json | undefined): Wanted {
  if (scope === undefined) return { kind: 'none' };
  if (scope === 'unscoped') return { kind: 'unscoped' };
  const named = isObject(scope) ? scopes.filter((name) => Object.hasOwn(scope, name)) : [];
  const [kind] = named;
  if (named.length > 1 || kind === undefined)
    throw expected('system, project, domain, OS-TRUST:trust or unscoped', 'scope');
  if (kind === 'unscoped') return { kind };
  const given = findObject(scope, kind);
  if (kind === 'project' || kind === 'domain' || kind === 'system') return { kind, given };
  throw refusedLogin(); // there are no trusts
}

/** Finds a scope in which the user has a role: the one asked for, else the earlier token's account or the user's own. */
function grantedScope(
  identity: Identity,
  profile: Profile,
  user: User,
  wanted: Wanted,
  earlier: Session | undefined,
  credential: Credential | undefined,
): Scope {
  if (earlier?.scope?.kind === 'system' && (wanted.kind === 'project' || wanted.kind === 'domain'))
    throw refusedAction(
      'Using a system-scoped token to create a project-scoped or domain-scoped token is not allowed.',
    );
  if (wanted.kind === 'unscoped') return undefined;
  if (wanted.kind === 'system') {
    // As `keystone-manage bootstrap` leaves a cloud: its admin has a role on the system, nobody one on the domain.
    // What `all` says is not looked at.
    if (!isCloudAdmin(profile, { account: user.account, roles: user.roles })) throw refusedLogin();
    return { kind: 'system' };
  }
  if (wanted.kind === 'domain') throw refusedLogin();
  // Who has no role yet has no project either.
  const home = user.roles.length === 0 ? '' : (credential?.account ?? user.account);
  const account = identity.account({ id: home });
  if (wanted.kind === 'project' && (!account || !isProject(wanted.given, account))) throw refusedLogin();
  if (account && !identity.projects.details(account.id).enabled) {
    if (wanted.kind === 'project') throw refusedLogin();
    return undefined;
  }
  return account && { kind: 'account', account };
}

function isProject(given: JsonObject, account: { id: string; name: string }): boolean {
  const id = asText(given['id']);
  if (id !== undefined) return id === account.id;
  if (!isObject(given['domain'])) throw expected('domain', 'project');
  return given['name'] === account.name && isOurDomain(given['domain']);
}

function isOurDomain({ id, name }: JsonObject): boolean {
  return id === undefined ? name === domain.name : id === domain.id;
}
