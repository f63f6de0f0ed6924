import type { JsonObject } from '../../../rules/json.ts';
import type { Store } from '../../store/store.ts';

/** What Keystone keeps of a user beside name and password: whether they may sign in, and whatever else was said of them. */
export interface UserDetails {
  readonly enabled: boolean;
  readonly extra: JsonObject;
}

export interface People {
  details(user: string): UserDetails;
  /** Inside `store.write`. What is undefined stays as it was; members of `extra` are added. */
  change(user: string, change: Partial<UserDetails>): void;
}

export function createPeople(store: Store): People {
  const details = (user: string): UserDetails => {
    const row = store.get<{ enabled: number; extra: string }>(
      'SELECT * FROM user_details WHERE user = ?',
      user,
    );
    return row ? { enabled: row.enabled === 1, extra: JSON.parse(row.extra) } : { enabled: true, extra: {} };
  };
  return {
    details,
    change: (user, { enabled, extra }) => {
      const before = details(user);
      store.run(
        'INSERT OR REPLACE INTO user_details (user, enabled, extra) VALUES (?, ?, ?)',
        user,
        (enabled ?? before.enabled) ? 1 : 0,
        JSON.stringify({ ...before.extra, ...extra }),
      );
    },
  };
}
