import type { Store } from '../../store/store.ts';

/** What Keystone keeps of a project beside its name; of those that nobody described, nothing is stored. */
export interface ProjectDetails {
  readonly description: string;
  readonly enabled: boolean;
  readonly tags: readonly string[];
}

export interface Projects {
  details(account: string): ProjectDetails;
  /** Inside `store.write`. Leaves what is undefined as it was. */
  change(account: string, change: Partial<ProjectDetails>): void;
}

interface Row {
  readonly description: string;
  readonly enabled: number;
  readonly tags: string;
}

export function createProjects(store: Store): Projects {
  const details = (account: string): ProjectDetails => {
    const row = store.get<Row>('SELECT * FROM project_details WHERE account = ?', account);
    if (!row) return { description: '', enabled: true, tags: [] };
    return { description: row.description, enabled: row.enabled === 1, tags: JSON.parse(row.tags) };
  };
  return {
    details,
    change: (account, change) => {
      const { description, enabled, tags } = { ...details(account), ...change };
      store.run(
        'INSERT OR REPLACE INTO project_details (account, description, enabled, tags) VALUES (?, ?, ?, ?)',
        account,
        description,
        enabled ? 1 : 0,
        JSON.stringify(tags),
      );
    },
  };
}
