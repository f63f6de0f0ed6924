import { notFound } from '../../kernel/apiError.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Events } from '../../kernel/events.ts';
import { createPauses, createSlice } from '../../kernel/pauses.ts';
import type { Blobs } from '../../store/blobs.ts';
import type { Store } from '../../store/store.ts';
import { checkMetadata, type Headers } from './headers.ts';
import { within } from './listing/list.ts';
import { refuse } from './refusals.ts';

/** Containers and objects as records. Changes run inside `store.write`. */
export interface Objects {
  container(region: string, account: string, name: string): ContainerRow | undefined;
  /** Sums over all containers of an account. */
  totals(region: string, account: string): Promise<Totals>;
  find(region: string, account: string, container: string, name: string): ObjectRow | undefined;
  /** Answers whether it was new. */
  putContainer(region: string, account: string, name: string, metadata: Headers): boolean;
  /** Adds to the metadata; an empty value takes an entry away. Throws 400 where it grows over the limits. */
  setMetadata(container: ContainerRow, metadata: Headers): void;
  accountMetadata(region: string, account: string): Headers;
  /** When the account was first written to; now where it never was. */
  accountCreated(region: string, account: string): number;
  setAccountMetadata(region: string, account: string, metadata: Headers): void;
  /** Throws 404, and 409 where it is not empty. */
  removeContainer(region: string, account: string, name: string): void;
  put(region: string, account: string, container: string, object: NewObject): ObjectRow;
  setHeaders(row: ObjectRow, contentType: string, headers: Headers, expires: number | null): void;
  remove(region: string, account: string, container: string, name: string): void;
  /** Objects whose names begin so, the last of them first. */
  newest(region: string, account: string, container: string, prefix: string, count: number): ObjectRow[];
  /** Removes some of what `X-Delete-At` has let expire. Answers whether that was all. */
  expire(): boolean;
}

export interface Totals {
  readonly count: number;
  readonly objects: number;
  readonly bytes: number;
}

export interface ContainerRow {
  readonly key: number;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly metadata: string;
  readonly objects: number;
  readonly bytes: number;
  readonly created: number;
  /** When it was put last; null where that is when it was made. */
  readonly modified: number | null;
}

export interface ObjectRow {
  readonly container: number;
  readonly name: string;
  readonly blob: string;
  readonly size: number;
  readonly md5: string;
  readonly content_type: string;
  readonly headers: string;
  readonly modified: number;
  /** The bytes of all segments of a static large object together, and the hash of their hashes. */
  readonly slo_size: number | null;
  readonly slo_etag: string | null;
  /** From then on it counts as gone. */
  readonly expires: number | null;
  /** Which of its versions it is; null: none, as where its container has none. */
  readonly version: string | null;
}

export interface NewObject {
  readonly name: string;
  readonly blob: string;
  readonly size: number;
  readonly md5: string;
  readonly contentType: string;
  readonly headers: Headers;
  readonly expires: number | null;
  readonly slo?: { readonly size: number; readonly etag: string };
  readonly version?: string;
}

