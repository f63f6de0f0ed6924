import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../../rules/types.ts';
import type { Clock } from '../clock.ts';
import { Fault } from '../faults.ts';
import type { Store } from '../store/store.ts';

/** Accounts, users and their tokens. An account is a v2.0 tenant and a v3 project of the domain Default. */
export interface Identity {
  user(of: { name: string } | { id: string }): User | undefined;
  account(of: { name: string } | { id: string }): Account | undefined;
  isPassword(user: User, password: string): boolean;
  isApiKey(user: User, key: string): boolean;
  issue(user: User, account: Account | undefined, methods: readonly string[]): Promise<Issued>;
  /** The session of a token; undefined where it is unknown, revoked or expired. */
  session(token: string | undefined): Session | undefined;
  /** The same, for a service: 401 without a session, and the account it is scoped to. */
  authenticate(token: string | string[] | undefined): ScopedSession;
  revoke(token: string): Promise<void>;
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

export interface Session {
  readonly user: User;
  readonly account: Account | undefined;
  readonly methods: readonly string[];
  readonly issued: number;
  readonly expires: number;
}

export interface ScopedSession extends Session {
  readonly account: Account;
  readonly caller: Caller;
}

export interface Issued extends Session {
  readonly token: string;
}

const tokenLife = 24 * 60 * 60 * 1000;

export function createIdentity(store: Store, clock: Clock): Identity {
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

  const session: Identity['session'] = (token) => {
    if (!token) return undefined;
    const row = store.get<TokenRow & UserRow>(
      `SELECT users.*, tokens.account AS scope, methods, issued, expires
       FROM tokens JOIN users ON users.id = tokens.user WHERE hash = ?`,
      digest(token),
    );
    if (!row || row.expires <= clock.now()) return undefined;
    const { issued, expires, scope } = row;
    return {
      user: toUser(row),
      account: scope === null ? undefined : account({ id: scope }),
      methods: row.methods.split(','),
      issued,
      expires,
    };
  };

  return {
    user,
    account,
    isPassword: (of, password) => equal(secret('password', of), password),
    isApiKey: (of, key) => equal(secret('api_key', of), key),
    issue: async (of, scope, methods) => {
      const token = randomBytes(32).toString('base64url');
      const issued = clock.now();
      const expires = issued + tokenLife;
      await store.write(() => {
        store.run('DELETE FROM tokens WHERE user = ? AND expires <= ?', of.id, issued);
        store.run(
          'INSERT INTO tokens (hash, user, account, methods, issued, expires) VALUES (?, ?, ?, ?, ?, ?)',
          digest(token),
          of.id,
          scope?.id ?? null,
          methods.join(','),
          issued,
          expires,
        );
      });
      return { token, user: of, account: scope, methods, issued, expires };
    },
    session,
    authenticate: (token) => {
      const found = session(typeof token === 'string' ? token : undefined);
      if (!found?.account)
        throw new Fault(
          401,
          'This server could not verify that you are authorized to access the document you requested.',
        );
      const { account: scope, user: of } = found;
      return { ...found, account: scope, caller: { account: scope.id, roles: of.roles } };
    },
    revoke: async (token) => {
      await store.write(() => store.run('DELETE FROM tokens WHERE hash = ?', digest(token)));
    },
  };
}

interface UserRow {
  id: string;
  name: string;
  account: string;
  roles: string;
}

interface TokenRow {
  scope: string | null;
  methods: string;
  issued: number;
  expires: number;
}

function toUser({ id, name, account, roles }: UserRow): User {
  return { id, name, account, roles: JSON.parse(roles) };
}

/** Tokens are kept as digests, so that a copy of the data folder does not log anybody in. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function equal(known: string | undefined, given: string): boolean {
  if (known === undefined) return false;
  const [one, other] = [known, given].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}
