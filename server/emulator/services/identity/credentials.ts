import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/store.ts';
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
  /** It may make and remove other credentials. */
  readonly unrestricted: boolean;
}

interface Row extends Omit<Credential, 'roles' | 'unrestricted'> {
  secret: string;
  roles: string;
  unrestricted: number;
}

export function createCredentials(store: Store, changed: () => void): Credentials {
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
           (id, user, name, secret, account, description, expires, roles, unrestricted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        given.user,
        given.name,
        digest(secret),
        given.account,
        given.description,
        given.expires,
        JSON.stringify(given.roles),
        given.unrestricted ? 1 : 0,
      );
      return { ...given, id };
    },
    remove: ({ id }) => {
      store.run('DELETE FROM application_credentials WHERE id = ?', id);
      changed();
    },
  };
}

function toCredential(row: Row): Credential {
  const { id, name, user, account, description, expires } = row;
  const roles = JSON.parse(row.roles);
  return { id, name, user, account, description, expires, roles, unrestricted: row.unrestricted === 1 };
}
