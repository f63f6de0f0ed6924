import type { Store } from './store.ts';

/** A column that names content, which lives as long as a row of one names it. */
export interface ContentColumn {
  readonly table: string;
  readonly column: string;
  /** Names a row to a person. None: the row is no one's but part of another content. */
  readonly label?: {
    /** A text, in SQL. */
    readonly sql: string;
    /** The source of the text, where that is more than the table. */
    readonly from?: string;
  };
}

/** The columns of the store and of jobs. */
export const kernelColumns: readonly ContentColumn[] = [
  { table: 'job_blobs', column: 'blob', label: { sql: "'task ' || job" } },
  { table: 'blob_parts', column: 'part' },
];

export interface Holders {
  /** SQL that is true where a row names the content `?1`. */
  readonly condition: string;
  /** Names what holds a content, directly or as a part of another: a few of them, and how many more. */
  describe(hash: string): string;
}

export function createHolders(store: Store, columns: readonly ContentColumn[]): Holders {
  const labels = columns.flatMap(({ table, column, label }) =>
    label ? [`SELECT ${label.sql} AS text FROM ${label.from ?? table} WHERE ${column} IN holding`] : [],
  );
  const query = `WITH RECURSIVE holding (hash) AS (
      SELECT ?1 UNION SELECT whole FROM blob_parts JOIN holding ON part = hash)
    ${labels.join(' UNION ')}`;
  return {
    condition: columns
      .map(({ table, column }) => `EXISTS (SELECT 1 FROM ${table} WHERE ${column} = ?1)`)
      .join(' OR '),
    describe: (hash) => {
      const named = store.all<{ text: string }>(query, hash);
      if (named.length === 0) return 'nothing that is left';
      const more = named.length > 5 ? [`${named.length - 5} more`] : [];
      return [...named.slice(0, 5).map(({ text }) => text), ...more].join(', ');
    },
  };
}
