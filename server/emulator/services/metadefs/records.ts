import type { JsonObject } from '../../../rules/json.ts';
import type { Caller } from '../../../rules/profile/profile.ts';
import { type Clock, seconds } from '../../kernel/clock.ts';
import type { Store } from '../../store/store.ts';
import type { Kind } from './schemas.ts';

export interface Namespace {
  readonly name: string;
  readonly owner: string;
  readonly visibility: string;
  readonly protected: number;
  readonly display_name: string | null;
  readonly description: string | null;
  readonly created: number;
  readonly updated: number;
}

export interface Definition {
  readonly name: string;
  readonly body: JsonObject;
}

/** Metadata definitions of one region, as records. What changes them runs inside `store.write`. */
export interface Metadefs {
  namespace(name: string): Namespace | undefined;
  /** Those that the caller may see, or all of them. */
  namespaces(caller: Caller | undefined): Namespace[];
  put(namespace: Omit<Namespace, 'created' | 'updated'>, was?: string): void;
  remove(namespace: string): void;
  /** In the order in which they came. */
  list(namespace: string, kind: Kind): Definition[];
  find(namespace: string, kind: Kind, name: string): Definition | undefined;
  /** Writes a definition; `was` is its name until now, if it has one. */
  define(namespace: string, kind: Kind, body: JsonObject, was?: string): Definition;
  undefine(namespace: string, kind: Kind, name?: string): void;
  resourceTypes(): { name: string; created: number }[];
}

interface Row {
  name: string;
  body: string;
  created: number;
  updated: number;
}

export function createMetadefs(store: Store, clock: Clock, region: string): Metadefs {
  // Long, since its parts share state that nothing else may reach.
  const find: Metadefs['find'] = (namespace, kind, name) => {
    const row = store.get<Row>(
      'SELECT * FROM metadefs WHERE region = ? AND namespace = ? AND kind = ? AND name = ?',
      region,
      namespace,
      kind,
      name,
    );
    return row && toDefinition(row);
  };
  return {
    namespace: (name) =>
      store.get<Namespace>('SELECT * FROM metadef_namespaces WHERE region = ? AND name = ?', region, name),
    namespaces: (caller) =>
      store.all<Namespace>(
        `SELECT * FROM metadef_namespaces WHERE region = ? AND (? OR visibility = 'public' OR owner = ?)`,
        region,
        caller === undefined ? 1 : 0,
        caller?.account ?? null,
      ),
    put: ({ name, owner, visibility, protected: kept, display_name, description }, was) => {
      const now = clock.now();
      const values = [name, owner, visibility, kept, display_name, description, now];
      if (was === undefined)
        store.run(
          `INSERT INTO metadef_namespaces (name, owner, visibility, protected, display_name, description, updated, created,
             region) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...values,
          now,
          region,
        );
      else
        store.run(
          `UPDATE metadef_namespaces SET name = ?, owner = ?, visibility = ?, protected = ?, display_name = ?,
             description = ?, updated = ? WHERE region = ? AND name = ?`,
          ...values,
          region,
          was,
        );
    },
    remove: (namespace) =>
      void store.run('DELETE FROM metadef_namespaces WHERE region = ? AND name = ?', region, namespace),
    list: (namespace, kind) =>
      store
        .all<Row>(
          'SELECT * FROM metadefs WHERE region = ? AND namespace = ? AND kind = ? ORDER BY number',
          region,
          namespace,
          kind,
        )
        .map(toDefinition),
    find,
    define: (namespace, kind, body, was) => {
      const name = String(body['name']);
      const now = clock.now();
      if (was === undefined)
        store.run(
          'INSERT INTO metadefs (region, namespace, kind, name, body, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)',
          region,
          namespace,
          kind,
          name,
          JSON.stringify(body),
          now,
          now,
        );
      else
        store.run(
          `UPDATE metadefs SET name = ?, body = ?, updated = ?
           WHERE region = ? AND namespace = ? AND kind = ? AND name = ?`,
          name,
          JSON.stringify(body),
          now,
          region,
          namespace,
          kind,
          was,
        );
      const written = find(namespace, kind, name);
      if (!written) throw new Error(`Definition ${name} was not stored.`);
      return written;
    },
    undefine: (namespace, kind, name) =>
      void store.run(
        'DELETE FROM metadefs WHERE region = ? AND namespace = ? AND kind = ? AND (? OR name = ?)',
        region,
        namespace,
        kind,
        name === undefined ? 1 : 0,
        name ?? null,
      ),
    resourceTypes: () =>
      store.all(
        `SELECT name, min(created) AS created FROM metadefs WHERE region = ? AND kind = 'resource_types'
         GROUP BY name ORDER BY name`,
        region,
      ),
  };
}

function toDefinition({ name, body, created, updated }: Row): Definition {
  return {
    name,
    body: { ...JSON.parse(body), created_at: seconds(created), updated_at: seconds(updated) },
  };
}
