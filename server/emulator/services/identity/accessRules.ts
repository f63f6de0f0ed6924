import { randomUUID } from 'node:crypto';
import { compileExpression } from '../../../rules/patterns/propertyPattern.ts';
import type { Store } from '../../store/store.ts';

/** What an application credential may ask: a method and path of one service. A member that is null matches nothing. */
export interface AccessRule {
  readonly id: string;
  readonly user: string;
  readonly service: string | null;
  readonly path: string | null;
  readonly method: string | null;
}

/** The rules of users; they stay when the credentials that use them go. */
export interface AccessRules {
  /** Those of a user, oldest first. */
  list(user: string): AccessRule[];
  find(id: string): AccessRule | undefined;
  ofCredential(credential: string): AccessRule[];
  isUsed(id: string): boolean;
  /** Inside `store.write`: the same rule of the user where there is one. */
  add(rule: Omit<AccessRule, 'id'>): AccessRule;
  /** Inside `store.write`. */
  use(credential: string, rule: string): void;
  /** Inside `store.write`. */
  remove(id: string): void;
}

export function createAccessRules(store: Store): AccessRules {
  return {
    list: (user) => store.all<AccessRule>('SELECT * FROM access_rules WHERE user = ? ORDER BY number', user),
    find: (id) => store.get<AccessRule>('SELECT * FROM access_rules WHERE id = ?', id),
    ofCredential: (credential) =>
      store.all<AccessRule>(
        `SELECT r.* FROM credential_rules c JOIN access_rules r ON r.id = c.rule
           WHERE c.credential = ? ORDER BY r.number`,
        credential,
      ),
    isUsed: (id) => store.get('SELECT 1 FROM credential_rules WHERE rule = ? LIMIT 1', id) !== undefined,
    add: ({ user, service, path, method }) => {
      const known = store.get<AccessRule>(
        'SELECT * FROM access_rules WHERE user = ? AND service IS ? AND path IS ? AND method IS ?',
        user,
        service,
        path,
        method,
      );
      if (known) return known;
      const rule = { id: randomUUID().replaceAll('-', ''), user, service, path, method };
      store.run(
        'INSERT INTO access_rules (id, user, service, path, method) VALUES (?, ?, ?, ?, ?)',
        rule.id,
        user,
        service,
        path,
        method,
      );
      return rule;
    },
    use: (credential, rule) => {
      store.run('INSERT OR IGNORE INTO credential_rules (credential, rule) VALUES (?, ?)', credential, rule);
    },
    remove: (id) => {
      store.run('DELETE FROM access_rules WHERE id = ?', id);
    },
  };
}

/** Tells whether a request is one of those that the rules let through (keystonemiddleware's `auth_token`). */
export function allowsRequest(
  rules: readonly AccessRule[],
  services: readonly string[],
  method: string,
  path: string,
): boolean {
  return rules.some(
    (rule) =>
      services.includes(rule.service ?? '') &&
      rule.method === method &&
      rule.path !== null &&
      matches(rule.path, path),
  );
}

/** `*` and `{name}` are one part of a path, `**` any number; all else is an expression, as it is to keystonemiddleware. */
function matches(pattern: string, path: string): boolean {
  const parts = pattern.split(/(\*\*|\*|\{[^}]*\})/);
  const expression = parts.map((part, at) => (at % 2 === 0 ? part : part === '**' ? '.*' : '[^/]+'));
  try {
    return compileExpression(expression.join('')).matches(path);
  } catch {
    return false; // what is no expression matches nothing
  }
}
