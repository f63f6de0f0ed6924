import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CloudError } from './errors.ts';
import type { Session } from './session.ts';

export interface ObjectHead {
  readonly bytes: number;
  /** MD5 of the content in hex; of a large object, quoted and of something else. */
  readonly etag: string;
}

export interface Upload {
  /** Called with the bytes that have left so far. */
  readonly progress?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Cloud Files (Swift). Everything throws CloudError; an upload that is aborted throws the signal's reason. */
export interface Objects {
  /** Creates the container; fine where it exists. */
  putContainer(container: string): Promise<void>;
  headObject(container: string, name: string): Promise<ObjectHead | undefined>;
  /** Sends a file in a few pieces of memory, whatever its size, and compares what arrived by MD5. */
  putObject(container: string, name: string, file: string, options?: Upload): Promise<ObjectHead>;
  /** The bytes from `start` to before `end`, or all. */
  getObject(
    container: string,
    name: string,
    options?: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>>;
}

const pieceBytes = 256 * 1024;

/** `base` is asked for at each use: a cloud without Swift is still a cloud of images. */
export function objectsOf(session: Session, base: () => string): Objects {
  const address = (container: string, name?: string): string =>
    [base(), encodeURIComponent(container), ...(name === undefined ? [] : [encodePath(name)])].join('/');
  return {
    putContainer: async (container) => {
      await (await session.send(address(container), { method: 'PUT' })).body?.cancel();
    },
    headObject: async (container, name) => {
      const answer = await session.send(address(container, name), { method: 'HEAD' }, [404]);
      return answer.status === 404 ? undefined : headOf(answer);
    },
    putObject: async (container, name, file, options) => {
      // A server that refuses at once cuts the connection while bytes are still on their way, and its answer is lost; so what
      // can be refused beforehand, the token and the container, is asked for first.
      await session.send(address(container), { method: 'HEAD' });
      return upload(session, address(container, name), file, options);
    },
    getObject: async (container, name, { start = 0, end, signal } = {}) => {
      const partly = start > 0 || end !== undefined;
      const range = partly ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : undefined;
      const url = address(container, name);
      const answer = await session.send(url, { signal, ...(range ? { headers: range } : {}) });
      return answer.body ?? ReadableStream.from<Uint8Array>([]);
    },
  };
}

async function upload(
  session: Session,
  url: string,
  path: string,
  options: Upload = {},
): Promise<ObjectHead> {
  const { progress, signal } = options;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    let md5 = '';
    const answer = await session.send(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
      signal,
      body: () => ReadableStream.from(content()),
    });
    await answer.body?.cancel();
    const etag = unquoted(answer.headers.get('etag'));
    if (etag === md5) return { bytes: size, etag };
    const text = `The cloud stored other bytes than were sent: MD5 ${etag || 'unknown'} instead of ${md5}.`;
    throw new CloudError({ method: 'PUT', url }, { status: 0, text });

    async function* content(): AsyncGenerator<Uint8Array, void> {
      const hash = createHash('md5');
      let sent = 0;
      while (sent < size) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes, sent);
        if (bytesRead === 0) throw new Error(`${path} was shortened while it was sent.`);
        // Never more than was announced, even when the file grows meanwhile.
        const piece = buffer.subarray(0, Math.min(bytesRead, size - sent));
        hash.update(piece);
        yield piece;
        sent += piece.length;
        progress?.(sent, size);
      }
      md5 = hash.digest('hex');
    }
  } finally {
    await file.close();
  }
}

function headOf(answer: Response): ObjectHead {
  return {
    bytes: Number(answer.headers.get('content-length') ?? 0),
    etag: unquoted(answer.headers.get('etag')),
  };
}

function unquoted(etag: string | null): string {
  return (etag ?? '').replaceAll('"', '').toLowerCase();
}

/** The slashes of an object's name are part of its address. */
function encodePath(name: string): string {
  const parts = name.split('/');
  if (parts.some((part) => part === '.' || part === '..')) {
    const text = `The object name ${JSON.stringify(name)} cannot be addressed: URLs resolve '.' and '..'.`;
    throw new CloudError({ method: 'GET', url: '' }, { status: 0, text });
  }
  return parts.map(encodeURIComponent).join('/');
}
