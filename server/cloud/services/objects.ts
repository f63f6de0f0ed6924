import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { isObject } from '../../rules/json.ts';
import { addressPart } from '../session/address.ts';
import { misbehavior, passUnlessIdle } from '../session/bodies.ts';
import { CloudError } from '../session/errors.ts';
import { openListProgress } from '../session/pages.ts';
import type { Session } from '../session/session.ts';

export interface ObjectHead {
  readonly bytes: number;
  /** MD5 of the content in hex; of a large object, quoted and of something else. */
  readonly etag: string;
}

/** The headers of an object beyond its size. */
export interface ObjectDetails extends ObjectHead {
  /** Of a dynamic large object: `container/beginning` of its segments. */
  readonly dynamic?: string;
  /** A static large object. */
  readonly isStatic: boolean;
}

/** An object as its container lists it. */
export interface ListedObject extends ObjectHead {
  readonly name: string;
}

/** An object, and in which container it is. */
export interface PlacedObject extends ListedObject {
  readonly container: string;
}

/** Content of a known size; `open` is called once for every try. */
export interface Content {
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
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
  headContainer(container: string): Promise<{ readonly count: number; readonly bytes: number }>;
  headObject(container: string, name: string): Promise<ObjectHead | undefined>;
  /** Sends a file in a few pieces of memory, whatever its size, and compares what arrived by MD5. */
  putObject(container: string, name: string, file: string, options?: Upload): Promise<ObjectHead>;
  /** Sends content, and compares what arrived by MD5. */
  putContent(container: string, name: string, content: Content, options?: Upload): Promise<ObjectHead>;
  /** An object of other objects: segments by the beginning of their name, or a list of them. */
  putDynamic(container: string, name: string, segments: string): Promise<void>;
  putStatic(container: string, name: string, segments: readonly ListedObject[], of: string): Promise<void>;
  details(container: string, name: string): Promise<ObjectDetails | undefined>;
  /** What a static large object is made of, in order. */
  staticSegments(container: string, name: string): Promise<PlacedObject[]>;
  /** All objects whose names begin so, in order. An account without the container: CloudError 404. */
  list(container: string, prefix?: string, signal?: AbortSignal): Promise<ListedObject[]>;
  /** Fine where it is gone already. */
  deleteObject(container: string, name: string): Promise<void>;
  /** Answers false where the container still holds something. */
  deleteContainer(container: string): Promise<boolean>;
  /** The bytes from `start` to before `end`, or all. */
  getObject(
    container: string,
    name: string,
    options?: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal },
  ): Promise<ReadableStream<Uint8Array>>;
}

const pieceBytes = 256 * 1024;

