import type { DatabaseSync } from 'node:sqlite';

type Sqlite = { DatabaseSync: new (path: string, options?: { readOnly: boolean }) => DatabaseSync };

/**
 * Node's own SQLite, found at run time so that a Node without it is told in one sentence, and without the warning that
 * it is experimental, which says nothing to the person who runs an emulator.
 */
export function loadSqlite(): Sqlite {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    const sqlite: Sqlite | undefined = process.getBuiltinModule?.('node:sqlite');
    if (sqlite) return sqlite;
  } finally {
    process.emitWarning = emitWarning;
  }
  throw new Error(
    `The emulator keeps its data with Node's own SQLite (node:sqlite), which Node ${process.versions.node} does not have. Run it with Node 22.13 or later.`,
  );
}
