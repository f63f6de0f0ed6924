import { randomBytes } from 'node:crypto';
import type { Caller } from '../../../rules/profile/profile.ts';
import { notVerified } from '../../kernel/apiError.ts';
import type { Clock } from '../../kernel/clock.ts';
import { makeStableId } from '../../kernel/stableId.ts';
import type { Store } from '../../store/store.ts';
import { type AccessRules, allowsRequest, createAccessRules } from './accessRules.ts';
import { type Credential, type Credentials, createCredentials } from './credentials.ts';
import { createEc2Keys, type Ec2Keys } from './ec2.ts';
import { createPeople, type People } from './people.ts';
import { createProjects, type Projects } from './projects.ts';
import { digest, isSecret } from './secrets.ts';
import { createStoredCredentials, type StoredCredentials } from './storedCredentials.ts';

/** Accounts, users and their tokens. An account is a v2.0 tenant and a v3 project of the domain Default. */
export interface Identity {
  user(of: { name: string } | { id: string }): User | undefined;
  users(): User[];
  account(of: { name: string } | { id: string }): Account | undefined;
  accounts(): Account[];
  isPassword(user: User, password: string): boolean;
  isApiKey(user: User, key: string): boolean;
  issue(to: Grant): Promise<Issued>;
  /** The session of a token; undefined where it is unknown, revoked or expired. */
  session(token: string | undefined): Session | undefined;
  /** The same, for a service: 401 without a session, and the account it is scoped to. */
  authenticate(token: string | string[] | undefined): ScopedSession;
  revoke(token: string): Promise<void>;
  readonly credentials: Credentials;
  readonly accessRules: AccessRules;
  readonly stored: StoredCredentials;
  readonly ec2Keys: Ec2Keys;
  readonly projects: Projects;
  readonly people: People;
  /** Inside `store.write`: revokes all tokens of a user. */
  endTokens(user: string): void;
  /** Throws 401 where the token's application credential does not let the request through; `path`: within the service. */
  admit(
    token: string | string[] | undefined,
    services: readonly string[],
    method: string,
    path: string,
  ): void;
  // Inside `store.write`; what they change holds for tokens that were issued before, too.
  addAccount(account: Account): void;
  renameAccount(id: string, name: string): void;
  addUser(user: NewUser): void;
  /** Leaves what is undefined as it was. */
  changeUser(name: string, change: UserChange): void;
  removeUser(name: string): void;
  /** With its users. */
  removeAccount(id: string): void;
  /** Rows were changed by others. */
  changed(): void;
}

export interface Account {
  readonly id: string;
  readonly name: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly account: string;
  readonly roles: readonly string[];
}

export interface NewUser extends Omit<User, 'id'> {
  readonly password: string;
  /** Default: `emulator-NAME`. */
  readonly apiKey?: string | undefined;
}

export interface UserChange {
  readonly password: string | undefined;
  readonly apiKey: string | undefined;
  readonly roles: readonly string[] | undefined;
  readonly account?: string | undefined;
  readonly name?: string | undefined;
}

/** The scope of a token; `undefined`: it serves only to ask for another. */
export type Scope =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'domain' | 'system' }
  | undefined;

export interface Grant {
  readonly user: User;
  readonly scope: Scope;
  readonly methods: readonly string[];
  /** The session that it comes from, whose end is its end. */
  readonly earlier?: Session | undefined;
  readonly credential?: Credential | undefined;
}

export interface Session {
  /** With the roles that the token carries. */
  readonly user: User;
  readonly scope: Scope;
  readonly account: Account | undefined;
  readonly methods: readonly string[];
  readonly issued: number;
  readonly expires: number;
  /** The token's own audit id, and that of the first one of its chain. */
  readonly audit: readonly string[];
  readonly credential: Credential | undefined;
}

export interface ScopedSession extends Session {
  readonly account: Account;
  readonly caller: Caller;
}

export interface Issued extends Session {
  readonly token: string;
}

const tokenLife = 24 * 60 * 60 * 1000;
const remembered = 10_000;

