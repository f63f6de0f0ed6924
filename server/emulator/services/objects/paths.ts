import { ApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import { limits } from './limits.ts';
import { unreadablePath } from './refusals.ts';

/** The target of a Swift path. Names are data here and in the store, never paths of the file system. */
export interface Target {
  readonly account: string;
  readonly container: string;
  readonly object: string;
}

/** Splits `/R/object-store/v1/ACCOUNT[/CONTAINER[/OBJECT]]`. Throws 400 for names over Swift's limits, 412 for bytes that are no text. */
export function readTarget(request: Request): Target {
  const [path = ''] = request.url.split('?', 1);
  const [, , , , account = '', container = '', ...rest] = path.split('/');
  return checkTarget({
    account: stripAccountPrefix(decode(account)),
    container: decode(container),
    object: decode(rest.join('/')),
  });
}

/** The account as the path names it. */
export function readAccountName({ url }: Request): string {
  const [, , , , name = ''] = url.split(/[/?]/);
  return decode(name);
}

/** The bare account and its storage name are one. */
export function stripAccountPrefix(name: string): string {
  return name.replace(/^(MossoCloudFS_|AUTH_)/, '');
}

/** `/CONTAINER/OBJECT` of a header or a body, URL-encoded. Throws 412 where it is none, and as `readTarget`. */
export function readPath(account: string, text: string, header: string): Target {
  const [, container, object] = /^\/?([^/]+)\/(.+)$/s.exec(decode(text)) ?? [];
  if (container === undefined || object === undefined)
    throw new ApiError('files/path', `${header} header must be of the form <container name>/<object name>`);
  return checkTarget({ account, container, object });
}

export function checkTarget(target: Target): Target {
  const { container, object } = target;
  if (Buffer.byteLength(container) > limits.containerName)
    throw new ApiError(
      'files/name',
      `Container name length of ${Buffer.byteLength(container)} longer than ${limits.containerName}`,
    );
  if (container.includes('/')) throw slashInName('files/name');
  if (Buffer.byteLength(object) > limits.objectName)
    throw new ApiError(
      'files/name',
      `Object name length of ${Buffer.byteLength(object)} longer than ${limits.objectName}`,
    );
  return target;
}

export function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0')) return decoded;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw unreadablePath();
}

/** As Python's `unquote` does: what is no code stays as it is. */
export function decodeLoosely(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) =>
    Buffer.from(codes.replaceAll('%', ''), 'hex').toString(),
  );
}

/** A path as it stands in URLs. */
export function encodePath(path: string): string {
  return path.split('/').map(quote).join('/');
}

/** As Python's `quote` writes a name. */
function quote(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As Swift reads a switch. */
export function isTrue(text: string | undefined | null): boolean {
  return /^(1|true|yes|on|t|y)$/i.test(text ?? '');
}

/** A container cannot have that name. */
export function slashInName(id: 'files/name' | 'files/path'): ApiError {
  return new ApiError(id, 'Container name cannot contain slashes');
}
