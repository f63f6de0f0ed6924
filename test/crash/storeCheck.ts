import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { controlRecords } from '../../server/emulator/control/service.ts';
import { listContentColumns, services } from '../../server/emulator/services/services.ts';
import { removeFolder, temporaryFolder } from '../emulator/harness.ts';

const unnamed = 'No row names the file';

/**
 * What is wrong in a data folder. It looks at a copy, since SQLite repairs what it opens. Right after a kill there may be
 * files that no row names: the start removes them.
 */
export function storeBreaches(data: string, when: 'killed' | 'started' | 'stopped'): string[] {
  const copy = temporaryFolder();
  try {
    for (const name of ['emulator.db', 'emulator.db-wal'])
      if (existsSync(join(data, name))) copyFileSync(join(data, name), join(copy, name));
    const database = new DatabaseSync(join(copy, 'emulator.db'));
    try {
      return breachesIn(database, data, when);
    } finally {
      database.close();
    }
  } finally {
    removeFolder(copy);
  }
}

/**
 * What is wrong once an emulator has started. The tasks that go on put a file in place before its row, so a file is wrong
 * that no row names in any of the looks of five seconds.
 */
export async function breachesOnceStarted(data: string): Promise<string[]> {
  let found = storeBreaches(data, 'started');
  for (let looks = 0; looks < 50 && found.some(isUnnamed); looks++) {
    await wait(100);
    const before = found;
    found = storeBreaches(data, 'started').filter((breach) => !isUnnamed(breach) || before.includes(breach));
  }
  return found;
}

function isUnnamed(breach: string): boolean {
  return breach.includes(unnamed);
}

function breachesIn(database: DatabaseSync, data: string, when: string): string[] {
  const texts = (sql: string) =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]));
  const breaches = texts('PRAGMA integrity_check').filter((text) => text !== 'ok');
  breaches.push(...texts('PRAGMA foreign_key_check').map((table) => `A row of ${table} refers to nothing.`));
  const held = listContentColumns([controlRecords, ...services]).map(
    ({ table, column }) => `EXISTS (SELECT 1 FROM ${table} WHERE ${column} = hash)`,
  );
  for (const hash of texts(`SELECT hash FROM blobs WHERE NOT (${held.join(' OR ')})`))
    breaches.push(`Nothing holds the content ${hash}.`);
  const rows = new Set(texts('SELECT hash FROM blobs WHERE hash NOT IN (SELECT whole FROM blob_parts)'));
  const files = new Set(readdirSync(join(data, 'blobs')));
  for (const hash of rows) if (!files.has(hash)) breaches.push(`The content ${hash} has no file.`);
  if (when !== 'killed') for (const name of files) if (!rows.has(name)) breaches.push(`${unnamed} ${name}.`);
  return breaches.map((text) => `${when}: ${text}`);
}