export function createIdentity(store: Store, clock: Clock): Identity {
  // Long, since its parts share state that nothing else may reach.
  /** Sessions by token: every request asks for one, and few things change them. */
  const sessions = new Map<string, Session | ScopedSession>();
  const changed = () => store.afterCommit(() => sessions.clear());

  const user: Identity['user'] = (of) => {
    const row =
      'id' in of
        ? store.get<UserRow>('SELECT * FROM users WHERE id = ?', of.id)
        : store.get<UserRow>('SELECT * FROM users WHERE name = ?', of.name);
    return row && toUser(row);
  };
  const account: Identity['account'] = (of) =>
    'id' in of
      ? store.get<Account>('SELECT id, name FROM accounts WHERE id = ?', of.id)
      : store.get<Account>('SELECT id, name FROM accounts WHERE name = ?', of.name);
  const secret = (column: 'password' | 'api_key', { id }: User) =>
    store.get<{ secret: string }>(`SELECT ${column} AS secret FROM users WHERE id = ?`, id)?.secret;
  const people = createPeople(store);
  const accessRules = createAccessRules(store);
  const stored = createStoredCredentials(store);
  const credentials = createCredentials(store, accessRules, changed);

  const load = (token: string): Session | ScopedSession | undefined => {
    const row = store.get<TokenRow>('SELECT * FROM tokens WHERE hash = ?', digest(token));
    const of = row && user({ id: row.user });
    if (!row || !of) return undefined;
    const credential = row.credential === null ? undefined : credentials.find(row.credential);
    const scoped = row.account === null ? undefined : account({ id: row.account });
    const restricted = restrict(of, credential);
    const found = {
      user: restricted,
      scope: readScope(row.scope, scoped),
      methods: row.methods.split(','),
      issued: row.issued,
      expires: row.expires,
      audit: (row.audit ?? '').split(','),
      credential,
    };
    return scoped
      ? { ...found, account: scoped, caller: { account: scoped.id, roles: restricted.roles } }
      : { ...found, account: undefined };
  };
  const session = (token: string | undefined): Session | ScopedSession | undefined => {
    if (!token) return undefined;
    let found = sessions.get(token);
    if (!found) {
      found = load(token);
      if (!found) return undefined;
      if (sessions.size >= remembered) sessions.clear();
      sessions.set(token, found);
    }
    return found.expires > clock.now() ? found : undefined;
  };

  return {
    user,
    users: () => store.all<UserRow>('SELECT * FROM users ORDER BY name').map(toUser),
    account,
    accounts: () => store.all<Account>('SELECT id, name FROM accounts ORDER BY id'),
    isPassword: (of, password) => people.details(of.id).enabled && isSecret(secret('password', of), password),
    isApiKey: (of, key) => people.details(of.id).enabled && isSecret(secret('api_key', of), key),
    issue: async ({ user: of, scope, methods, earlier, credential }) => {
      const token = randomBytes(32).toString('base64url');
      const issued = clock.now();
      const ends = [issued + tokenLife, earlier?.expires, credential?.expires];
      const expires = Math.min(...ends.filter((end) => typeof end === 'number'));
      const audit = [auditId(), ...(earlier?.audit.slice(-1) ?? [])];
      const scoped = scope?.kind === 'account' ? scope.account : undefined;
      // Also on a full disk: who cannot log in cannot delete.
      await store.free(() => {
        // A few with each, whoever's they are: somebody's tokens may be very many.
        store.run(
          'DELETE FROM tokens WHERE hash IN (SELECT hash FROM tokens WHERE expires <= ? LIMIT 100)',
          issued,
        );
        store.run(
          `INSERT INTO tokens (hash, user, account, scope, methods, issued, expires, audit, credential)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          digest(token),
          of.id,
          scoped?.id ?? null,
          scope?.kind ?? null,
          methods.join(','),
          issued,
          expires,
          audit.join(','),
          credential?.id ?? null,
        );
      });
      const roles = restrict(of, credential);
      return { token, user: roles, scope, account: scoped, methods, issued, expires, audit, credential };
    },
    session,
    authenticate: (token) => {
      const found = session(typeof token === 'string' ? token : undefined);
      if (!found || !('caller' in found)) throw notVerified('request/unauthorized');
      return found;
    },
    admit: (token, services, method, path) => {
      const rules = typeof token === 'string' ? session(token)?.credential?.rules : undefined;
      if (rules && !allowsRequest(rules, services, method, path)) throw notVerified('request/unauthorized');
    },
    revoke: async (token) => {
      await store.free(() => {
        store.run('DELETE FROM tokens WHERE hash = ?', digest(token));
        changed();
      });
    },
    credentials,
    accessRules,
    stored,
    ec2Keys: createEc2Keys(stored),
    projects: createProjects(store),
    people,
    endTokens: (id) => {
      store.run('DELETE FROM tokens WHERE user = ?', id);
      changed();
    },
    addAccount: ({ id, name }) => {
      store.run('INSERT INTO accounts (id, name) VALUES (?, ?)', id, name);
    },
    renameAccount: (id, name) => {
      store.run('UPDATE accounts SET name = ? WHERE id = ?', name, id);
      changed();
    },
    addUser: ({ name, password, apiKey, account: home, roles }) => {
      store.run(
        'INSERT INTO users (id, name, password, api_key, account, roles) VALUES (?, ?, ?, ?, ?, ?)',
        makeStableId(`user ${name}`),
        name,
        password,
        apiKey ?? `emulator-${name}`,
        home,
        JSON.stringify(roles),
      );
    },
    changeUser: (name, { password, apiKey, roles, account: home, name: renamed }) => {
      store.run(
        `UPDATE users SET password = coalesce(?, password), api_key = coalesce(?, api_key),
           roles = coalesce(?, roles), account = coalesce(?, account), name = coalesce(?, name) WHERE name = ?`,
        password ?? null,
        apiKey ?? null,
        roles ? JSON.stringify(roles) : null,
        home ?? null,
        renamed ?? null,
        name,
      );
      changed();
    },
    removeAccount: (id) => {
      store.run('DELETE FROM accounts WHERE id = ?', id);
      changed();
    },
    removeUser: (name) => {
      store.run('DELETE FROM users WHERE name = ?', name);
      changed();
    },
    changed,
  };
}

interface UserRow {
  id: string;
  name: string;
  account: string;
  roles: string;
}

interface TokenRow {
  user: string;
  account: string | null;
  scope: string | null;
  methods: string;
  issued: number;
  expires: number;
  audit: string | null;
  credential: string | null;
}

function toUser({ id, name, account, roles }: UserRow): User {
  return { id, name, account, roles: JSON.parse(roles) };
}

/** Leaves of an application credential's roles those that the user still has. */
function restrict(user: User, credential: Credential | undefined): User {
  return credential ? { ...user, roles: user.roles.filter((role) => credential.roles.includes(role)) } : user;
}

function readScope(kind: string | null, account: Account | undefined): Scope {
  if (account) return { kind: 'account', account };
  return kind === 'domain' || kind === 'system' ? { kind } : undefined;
}

/** 16 random bytes: 22 characters, as Keystone writes them. */
function auditId(): string {
  return randomBytes(16).toString('base64url');
}
