import { closeSync, openSync, readSync } from 'node:fs';
import type { EmulatorContext } from '../../services/context.ts';
import type { ContentColumn } from '../../store/contentColumns.ts';
import { isContentName } from '../../store/names.ts';
import type { Kept, Piece } from '../../store/pieces.ts';
import type { Store } from '../../store/store.ts';
import { holdContent, listTables, nameCopy } from '../state.ts';
import { isContradiction, refusals, SnapshotRefused } from './format.ts';
import type { ReceivedSnapshot } from './read.ts';

/** A row of records, column by column. */
type Row = readonly (string | number | null)[];

interface Entered {
  readonly number: number;
  /** Releases the files of its content, which stay until the change is durable. */
  settle(): void;
}

/**
 * Inside `store.write`: enters what was received as the snapshot `name`, which must be free. Throws SnapshotRefused; then
 * nothing is entered.
 */
export function enterSnapshot(
  context: EmulatorContext,
  columns: readonly ContentColumn[],
  { head, records, contents }: ReceivedSnapshot,
  name: string,
): Entered {
  const { store, blobs } = context;
  const { key: number } = store.run(
    'INSERT INTO snapshots (name, time, clock) VALUES (?, ?, ?)',
    name,
    head.time,
    JSON.stringify(head.clock),
  );
  const sizes = new Map(contents.map(({ hash, size }) => [hash, size]));
  const held: Kept[] = [];
  const wholes = new Map<string, { readonly size: number; readonly parts: Piece[] }>();
  const tables = new Set(listTables(store));
  let insert: ((row: Row) => void) | undefined;
  for (const line of readLines(records.file)) {
    const value = parseLine(line);
    if (isTable(value)) {
      const { table, columns: named } = value;
      if (table === 'blobs') insert = (row) => takeBlob(row, sizes, wholes);
      else if (table === 'blob_parts') insert = (row) => takePart(row, sizes, wholes);
      else if (tables.has(table)) insert = makeCopy(store, table, number, named);
      else throw new SnapshotRefused(refusals.damaged(`it has records of '${table}'`));
    } else insert?.(value);
  }
  for (const { file, hash, size } of contents) blobs.adopt(file, hash, size);
  for (const [hash, { size, parts }] of wholes) {
    if (parts.reduce((sum, { length }) => sum + length, 0) !== size)
      throw new SnapshotRefused(refusals.damaged(`parts of content ${hash.slice(0, 16)}… are missing`));
    const kept = blobs.keep(parts);
    held.push(kept);
    blobs.compose(hash, size, kept);
  }
  try {
    holdContent(store, columns, number);
  } catch (error) {
    throw isContradiction(error) ? new SnapshotRefused(refusals.unfit, { cause: error }) : error;
  }
  for (const hash of [...sizes.keys(), ...wholes.keys()]) blobs.release(hash); // what no record names
  return { number, settle: () => held.forEach((kept) => void kept.release()) };
}

/** The line before the rows of a table. */
interface Table {
  readonly table: string;
  readonly columns: readonly string[];
}

function parseLine(line: string): Row | Table {
  try {
    const value: unknown = JSON.parse(line);
    if (Array.isArray(value) || isTable(value)) return value as Row | Table;
  } catch (error) {
    throw new SnapshotRefused(refusals.unfit, { cause: error });
  }
  throw new SnapshotRefused(refusals.unfit);
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && 'columns' in value && Array.isArray(value.columns);
}

function takeBlob(
  [hash, size]: Row,
  sizes: ReadonlyMap<string, number>,
  wholes: Map<string, { readonly size: number; readonly parts: Piece[] }>,
): void {
  if (typeof hash !== 'string' || !isContentName(hash) || !isCount(size))
    throw new SnapshotRefused(refusals.unfit);
  const found = sizes.get(hash);
  if (found === undefined) wholes.set(hash, { size, parts: [] });
  else if (found !== size) throw new SnapshotRefused(refusals.unfit);
}

function takePart(
  [whole, part, start, length]: Row,
  sizes: ReadonlyMap<string, number>,
  wholes: ReadonlyMap<string, { readonly size: number; readonly parts: Piece[] }>,
): void {
  const found = typeof whole === 'string' ? wholes.get(whole) : undefined;
  const size = typeof part === 'string' ? sizes.get(part) : undefined;
  if (!found || size === undefined || !isCount(start) || !isCount(length) || start + length > size)
    throw new SnapshotRefused(refusals.unfit);
  found.parts.push({ blob: String(part), start, length });
}

/** Makes the snapshot's copy of a table, with the columns that the file has; answers how a row gets there. */
function makeCopy(store: Store, table: string, number: number, named: readonly string[]): (row: Row) => void {
  const known = new Map(
    store
      .all<{ name: string; type: string; notnull: number }>(
        'SELECT name, type, "notnull" FROM pragma_table_info(?)',
        table,
      )
      .map((column) => [column.name, column]),
  );
  const found = named.map((name) => known.get(name));
  if (found.length === 0 || new Set(found).size !== found.length || found.some((column) => !column))
    throw new SnapshotRefused(refusals.damaged(`'${table}' has columns that are not known`));
  const columns = found.flatMap((column) => column ?? []);
  const list = columns.map(({ name }) => name).join(', ');
  const copy = nameCopy(table, number);
  store.run(`CREATE TABLE ${copy} AS SELECT ${list} FROM ${table} WHERE 0`);
  const sql = `INSERT INTO ${copy} (${list}) VALUES (${columns.map(() => '?').join(', ')})`;
  return (row) => {
    const fits =
      row.length === columns.length &&
      columns.every(({ type, notnull }, index) => isOfType(row[index], type, notnull === 1));
    if (!fits) throw new SnapshotRefused(refusals.damaged(`a row of '${table}' does not fit`));
    store.run(sql, ...row);
  };
}

function isOfType(value: string | number | null | undefined, type: string, isRequired: boolean): boolean {
  if (value === null) return !isRequired;
  if (type === 'TEXT') return typeof value === 'string';
  return typeof value === 'number' && (type === 'REAL' || Number.isSafeInteger(value));
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

const chunkBytes = 2 ** 20;

/** The lines of a file of ours, which was hashed when it came; without a pause, since they are read inside a change. */
function* readLines(path: string): Generator<string> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(chunkBytes);
  let rest: Buffer = Buffer.alloc(0);
  try {
    for (;;) {
      const got = readSync(file, buffer);
      if (got === 0) break;
      const bytes = Buffer.concat([rest, buffer.subarray(0, got)]);
      const last = bytes.lastIndexOf(10);
      if (last >= 0) yield* bytes.toString('utf8', 0, last).split('\n');
      rest = bytes.subarray(last + 1);
    }
  } finally {
    closeSync(file);
  }
  if (rest.length > 0) throw new SnapshotRefused(refusals.unfit);
}
