import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/store.ts';
import type { AccessRule, AccessRules } from './accessRules.ts';
import { digest, isSecret } from './secrets.ts';

/** Application credentials: a user's way to let a program act on one account, with some of the user's roles. */
export interface Credentials {
  find(id: string): Credential | undefined;
  named(user: string, name: string): Credential | undefined;
  list(user: string): Credential[];
  isSecret(credential: Credential, secret: string): boolean;
  /** Inside `store.write`. */
  add(credential: Omit<Credential, 'id'>, secret: string): Credential;
  /** Inside `store.write`. The tokens that it gave go with it. */
  remove(credential: Credential): void;
}

export interface Credential {
  readonly id: string;
  readonly name: string;
  /** The user's id. */
  readonly user: string;
  readonly account: string;
  readonly roles: readonly string[];
  readonly description: string | null;
  /** Milliseconds since 1970. */
  readonly expires: number | null;
  /** Microseconds behind that, 0 to 999. */
  readonly micros: number;
  /** It may make and remove other credentials. */
  readonly unrestricted: boolean;
  /** What it may ask; undefined: anything. */
  readonly rules?: readonly AccessRule[];
}

interface Row extends Omit<Credential, 'roles' | 'unrestricted' | 'rules' | 'micros'> {
  expires_micros: number;
  secret: string;
  roles: string;
  unrestricted: number;
}

export function createCredentials(store: Store, rules: AccessRules, changed: () => void): Credentials {
  const toCredential = (row: Row): Credential => {
    const own = rules.ofCredential(row.id);
    return { ...readRow(row), ...(own.length > 0 ? { rules: own } : {}) };
  };
  const find = (id: string): Credential | undefined => {
    const row = store.get<Row>('SELECT * FROM application_credentials WHERE id = ?', id);
    return row && toCredential(row);
  };
  return {
    find,
    named: (user, name) => {
      const row = store.get<Row>(
        'SELECT * FROM application_credentials WHERE user = ? AND name = ?',
        user,
        name,
      );
      return row && toCredential(row);
    },
    list: (user) =>
      store
        .all<Row>('SELECT * FROM application_credentials WHERE user = ? ORDER BY name', user)
        .map(toCredential),
    isSecret: ({ id }, secret) =>
      isSecret(
        store.get<Row>('SELECT secret FROM application_credentials WHERE id = ?', id)?.secret,
        digest(secret),
      ),
    add: (given, secret) => {
      const id = randomBytes(16).toString('hex');
      store.run(
        `INSERT INTO application_credentials
           (id, user, name, secret, account, description, expires, expires_micros, roles, unrestricted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        given.user,
        given.name,
        digest(secret),
        given.account,
        given.description,
        given.expires,
        given.micros,
        JSON.stringify(given.roles),
        given.unrestricted ? 1 : 0,
      );
      for (const rule of given.rules ?? []) rules.use(id, rule.id);
      return { ...given, id };
    },
    remove: ({ id }) => {
      store.run('DELETE FROM application_credentials WHERE id = ?', id);
      changed();
    },
  };
}

function readRow(row: Row): Credential {
  const { id, name, user, account, description, expires } = row;
  const roles = JSON.parse(row.roles);
  const micros = row.expires_micros;
  return {
    id,
    name,
    user,
    account,
    description,
    expires,
    micros,
    roles,
    unrestricted: row.unrestricted === 1,
  };
}
