import type { Store } from './store.ts';

/**
 * Inside `store.write`: runs the statements that make a service's tables, each once in the life of a data folder. How many
 * were run stands in `meta`.
 */
export function makeTables(store: Store, service: string, statements: readonly string[]): void {
  if (statements.length === 0) return;
  const name = `tables of ${service}`;
  const row = store.get<{ value: string }>('SELECT value FROM meta WHERE name = ?', name);
  for (const statement of statements.slice(Number(row?.value ?? 0))) store.run(statement);
  store.run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', name, String(statements.length));
}
