import type { SQLInputValue } from 'node:sqlite';
import { ApiError } from '../../../kernel/apiError.ts';
import type { ImageRow } from '../view.ts';
import { allOf, anyOf, type Condition } from './filters.ts';

export interface Sort {
  readonly key: string;
  /** Nulls sort as the least value of their kind, so that a marker can stand on them. */
  readonly column: string;
  readonly of: (row: ImageRow) => SQLInputValue;
  readonly direction: 'ASC' | 'DESC';
}

const columns: Readonly<Record<string, Pick<Sort, 'column' | 'of'>>> = {
  name: { column: "coalesce(i.name, '')", of: ({ name }) => name ?? '' },
  status: { column: 'i.status', of: ({ status }) => status },
  container_format: {
    column: "coalesce(i.container_format, '')",
    of: ({ container_format: format }) => format ?? '',
  },
  disk_format: { column: "coalesce(i.disk_format, '')", of: ({ disk_format: format }) => format ?? '' },
  size: { column: 'coalesce(i.size, -1)', of: ({ size }) => size ?? -1 },
  id: { column: 'i.id', of: ({ id }) => id },
  created_at: { column: 'i.created', of: ({ created }) => created },
  updated_at: { column: 'i.updated', of: ({ updated }) => updated },
};

/** The sort keys of a list, then created_at and id so that the order is total. Throws 400. */
export function readOrder(query: URLSearchParams): Sort[] {
  const asked = askedOrder(query);
  const fill = asked[0]?.[1] ?? 'desc';
  for (const key of ['created_at', 'id']) if (!asked.some(([name]) => name === key)) asked.push([key, fill]);
  const sorts = asked.map(([key, direction]): Sort => {
    const sort = Object.hasOwn(columns, key) ? columns[key] : undefined;
    if (!sort)
      throw new ApiError(
        'list/sort',
        `Invalid sort key: ${key}. It must be one of the following: ${Object.keys(columns).join(', ')}.`,
      );
    if (direction !== 'asc' && direction !== 'desc')
      throw new ApiError(
        'list/sort',
        `Invalid sort direction: ${direction}. It must be one of the following: asc, desc.`,
      );
    return { ...sort, key, direction: direction === 'asc' ? 'ASC' : 'DESC' };
  });
  return sorts.slice(0, sorts.findIndex(({ key }) => key === 'id') + 1); // no two images have one id
}

function askedOrder(query: URLSearchParams): [string, string][] {
  const combined = query.getAll('sort').flatMap((text) => text.split(','));
  const keys = query.getAll('sort_key');
  const directions = query.getAll('sort_dir');
  if (combined.length > 0) {
    if (keys.length > 0 || directions.length > 0)
      throw new ApiError('list/sort', 'Old and new sorting syntax cannot be combined');
    return combined.map((item) => {
      const colon = item.indexOf(':');
      return colon === -1
        ? [item.trim(), 'desc']
        : [item.slice(0, colon).trim(), item.slice(colon + 1).trim()];
    });
  }
  if (directions.length > 1 && directions.length !== keys.length)
    throw new ApiError('list/sort', 'Number of sort dirs does not match the number of sort keys');
  const names = keys.length > 0 ? keys : directions.length > 0 ? ['created_at'] : [];
  return names.map((key, at) => [key, directions[at] ?? directions[0] ?? 'desc']);
}

export function orderBy(order: readonly Sort[]): string {
  return `ORDER BY ${order.map(({ column, direction }) => `${column} ${direction}`).join(', ')}`;
}

/** The condition of what follows the marker: later in the first key, or equal there and later in the next, and so on. */
export function after(marker: ImageRow, order: readonly Sort[]): Condition {
  return anyOf(order.map((_, at) => equalThenLater(marker, order, at)));
}

/**
 * The same for an order by `KEY, created_at, id` in one direction, as the indexes have it: ranges of an index, one after
 * the other.
 */
export function rangesAfter(marker: ImageRow, order: readonly Sort[]): Condition[] {
  return order.map((_, at) => equalThenLater(marker, order, order.length - 1 - at));
}

function equalThenLater(marker: ImageRow, order: readonly Sort[], at: number): Condition {
  return allOf(
    order.slice(0, at + 1).map(({ column, direction, of }, index) => ({
      sql: `${column} ${index < at ? '=' : direction === 'ASC' ? '>' : '<'} ?`,
      values: [of(marker)],
    })),
  );
}