export function createObjects(store: Store, clock: Clock, events: Events, blobs: Blobs): Objects {
  // Long, since its parts share state that nothing else may reach.
  const container: Objects['container'] = (region, account, name) =>
    store.get<ContainerRow>(
      'SELECT * FROM containers WHERE region = ? AND account = ? AND name = ?',
      region,
      account,
      name,
    );
  const stored = (key: number, name: string) =>
    store.get<ObjectRow>('SELECT * FROM objects WHERE container = ? AND name = ?', key, name);
  const object = (key: number, name: string) => {
    const row = stored(key, name);
    return row && (row.expires === null || row.expires > clock.now()) ? row : undefined;
  };
  const existing = (region: string, account: string, name: string): ContainerRow => {
    const found = container(region, account, name);
    if (!found) throw notFound('files/not-found');
    return found;
  };
  const tell = (
    kind: 'object' | 'container',
    action: 'create' | 'update' | 'delete',
    { region, account, name }: ContainerRow,
    objectName?: string,
    summary = {},
  ) =>
    events.append({
      kind,
      action,
      region,
      account,
      id: objectName === undefined ? name : `${name}/${objectName}`,
      summary,
    });
  /** Keeps the container's totals, so that no listing has to count. */
  const count = (key: number, objects: number, bytes: number) =>
    store.run(
      'UPDATE containers SET objects = objects + ?, bytes = bytes + ? WHERE key = ?',
      objects,
      bytes,
      key,
    );

  return {
    container,
    totals: async (region, account) => {
      const pause = createPauses();
      const totals = { count: 0, objects: 0, bytes: 0 };
      let after: string | null = '';
      while (after !== null) {
        const page: (Totals & { last: string | null }) | undefined = store.get(
          `SELECT count(*) AS count, coalesce(sum(objects), 0) AS objects, coalesce(sum(bytes), 0) AS bytes,
             max(name) AS last
           FROM (SELECT name, objects, bytes FROM containers
             WHERE region = ? AND account = ? AND name > ? ORDER BY name LIMIT 1000)`,
          region,
          account,
          after,
        );
        totals.count += page?.count ?? 0;
        totals.objects += page?.objects ?? 0;
        totals.bytes += page?.bytes ?? 0;
        after = page?.last ?? null;
        await pause();
      }
      for (const [table, sign] of [
        ['object_versions', 1],
        ['objects', -1],
      ] as const) {
        const versions = store.get<{ count: number; bytes: number }>(
          `SELECT count(*) AS count, coalesce(sum(v.size), 0) AS bytes
           FROM ${table} v CROSS JOIN containers c ON c.key = v.container
           WHERE v.version IS NOT NULL AND c.region = ? AND c.account = ?`,
          region,
          account,
        );
        if (sign > 0) totals.objects += versions?.count ?? 0;
        totals.bytes += sign * (versions?.bytes ?? 0);
      }
      return totals;
    },
    find: (region, account, containerName, name) => {
      const found = container(region, account, containerName);
      return found && object(found.key, name);
    },
    putContainer: (region, account, name, metadata) => {
      const known = container(region, account, name);
      if (known) {
        if (Object.keys(metadata).length > 0) mergeMetadata(known, metadata);
        store.run('UPDATE containers SET modified = ? WHERE key = ?', clock.now(), known.key);
        return false;
      }
      beginAccount(region, account);
      store.run(
        `INSERT INTO containers (region, account, name, metadata, objects, bytes, created)
         VALUES (?, ?, ?, ?, 0, 0, ?)`,
        region,
        account,
        name,
        JSON.stringify(merge({}, metadata, 'container')),
        clock.now(),
      );
      tell('container', 'create', existing(region, account, name));
      return true;
    },
    setMetadata: (row, metadata) => mergeMetadata(row, metadata),
    removeContainer: (region, account, name) => {
      const row = existing(region, account, name);
      if (row.objects > 0) throw refuse('files/not-empty');
      store.run('DELETE FROM containers WHERE key = ?', row.key);
      tell('container', 'delete', row);
    },
    put: (region, account, containerName, asked) => {
      const { name, blob, size, md5, contentType, headers, expires, slo, version } = asked;
      const row = existing(region, account, containerName);
      const before = stored(row.key, name);
      store.run(
        `INSERT OR REPLACE INTO objects
         (container, name, blob, size, md5, content_type, headers, modified, expires, slo_size, slo_etag, version)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        row.key,
        name,
        blob,
        size,
        md5,
        contentType,
        JSON.stringify(headers),
        clock.now(),
        expires,
        slo?.size ?? null,
        slo?.etag ?? null,
        version ?? null,
      );
      count(row.key, before ? 0 : 1, size - (before?.size ?? 0));
      if (before && before.blob !== blob) blobs.release(before.blob);
      tell('object', before ? 'update' : 'create', row, name, { bytes: slo?.size ?? size, hash: md5 });
      const now = stored(row.key, name);
      if (!now) throw new Error(`Object ${name} was not stored.`);
      return now;
    },
    setHeaders: (row, contentType, headers, expires) => {
      store.run(
        `UPDATE objects SET content_type = ?, headers = ?, modified = ?, expires = ?
         WHERE container = ? AND name = ?`,
        contentType,
        JSON.stringify(headers),
        clock.now(),
        expires,
        row.container,
        row.name,
      );
      if (row.version !== null)
        store.run(
          `UPDATE object_versions SET content_type = ?, headers = ?, modified = ?
           WHERE container = ? AND name = ? AND version = ?`,
          contentType,
          JSON.stringify(headers),
          clock.now(),
          row.container,
          row.name,
          row.version,
        );
      const owner = store.get<ContainerRow>('SELECT * FROM containers WHERE key = ?', row.container);
      if (owner) tell('object', 'update', owner, row.name, { bytes: row.size, hash: row.md5 });
    },
    remove: (region, account, containerName, name) => {
      const row = existing(region, account, containerName);
      const before = object(row.key, name);
      if (!before) throw notFound('files/not-found');
      drop(row, before);
    },
    newest: (region, account, containerName, prefix, most) => {
      const found = container(region, account, containerName);
      if (!found) return [];
      const { from, before } = within(prefix);
      return store.all<ObjectRow>(
        `SELECT * FROM objects WHERE container = ? AND name >= ? AND name < ?
         AND (expires IS NULL OR expires > ?) ORDER BY name DESC LIMIT ?`,
        found.key,
        from,
        before,
        clock.now(),
        most,
      );
    },
    expire: () => {
      for (const isOver = createSlice(); !isOver(); ) {
        const row = store.get<ObjectRow>('SELECT * FROM objects WHERE expires <= ? LIMIT 1', clock.now());
        if (!row) return true;
        const owner = store.get<ContainerRow>('SELECT * FROM containers WHERE key = ?', row.container);
        if (owner) drop(owner, row);
      }
      return false;
    },
    accountMetadata,
    accountCreated: (region, account) => {
      const row = store.get<{ created: number | null }>(
        `SELECT coalesce((SELECT created FROM file_accounts WHERE region = ?1 AND account = ?2),
           (SELECT min(created) FROM containers WHERE region = ?1 AND account = ?2)) AS created`,
        region,
        account,
      );
      return row?.created ?? clock.now();
    },
    setAccountMetadata: (region, account, metadata) => {
      const merged = merge(accountMetadata(region, account), metadata, 'account');
      beginAccount(region, account);
      store.run(
        'UPDATE file_accounts SET metadata = ? WHERE region = ? AND account = ?',
        JSON.stringify(merged),
        region,
        account,
      );
    },
  };

  function drop(row: ContainerRow, { name, size, blob }: ObjectRow): void {
    store.run('DELETE FROM objects WHERE container = ? AND name = ?', row.key, name);
    count(row.key, -1, -size);
    blobs.release(blob);
    tell('object', 'delete', row, name);
  }

  /** Of one that the cloud does not know nothing is noted. */
  function beginAccount(region: string, account: string): void {
    store.run(
      `INSERT OR IGNORE INTO file_accounts (region, account, metadata, created)
       SELECT ?, id, '{}', ? FROM accounts WHERE id = ?`,
      region,
      clock.now(),
      account,
    );
  }

  function accountMetadata(region: string, account: string): Headers {
    const row = store.get<{ metadata: string }>(
      'SELECT metadata FROM file_accounts WHERE region = ? AND account = ?',
      region,
      account,
    );
    return row ? JSON.parse(row.metadata) : {};
  }

  function mergeMetadata(row: ContainerRow, changed: Headers): void {
    const merged = merge(JSON.parse(row.metadata), changed, 'container');
    store.run('UPDATE containers SET metadata = ? WHERE key = ?', JSON.stringify(merged), row.key);
    tell('container', 'update', row);
  }
}

/** A header with an empty value takes the entry away, as in Swift. */
function merge(before: Headers, changed: Headers, kind: 'account' | 'container'): Headers {
  const merged = Object.entries({ ...before, ...changed }).filter(([, value]) => value !== '');
  checkMetadata(merged, `x-${kind}-meta-`);
  return Object.fromEntries(merged);
}
