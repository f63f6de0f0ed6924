import type { SQLInputValue } from 'node:sqlite';
import type { Clock } from '../kernel/clock.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Store } from '../store/store.ts';

/** Tables whose rows count their changes: a revision names one state of its row for ever, and what was made of it. */
type Revised = 'images' | 'servers';

interface RevisedRow {
  readonly key: number;
  readonly updated: number;
  readonly revision: number;
}

/** Inside `store.write`: writes columns beside the time and the revision. Answers the row as it is then. */
export function writeRevision<Row extends RevisedRow & Record<keyof Row, SQLInputValue>>(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  table: Revised,
  row: Row,
  columns: Partial<Row>,
): Row {
  const now: Row = { ...row, ...columns, updated: clock.now(), revision: row.revision + 1 };
  const set = Object.entries(columns);
  store.run(
    `UPDATE ${table} SET ${set.map(([name]) => `${name} = ?, `).join('')}updated = ?, revision = ? WHERE key = ?`,
    ...set.map(([, value]) => value),
    now.updated,
    now.revision,
    row.key,
  );
  return now;
}

/** Inside `store.write`, after rows were brought back: states that came after them, and are remembered, had others. */
export function renewRevisions({ store, events }: Pick<Kernel, 'store' | 'events'>, table: Revised): void {
  store.run(`UPDATE ${table} SET revision = revision % 1048576 + ? * 1048576`, events.last() + 1);
}
