import { Fault } from '../faults.ts';
import type { Request } from '../http.ts';

/** What a Swift path names. Names are data here and in the store; none of them is ever a path of the file system. */
export interface Target {
  readonly account: string;
  readonly container: string;
  readonly object: string;
}

/** Splits `/R/object-store/v1/ACCOUNT[/CONTAINER[/OBJECT]]`. Faults: 400 for names over Swift's limits, 412 for bytes that are no text. */
export function targetOf(request: Request): Target {
  const [path = ''] = request.url.split('?', 1);
  const [, , , , account = '', container = '', ...rest] = path.split('/');
  const decoded = {
    account: decode(account).replace(/^(MossoCloudFS_|AUTH_)/, ''),
    container: decode(container),
    object: decode(rest.join('/')),
  };
  if (Buffer.byteLength(decoded.container) > 256)
    throw new Fault(400, `Container name length of ${Buffer.byteLength(decoded.container)} longer than 256`);
  if (decoded.container.includes('/')) throw new Fault(400, 'Container name cannot contain slashes');
  if (Buffer.byteLength(decoded.object) > 1024)
    throw new Fault(400, `Object name length of ${Buffer.byteLength(decoded.object)} longer than 1024`);
  return decoded;
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes('\0')) return decoded;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw new Fault(412, 'Invalid UTF8 or contains NULL');
}
