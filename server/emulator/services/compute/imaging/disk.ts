import type { DiskWrite, ServerDisk } from '../../../diskWorker/protocol.ts';
import { fullDisk } from '../../../store/dataProblem.ts';
import type { FilePiece, Kept, Piece } from '../../../store/pieces.ts';
import type { EmulatorContext } from '../../context.ts';
import type { ServerRow } from '../servers/rows.ts';

interface WriteRow {
  readonly start: number;
  readonly length: number;
  readonly blob: string | null;
}

/** The key of the last write to a server's disk; 0: nothing was written to it. */
export function findLastWrite({ store }: EmulatorContext, { key }: ServerRow): number {
  return (
    store.get<{ last: number | null }>('SELECT max(key) AS last FROM server_writes WHERE server = ?', key)
      ?.last ?? 0
  );
}

/**
 * Works with a server's disk, as it was after `lastWrite` or as it is; its files stay as long as that takes. Throws where
 * they are not what they were.
 */
export async function withDisk<T>(
  { blobs, store }: EmulatorContext,
  row: ServerRow,
  scratch: string,
  use: (disk: ServerDisk) => Promise<T>,
  lastWrite = Number.MAX_SAFE_INTEGER,
): Promise<T> {
  const writes = store.all<WriteRow>(
    'SELECT start, length, blob FROM server_writes WHERE server = ? AND key <= ? ORDER BY key',
    row.key,
    lastWrite,
  );
  const contents = [row.disk_blob, ...writes.map(({ blob }) => blob)];
  const kept: Kept[] = [];
  try {
    for (const blob of contents) kept.push(blobs.keep(blob === null ? [] : [wholeOf(store, blob)]));
    for (const each of kept) await blobs.prove(each);
    const [base = [], ...others] = kept.map(({ files }) => files);
    return await use({
      base,
      diskFormat: row.disk_format ?? 'raw',
      writes: writes.map((write, index) => toWrite(write, others[index] ?? [])),
      diskBytes: row.disk_bytes,
      scratch,
    });
  } finally {
    for (const each of kept) each.release();
  }
}

/** Says why the disk of a server was not read or imaged. */
export function describeDiskFault(error: unknown): string {
  return fullDisk(error) ?? 'The disk of the server could not be read; the log of the emulator says why.';
}

/** The content of a blob as one piece. */
export function wholeOf(store: EmulatorContext['store'], blob: string): Piece {
  const { size } = store.get<{ size: number }>('SELECT size FROM blobs WHERE hash = ?', blob) ?? { size: 0 };
  return { blob, start: 0, length: size };
}

function toWrite({ start, length, blob }: WriteRow, pieces: readonly FilePiece[]): DiskWrite {
  return { offset: start, length, ...(blob === null ? {} : { pieces }) };
}
