import type { ApiError } from '../../../kernel/apiError.ts';
import type { Request } from '../../../kernel/routes.ts';
import { refuse } from '../refusals.ts';

/** 304 or 412 where the request's conditions say so, in Swift's order. Times are those that the answer shows. */
export function checkConditions({ headers }: Request, etag: string, modified: number): 304 | 412 | undefined {
  const match = splitTags(headers['if-match']);
  const none = splitTags(headers['if-none-match']);
  const tag = etag.replace(/^"|"$/g, '');
  const has = (tags: readonly string[]) => tags.includes('*') || tags.includes(tag);
  const time = Math.ceil(modified / 1000) * 1000;
  if (none && has(none)) return 304;
  if (match && !has(match)) return 412;
  if (time <= Date.parse(headers['if-modified-since'] ?? '')) return 304;
  if (time > Date.parse(headers['if-unmodified-since'] ?? '')) return 412;
  return undefined;
}

function splitTags(header: string | undefined): string[] | undefined {
  return header?.split(',').map((tag) => tag.trim().replace(/^(W\/)?"|"$/g, ''));
}

export function preconditionFailed(): ApiError {
  return refuse('files/precondition');
}
