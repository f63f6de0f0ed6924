import { ApiError } from './apiError.ts';

export interface Range {
  /** First and last byte. */
  readonly start: number;
  readonly end: number;
}

export function notAvailable(size: number): ApiError {
  return new ApiError('request/range', 'The requested range is not available.', {
    headers: { 'content-range': `bytes */${size}` },
  });
}

/** Bytes from `first` to `last`; without `first` the last so many, without `last` to the end. */
export interface Wanted {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** That part of it which lies within `size` bytes, or nothing. */
export function inside({ first, last }: Wanted, size: number): Range[] {
  const start = first ?? Math.max(0, size - (last ?? 0));
  const end = first === undefined ? size - 1 : Math.min(last ?? size - 1, size - 1);
  return start > end ? [] : [{ start, end }];
}
