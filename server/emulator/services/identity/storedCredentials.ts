import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/store.ts';

/** What a user leaves with Keystone for other services: a text of some type. The keys of EC2 are among them. */
export interface StoredCredential {
  readonly id: string;
  readonly user: string;
  readonly project: string | null;
  readonly type: string;
  readonly blob: string;
}

export interface StoredCredentials {
  /** Oldest first. */
  list(): StoredCredential[];
  find(id: string): StoredCredential | undefined;
  /** Inside `store.write`. Without an id it gets one. */
  add(credential: Omit<StoredCredential, 'id'> & { readonly id?: string | undefined }): StoredCredential;
  /** Inside `store.write`. */
  change(id: string, blob: string): void;
  /** Inside `store.write`. */
  remove(id: string): void;
}

export function createStoredCredentials(store: Store): StoredCredentials {
  return {
    list: () => store.all<StoredCredential>('SELECT * FROM credentials ORDER BY number'),
    find: (id) => store.get<StoredCredential>('SELECT * FROM credentials WHERE id = ?', id),
    add: ({ id = randomUUID().replaceAll('-', ''), user, project, type, blob }) => {
      store.run(
        'INSERT INTO credentials (id, user, project, type, blob) VALUES (?, ?, ?, ?, ?)',
        id,
        user,
        project,
        type,
        blob,
      );
      return { id, user, project, type, blob };
    },
    change: (id, blob) => {
      store.run('UPDATE credentials SET blob = ? WHERE id = ?', blob, id);
    },
    remove: (id) => {
      store.run('DELETE FROM credentials WHERE id = ?', id);
    },
  };
}
