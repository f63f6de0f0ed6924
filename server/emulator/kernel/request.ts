import { ApiError } from './apiError.ts';
import type { Request } from './routes.ts';

/** Readers of a request's path, query and headers. */

export function readQuery(request: Request): URLSearchParams {
  const at = request.url.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : request.url.slice(at + 1));
}

/** A parameter of the path, decoded. */
export function readParam(request: Request, name: string): string {
  const { params } = request;
  const value: unknown =
    typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined;
  return typeof value === 'string' ? value : '';
}

/** The Content-Type without its parameters, in lower case. */
export function readMediaType(request: Request): string {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

/** Throws 415 where the body is not plain bytes. */
export function requireBytes(request: Request): void {
  if (readMediaType(request) !== 'application/octet-stream')
    throw new ApiError(
      'request/media-type',
      `The Content-Type must be application/octet-stream, not '${readMediaType(request)}'.`,
    );
}

/** Reads a query parameter. Throws 400. */
export function readWholeNumber(name: string, value: string): number {
  if (!/^\d+$/.test(value))
    throw new ApiError('request/parameter', `${name} must be a whole number, zero or more: '${value}'.`);
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}

/** `http://127.0.0.1:PORT`, under the name that the caller used. */
export function readBaseUrl({ headers }: Request): string {
  return `http://${headers.host ?? ''}`;
}
