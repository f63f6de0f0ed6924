import type { Store } from './store.ts';

/** What holds a content, directly or as a part of another, in words: a few of them by name, and how many more. */
export function nameHolders(store: Store, hash: string): string {
  const named = store.all<{ text: string }>(
    `WITH RECURSIVE holding (hash) AS (
       SELECT ?1 UNION SELECT whole FROM blob_parts JOIN holding ON part = hash)
     SELECT 'object ' || c.name || '/' || o.name || ' of account ' || c.account || ' in ' || c.region AS text
       FROM objects o JOIN containers c ON c.key = o.container WHERE o.blob IN holding
     UNION ALL
     SELECT 'image ' || id || coalesce(' (' || name || ')', '') || ' in ' || region FROM images
       WHERE blob IN holding OR staged IN holding
     UNION ALL
     SELECT 'task ' || job FROM job_blobs WHERE blob IN holding
     UNION ALL
     SELECT 'snapshot ' || name FROM snapshot_blobs JOIN snapshots ON number = snapshot WHERE blob IN holding`,
    hash,
  );
  if (named.length === 0) return 'nothing that is left';
  const more = named.length > 5 ? [`${named.length - 5} more`] : [];
  return [...named.slice(0, 5).map(({ text }) => text), ...more].join(', ');
}
