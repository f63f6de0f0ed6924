import { createHash, randomUUID } from 'node:crypto';
import type { StoredCredential, StoredCredentials } from './storedCredentials.ts';

/** Pairs of keys by which a user signs requests for an account, as EC2's clients do. */
export interface Ec2Keys {
  /** Those of a user, oldest first. */
  list(user: string): Ec2Key[];
  find(access: string): Ec2Key | undefined;
  /** Inside `store.write`. */
  add(user: string, project: string): Ec2Key;
  /** Inside `store.write`. */
  remove(access: string): void;
}

export interface Ec2Key {
  readonly user: string;
  readonly project: string | null;
  readonly access: string;
  readonly secret: string;
}

export function createEc2Keys(stored: StoredCredentials): Ec2Keys {
  return {
    list: (user) =>
      stored
        .list()
        .filter((one) => one.type === 'ec2' && one.user === user)
        .map(toKey),
    find: (access) => {
      const found = stored.find(hashAccess(access));
      return found?.type === 'ec2' ? toKey(found) : undefined;
    },
    add: (user, project) => {
      const [access, secret] = [hex(), hex()];
      const blob = JSON.stringify({ access, secret, trust_id: null });
      stored.add({ id: hashAccess(access), user, project, type: 'ec2', blob });
      return { user, project, access, secret };
    },
    remove: (access) => stored.remove(hashAccess(access)),
  };
}

/** The id under which Keystone keeps a key. */
export function hashAccess(access: string): string {
  return createHash('sha256').update(access).digest('hex');
}

function toKey({ user, project, blob }: StoredCredential): Ec2Key {
  const { access, secret }: { access: string; secret: string } = JSON.parse(blob);
  return { user, project, access, secret };
}

function hex(): string {
  return randomUUID().replaceAll('-', '');
}
