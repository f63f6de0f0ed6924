import type { Clock } from '../../../kernel/clock.ts';
import type { Store } from '../../../store/store.ts';
import type { KeyType } from './format.ts';

/** Key pairs as records; they belong to users. What changes one runs inside `store.write`. */
export interface Keypairs {
  has(user: string, name: string): boolean;
  find(user: string, name: string): KeypairRow | undefined;
  /** By name. */
  list(user: string, after: string, limit: number): KeypairRow[];
  create(keypair: Omit<KeypairRow, 'key' | 'created'>): KeypairRow;
  remove(user: string, name: string): void;
}

export interface KeypairRow {
  readonly key: number;
  readonly user: string;
  readonly name: string;
  readonly type: KeyType;
  readonly public_key: string;
  readonly fingerprint: string;
  readonly created: number;
}

export function createKeypairs(store: Store, clock: Clock): Keypairs {
  const find: Keypairs['find'] = (user, name) =>
    store.get<KeypairRow>('SELECT * FROM keypairs WHERE user = ? AND name = ?', user, name);
  return {
    find,
    has: (user, name) => find(user, name) !== undefined,
    list: (user, after, limit) =>
      store.all<KeypairRow>(
        'SELECT * FROM keypairs WHERE user = ? AND name > ? ORDER BY name LIMIT ?',
        user,
        after,
        limit,
      ),
    create: (keypair) => {
      const created = clock.now();
      const { key } = store.run(
        'INSERT INTO keypairs (user, name, type, public_key, fingerprint, created) VALUES (?, ?, ?, ?, ?, ?)',
        keypair.user,
        keypair.name,
        keypair.type,
        keypair.public_key,
        keypair.fingerprint,
        created,
      );
      return { ...keypair, key, created };
    },
    remove: (user, name) => {
      store.run('DELETE FROM keypairs WHERE user = ? AND name = ?', user, name);
    },
  };
}
