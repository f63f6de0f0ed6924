import { ApiError } from '../kernel/apiError.ts';

/** Reads `limit` as Glance does: cut to `largest`, `fallback` where it is not asked for. Throws 400. */
export function readLimit(
  query: URLSearchParams,
  { fallback, largest }: { fallback: number; largest: number },
): number {
  const asked = query.get('limit') ?? String(fallback);
  if (!/^-?\d+$/.test(asked)) throw new ApiError('list/limit', 'limit param must be an integer');
  if (asked.startsWith('-')) throw new ApiError('list/limit', 'limit param must be positive');
  return Math.min(Number(asked), largest);
}

/** Reads a sort direction. Throws 400. */
export function requireDirection(direction: string): 'asc' | 'desc' {
  if (direction === 'asc' || direction === 'desc') return direction;
  throw new ApiError('list/sort', `Invalid sort direction: ${direction}`);
}
