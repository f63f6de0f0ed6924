import type { Store } from '../../../store/store.ts';
import type { ContainerRow, ObjectRow } from '../records.ts';

/** A version of an object: what it was then, or that it was removed. */
export interface VersionRow {
  readonly container: number;
  readonly name: string;
  /** The time at which it was made, as Swift writes times. */
  readonly version: string;
  /** Null: the object was removed. */
  readonly blob: string | null;
  readonly size: number;
  readonly md5: string;
  readonly content_type: string;
  readonly headers: string;
  readonly modified: number;
  readonly slo_size: number | null;
  readonly slo_etag: string | null;
}

export const removedType = 'application/x-deleted;swift_versions_deleted=1';
const emptyMd5 = 'd41d8cd98f00b204e9800998ecf8427e';

/**
 * The bytes of a container's versions beyond those that its objects count already, or how many there are. What is the
 * object now is a version, too.
 */
export function countVersions(
  store: Store,
  { key, metadata }: ContainerRow,
  what: 'bytes' | 'count' = 'bytes',
): number {
  if (!metadata.includes('-versions-container')) return 0;
  const [versions, current] = ['object_versions', 'objects'].map(
    (table) =>
      store.get<{ count: number; bytes: number }>(
        `SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM ${table}
         WHERE container = ? AND version IS NOT NULL`,
        key,
      ) ?? { count: 0, bytes: 0 },
  );
  if (what === 'count') return versions?.count ?? 0;
  return (versions?.bytes ?? 0) - (current?.bytes ?? 0);
}

export function findVersion(
  store: Store,
  key: number,
  name: string,
  version: string,
): VersionRow | undefined {
  return store.get<VersionRow>(
    'SELECT * FROM object_versions WHERE container = ? AND name = ? AND version = ?',
    key,
    name,
    version,
  );
}

/** Newest first. */
export function versionsOf(store: Store, key: number, name: string): VersionRow[] {
  return store.all<VersionRow>(
    'SELECT * FROM object_versions WHERE container = ? AND name = ? ORDER BY version DESC',
    key,
    name,
  );
}

/** The version as an object that can be read. */
export function asObject(version: VersionRow & { readonly blob: string }): ObjectRow {
  return { ...version, expires: null };
}

/** Inside `store.write`: enters what an object is now as a version. */
export function addVersion(store: Store, version: string, row: ObjectRow): void {
  store.run(
    `INSERT OR REPLACE INTO object_versions
     (container, name, version, blob, size, md5, content_type, headers, modified, slo_size, slo_etag)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.container,
    row.name,
    version,
    row.blob,
    row.size,
    row.md5,
    row.content_type,
    row.headers,
    row.modified,
    row.slo_size,
    row.slo_etag,
  );
}

/** Inside `store.write`: enters that an object was removed. */
export function addRemoval(store: Store, version: string, key: number, name: string, now: number): void {
  store.run(
    `INSERT INTO object_versions
     (container, name, version, blob, size, md5, content_type, headers, modified, slo_size, slo_etag)
     VALUES (?, ?, ?, NULL, 0, ?, ?, '{}', ?, NULL, NULL)`,
    key,
    name,
    version,
    emptyMd5,
    removedType,
    now,
  );
}

/** Inside `store.write`. */
export function removeVersion(store: Store, key: number, name: string, version: string): void {
  store.run(
    'DELETE FROM object_versions WHERE container = ? AND name = ? AND version = ?',
    key,
    name,
    version,
  );
}
