import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Extract, extract, type Header } from 'tar-stream';
import { ApiError, bodyCutShort } from '../../../kernel/apiError.ts';
import { readQuery } from '../../../kernel/request.ts';
import type { Reply, Request } from '../../../kernel/routes.ts';
import type { EmulatorContext } from '../../context.ts';
import type { Access } from '../access.ts';
import { type Headers, readExpiryHeaders, readObjectMetadata } from '../headers.ts';
import { limits } from '../limits.ts';
import { encodePath, readTarget, type Target } from '../paths.ts';
import { ownText, refuse } from '../refusals.ts';
import { storePart } from '../transfer/parts.ts';
import { answerBulk, bulkFormat, statusLine } from './answer.ts';

type Kind = 'tar' | 'tar.gz' | 'tar.bz2';

interface Result {
  created: number;
  readonly errors: [name: string, status: string][];
}

/** `?extract-archive=tar|tar.gz|tar.bz2` on an account, a container or a path: each file of the archive becomes an object. */
export async function acceptArchive(
  context: EmulatorContext,
  access: Access,
  region: string,
  request: Request,
  reply: Reply,
): Promise<Reply> {
  const { headers } = request;
  const kind = (readQuery(request).get('extract-archive') ?? '').toLowerCase().replace(/^\.+|\.+$/g, '');
  if (!isKind(kind)) throw new ApiError('files/archive', 'Unsupported archive format');
  const result: Result = { created: 0, errors: [] };
  const refused = await attempt(async () => {
    if (!bulkFormat(request)) throw refuse('files/accept');
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)
      throw refuse('files/length');
    await unpack(context, access, region, { request, kind, result });
    if (result.created === 0 && result.errors.length === 0)
      throw new ApiError('files/archive', 'Invalid Tar File: No Valid Files');
  });
  return answerBulk(request, reply, 'extract', {
    counts: { 'Number Files Created': result.created },
    errors: result.errors,
    status: statusLine(refused ?? (result.errors.length > 0 ? 400 : 201)),
    text: ownText(refused),
  });
}

function isKind(text: string): text is Kind {
  return text === 'tar' || text === 'tar.gz' || text === 'tar.bz2';
}

/** Answers the refusal that ended it. */
async function attempt(act: () => Promise<void>): Promise<ApiError | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

interface Archive {
  readonly request: Request;
  readonly kind: Kind;
  readonly result: Result;
}

/** Stores file after file as they come. Throws 400 where it is no archive, 401 where nobody is signed in. */
async function unpack(
  context: EmulatorContext,
  access: Access,
  region: string,
  { request, kind, result }: Archive,
): Promise<void> {
  const { account, container, object } = readTarget(request);
  const base = [container, object]
    .filter((part) => part !== '')
    .join('/')
    .replace(/\/+$/, '');
  const authority = access.authority(region, request);
  const known = new Set<string>();
  for await (const entry of readEntries(request, kind)) {
    const { header } = entry;
    const bare = header.name.replace(/^\.\//, '').replace(/^\/+/, '');
    const path = base === '' ? bare : `${base}/${bare}`;
    const at = path.indexOf('/');
    if (header.type !== 'file' || at === -1) {
      entry.resume();
      continue;
    }
    const target: Target = { account, container: path.slice(0, at), object: path.slice(at + 1) };
    const failed = await attempt(async () => {
      if (header.size > limits.objectBytes) throw refuse('files/object-size');
      if (!known.has(target.container)) {
        await makeContainer(context, access, region, request, target);
        known.add(target.container);
      }
      authority.require('write', account, target.container);
      const { contentType, metadata } = readAttributes(header);
      await storePart(context, region, target, bytesOf(entry), {
        contentType,
        headers: { ...readObjectMetadata(request), ...metadata },
        expires: readExpiryHeaders(request, context.clock.now()),
      });
      result.created += 1;
    });
    entry.resume();
    if (!failed) continue;
    result.errors.push([encodePath(path), statusLine(failed)]);
    if (failed.status === 401) throw failed;
    if (result.errors.length >= limits.failedDeletes) return;
  }
}

/** Where it is missing and may be made; otherwise the object's own permission decides. */
async function makeContainer(
  { objects, store }: EmulatorContext,
  access: Access,
  region: string,
  request: Request,
  { account, container }: Target,
): Promise<void> {
  if (objects.container(region, account, container)) return;
  access.authority(region, request).require('administer', account, container);
  await store.write(() => objects.putContainer(region, account, container, {}));
}

async function* bytesOf(entry: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const bytes of entry) if (bytes instanceof Uint8Array) yield bytes;
}

/** Attributes of files that archivers note: the type, and metadata. */
function readAttributes(header: Header): { contentType: string | undefined; metadata: Headers } {
  const pax = typeof header.pax === 'object' && header.pax !== null ? Object.entries(header.pax) : [];
  const metadata: Record<string, string> = {};
  let contentType: string | undefined;
  for (const [name, value] of pax) {
    const [, attribute] = /^(?:SCHILY|LIBARCHIVE)\.xattr\.user\.(.+)$/s.exec(name) ?? [];
    const text = Buffer.from(String(value)).toString('latin1');
    if (attribute === 'mime_type') contentType = text;
    else if (attribute?.startsWith('meta.'))
      metadata[`x-object-meta-${Buffer.from(attribute.slice(5)).toString('latin1').toLowerCase()}`] = text;
  }
  return { contentType, metadata };
}

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** Throws 400 in the words of Python's `tarfile`. */
async function* readEntries({ raw }: Request, kind: Kind): AsyncGenerator<Entry> {
  const unpacker = extract();
  const source = await decompress(raw, kind);
  let cut = false;
  raw.once('close', () => {
    if (raw.readableEnded) return;
    cut = true;
    unpacker.destroy(bodyCutShort());
  });
  source.on('error', (error) => unpacker.destroy(error));
  source.pipe(unpacker);
  let count = 0;
  try {
    for await (const entry of unpacker) {
      count += 1;
      yield entry;
    }
  } catch (error) {
    if (cut || error instanceof ApiError) throw bodyCutShort();
    throw new ApiError('files/archive', `Invalid Tar File: ${explain(error, kind, count)}`);
  } finally {
    raw.unpipe();
    raw.resume();
  }
  if (count === 0 && Number(raw.headers['content-length'] ?? 1) === 0)
    throw new ApiError('files/archive', 'Invalid Tar File: empty file');
}

function explain(error: unknown, kind: Kind, count: number): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/Unexpected end of data/.test(text)) return count === 0 ? 'truncated header' : 'unexpected end of data';
  if (/header/.test(text) && kind !== 'tar.gz') return 'invalid header';
  if (/incorrect header check/.test(text)) return 'not a gzip file';
  if (/header/.test(text)) return 'invalid header';
  return 'invalid compressed data';
}

async function decompress(raw: Readable, kind: Kind): Promise<NodeJS.ReadableStream> {
  if (kind === 'tar') return raw;
  if (kind === 'tar.gz') return raw.pipe(createGunzip());
  const { default: unbzip2 } = await import('unbzip2-stream');
  return raw.pipe(unbzip2());
}
