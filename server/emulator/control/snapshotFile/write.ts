import { createReadStream } from 'node:fs';
import { alignTar, tarBlock, tarHeader } from '../../../disks/format/tar.ts';
import { createPauses } from '../../kernel/pauses.ts';
import type { EmulatorContext } from '../../services/context.ts';
import type { Service } from '../../services/service.ts';
import type { Kept } from '../../store/pieces.ts';
import { migrations } from '../../store/schema.ts';
import type { Store } from '../../store/store.ts';
import { listColumns, listCopies } from '../state.ts';
import { format, formatContentName, type Head, kind, names } from './format.ts';
import { type Spooled, spool } from './spool.ts';

export interface KeptSnapshot {
  readonly number: number;
  readonly name: string;
  /** On the clock. */
  readonly time: number;
  /** As JSON. */
  readonly clock: string;
}

/** A file that is ready to be sent. */
export interface SnapshotFile {
  readonly bytes: number;
  /** Each chunk stays as it is until the next but one is asked for. Ends early, throwing, where content is damaged. */
  read(): AsyncGenerator<Uint8Array>;
  release(): void;
}

/** Reads a snapshot's records, and holds its content until it is released. Throws where the snapshot goes meanwhile. */
export async function openSnapshot(
  context: EmulatorContext,
  services: readonly Service[],
  snapshot: KeptSnapshot,
  version: string,
): Promise<SnapshotFile> {
  const { store, blobs } = context;
  const contents = store.all<{ hash: string; size: number }>(
    `${heldBy} SELECT hash, size FROM blobs JOIN held USING (hash) WHERE hash NOT IN (SELECT whole FROM blob_parts)`,
    snapshot.number,
  );
  const kept = contents.map(({ hash, size }) => blobs.keep([{ blob: hash, start: 0, length: size }]));
  let records: Spooled | undefined;
  const release = (): void => {
    for (const one of kept) one.release();
    if (records) blobs.discard(records.file);
  };
  try {
    for (const one of kept) await blobs.refuseDamaged(one);
    records = await spool(blobs, readRecords(store, snapshot.number), 'sha256');
    const head = Buffer.from(
      `${JSON.stringify(describe(context, services, snapshot, version, records, contents), null, 2)}\n`,
    );
    const entries = [
      { name: names.head, size: head.length, read: () => [head] },
      { name: names.records, size: records.size, read: readFile(records.file) },
      ...contents.map(({ hash, size }, index) => ({
        name: formatContentName(hash),
        size,
        read: () => blobs.read(kept[index] as Kept, true),
      })),
    ];
    const bytes = entries.reduce((sum, { size }) => sum + tarBlock + alignTar(size), 2 * tarBlock);
    return { bytes, read: () => pack(entries), release };
  } catch (error) {
    release();
    throw error;
  }
}

const heldBy = `WITH RECURSIVE held (hash) AS (
  SELECT blob FROM snapshot_blobs WHERE snapshot = ? UNION SELECT part FROM blob_parts JOIN held ON whole = hash)`;

function describe(
  { profile, store }: EmulatorContext,
  services: readonly Service[],
  { name, time, clock }: KeptSnapshot,
  version: string,
  records: Spooled,
  contents: readonly { size: number }[],
): Head {
  const counts = new Map(
    store
      .all<{ name: string; value: string }>("SELECT name, value FROM meta WHERE name GLOB 'tables of *'")
      .map((row) => [row.name.slice('tables of '.length), Number(row.value)]),
  );
  return {
    kind,
    format,
    version,
    schema: migrations.length,
    services: Object.fromEntries(services.flatMap((one) => [[one.name, counts.get(one.name) ?? 0]])),
    profile: profile.name,
    release: profile.release,
    name,
    time,
    clock: JSON.parse(clock),
    records: { bytes: records.size, sha256: records.hash },
    contents: { count: contents.length, bytes: contents.reduce((sum, { size }) => sum + size, 0) },
  };
}

/** Rows that are read in one go. */
const stride = 500;

async function* readRecords(store: Store, number: number): AsyncGenerator<Buffer> {
  const pause = createPauses();
  const line = (value: unknown) => `${JSON.stringify(value)}\n`;
  const held = store.all<{ hash: string; size: number }>(
    `${heldBy} SELECT hash, size FROM blobs JOIN held USING (hash)`,
    number,
  );
  yield Buffer.from(
    line({ table: 'blobs', columns: ['hash', 'size'] }) +
      held.map(({ hash, size }) => line([hash, size])).join(''),
  );
  const parts = store.all<Record<string, string | number>>(
    `${heldBy} SELECT whole, part, start, length FROM blob_parts JOIN held ON whole = hash ORDER BY whole, number`,
    number,
  );
  const columns = ['whole', 'part', 'start', 'length'];
  yield Buffer.from(
    line({ table: 'blob_parts', columns }) +
      parts.map((row) => line(columns.map((column) => row[column]))).join(''),
  );
  for (const { table, copy } of listCopies(store, number)) {
    const ofTable = listColumns(store, copy);
    yield Buffer.from(line({ table, columns: ofTable }));
    for (let last = 0; ; ) {
      const rows = store.all<Record<string, string | number | null>>(
        `SELECT rowid AS snapshot_row, * FROM ${copy} WHERE rowid > ? ORDER BY rowid LIMIT ${stride}`,
        last,
      );
      yield Buffer.from(rows.map((row) => line(ofTable.map((column) => row[column]))).join(''));
      await pause();
      if (rows.length < stride) break;
      last = Number(rows.at(-1)?.['snapshot_row']);
    }
  }
}

interface Entry {
  readonly name: string;
  readonly size: number;
  read(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

async function* pack(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  for (const { name, size, read } of entries) {
    yield await tarHeader(name, size);
    if (size > 0) yield* read();
    yield new Uint8Array(alignTar(size) - size);
  }
  yield new Uint8Array(2 * tarBlock);
}

function readFile(path: string): () => AsyncIterable<Uint8Array> {
  return () => createReadStream(path);
}
