import type { EmulatorContext } from '../../context.ts';
import type { ContainerRow } from '../records.ts';
import type { ListedObject } from './answer.ts';

interface Page {
  readonly from: string;
  readonly before: string;
  readonly reverse: boolean;
  readonly count: number;
}

/** The next objects of a container by their names' bytes. */
export function listObjects(
  { store }: EmulatorContext,
  { key }: ContainerRow,
  { from, before, reverse, count }: Page,
): ListedObject[] {
  return store.all<ListedObject>(
    `SELECT name, coalesce(slo_size, size) AS bytes, md5 AS hash, content_type, modified, slo_etag, headers, version
     FROM objects WHERE container = ? AND name >= ? AND name < ? ORDER BY name ${reverse ? 'DESC' : ''} LIMIT ?`,
    key,
    from,
    before,
    count,
  );
}