/** `base` is asked for at each use: a cloud without Swift is still a cloud of images. */
export function openObjects(session: Session, base: () => string): Objects {
  const address = (container: string, name?: string): string =>
    [base(), addressPart(container), ...(name === undefined ? [] : [encodePath(name)])].join('/');
  const done = async (
    url: string,
    method: string,
    headers: Readonly<Record<string, string>>,
    expected: readonly number[] = [],
  ): Promise<void> => {
    await (await session.send(url, { method, headers }, expected)).body?.cancel();
  };
  return {
    putContainer: async (container) => {
      await (await session.send(address(container), { method: 'PUT' })).body?.cancel();
    },
    headContainer: async (container) => {
      const { headers } = await session.send(address(container), { method: 'HEAD' });
      const read = (what: string): number => Number(headers.get(`x-container-${what}`) ?? 0);
      return { count: read('object-count'), bytes: read('bytes-used') };
    },
    headObject: async (container, name) => {
      const answer = await session.send(address(container, name), { method: 'HEAD' }, [404]);
      return answer.status === 404 ? undefined : headOf(answer);
    },
    putObject: async (container, name, file, options) => {
      // A server that refuses at once cuts the connection while bytes are still on their way, and its answer is lost; so what
      // can be refused beforehand, the token and the container, is asked for first.
      await session.send(address(container), { method: 'HEAD' });
      const { size } = await stat(file);
      return send(
        session,
        address(container, name),
        { size, open: () => readPieces(file, { end: size }) },
        options,
      );
    },
    putContent: (container, name, content, options) =>
      send(session, address(container, name), content, options),
    putDynamic: (container, name, segments) =>
      done(address(container, name), 'PUT', {
        'x-object-manifest': encodePath(segments),
        'content-length': '0',
      }),
    putStatic: async (container, name, segments, of) => {
      const json = segments.map((one) => ({
        path: `/${of}/${one.name}`,
        etag: one.etag,
        size_bytes: one.bytes,
      }));
      const url = `${address(container, name)}?multipart-manifest=put`;
      await (
        await session.send(url, { method: 'PUT', json, media: 'application/octet-stream' })
      ).body?.cancel();
    },
    details: async (container, name) => {
      const answer = await session.send(address(container, name), { method: 'HEAD' }, [404]);
      if (answer.status === 404) return undefined;
      const dynamic = answer.headers.get('x-object-manifest');
      return {
        ...headOf(answer),
        ...(dynamic === null ? {} : { dynamic: decodeURIComponent(dynamic) }),
        isStatic: /^true$/i.test(answer.headers.get('x-static-large-object') ?? ''),
      };
    },
    staticSegments: async (container, name) => {
      const body = await session.json(`${address(container, name)}?multipart-manifest=get`);
      return (Array.isArray(body) ? body : []).filter(isObject).map((segment) => {
        const [, of = '', path = ''] = /^\/?([^/]+)\/(.*)$/s.exec(String(segment['name'])) ?? [];
        const etag = unquoted(String(segment['hash']));
        return { container: of, name: path, bytes: Number(segment['bytes']), etag };
      });
    },
    list: async (container, prefix = '', signal) => {
      const found: ListedObject[] = [];
      const url = address(container);
      const progress = openListProgress({ method: 'GET', url });
      for (;;) {
        const query = new URLSearchParams({ format: 'json', prefix, marker: found.at(-1)?.name ?? '' });
        const page = await session.json(`${url}?${query}`, { signal });
        if (!Array.isArray(page) || page.length === 0) return found;
        const objects = page.filter(isObject);
        progress.note(objects.map(({ name }) => String(name)));
        for (const { name, bytes, hash } of objects)
          found.push({ name: String(name), bytes: Number(bytes), etag: unquoted(String(hash)) });
      }
    },
    deleteObject: (container, name) => done(address(container, name), 'DELETE', {}, [404]),
    deleteContainer: async (container) => {
      const answer = await session.send(address(container), { method: 'DELETE' }, [404, 409]);
      await answer.body?.cancel();
      return answer.status !== 409;
    },
    getObject: async (container, name, { start = 0, end, signal } = {}) => {
      const partly = start > 0 || end !== undefined;
      const range = partly ? { range: `bytes=${start}-${end === undefined ? '' : end - 1}` } : undefined;
      const url = address(container, name);
      const answer = await session.send(url, { signal, streams: true, ...(range ? { headers: range } : {}) });
      const request = { method: 'GET', url };
      if (!partly) return passUnlessIdle(request, answer);
      if (answer.status !== 206) {
        await answer.body?.cancel();
        throw misbehavior(request, `it was asked for a range, and answered ${answer.status}`);
      }
      return passUnlessIdle(request, answer, end === undefined ? undefined : end - start);
    },
  };
}

async function send(
  session: Session,
  url: string,
  { size, open: content }: Content,
  { progress, signal }: Upload = {},
): Promise<ObjectHead> {
  let hash = createHash('md5');
  const answer = await session.send(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    signal,
    body: () => ReadableStream.from(hashed()),
  });
  await answer.body?.cancel();
  const md5 = hash.digest('hex'); // the answer may come before the stream is asked whether it has ended
  const etag = unquoted(answer.headers.get('etag'));
  if (etag === md5) return { bytes: size, etag };
  const text = `The cloud stored other bytes than were sent: MD5 ${etag || 'unknown'} instead of ${md5}.`;
  throw new CloudError({ method: 'PUT', url }, { status: 0, text });

  async function* hashed(): AsyncGenerator<Uint8Array, void> {
    hash = createHash('md5');
    let sent = 0;
    for await (const piece of content()) {
      hash.update(piece);
      sent += piece.length;
      progress?.(sent, size);
      yield piece;
    }
  }
}

/** A file, or a part of it, in pieces: never more than was announced, even when the file grows meanwhile. */
export async function* readPieces(
  path: string,
  { start = 0, end }: { readonly start?: number; readonly end: number },
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r');
  try {
    for (let at = start; at < end; ) {
      const length = Math.min(pieceBytes, end - at);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) throw new Error(`${path} was shortened while it was sent.`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
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
  return name
    .split('/')
    .map((part) => (part === '' ? '' : addressPart(part)))
    .join('/');
}
