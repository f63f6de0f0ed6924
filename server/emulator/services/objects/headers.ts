import { ApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import { limits } from './limits.ts';

/** Headers by name, in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** `X-Object-Meta-*` of a request, within Swift's limits. Throws 400. */
export function readObjectMetadata(request: Request): Headers {
  const found = withPrefix(request, 'x-object-meta-');
  checkMetadata(found, 'x-object-meta-');
  return Object.fromEntries(found);
}

/**
 * Changes of an account's or a container's metadata: an empty value, or `X-Remove-…`, takes an entry away. Throws 400.
 * A container may be opened to all readers, too.
 */
export function readMetadataChanges(request: Request, kind: 'account' | 'container'): Headers {
  const removed = withPrefix(request, `x-remove-${kind}-`).map(([name]): [string, string] => [
    name.replace('x-remove-', 'x-'),
    '',
  ]);
  const set = withPrefix(request, `x-${kind}-meta-`);
  checkMetadata(set, `x-${kind}-meta-`);
  return Object.fromEntries([...set, ...(kind === 'container' ? readReaders(request) : []), ...removed]);
}

/** Throws 400 where Swift's limits of metadata are passed. Counts only what has the prefix. */
export function checkMetadata(entries: readonly [string, string][], prefix: string): void {
  const found = entries.filter(([name]) => name.startsWith(prefix));
  const total = found.reduce(
    (sum, [name, value]) => sum + name.length - prefix.length + Buffer.byteLength(value, 'latin1'),
    0,
  );
  if (found.length > limits.metadataItems)
    throw new ApiError('files/metadata', `Too many metadata items; max ${limits.metadataItems}`);
  for (const [name, value] of found) {
    if (name.length - prefix.length > limits.metadataName)
      throw new ApiError('files/metadata', `Metadata name too long: ${name}; max ${limits.metadataName}`);
    if (value.length > limits.metadataValue)
      throw new ApiError('files/metadata', `Metadata value longer than ${limits.metadataValue}: ${name}`);
  }
  if (total > limits.metadataTotal)
    throw new ApiError('files/metadata', `Total metadata too large; max ${limits.metadataTotal}`);
}

function withPrefix(request: Request, prefix: string): [string, string][] {
  return Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(prefix) && name.length > prefix.length && typeof value === 'string'
      ? [[name, value]]
      : [],
  );
}

/** Reads who else may read a container: everybody or nobody. Throws 501 for anything else. */
function readReaders({ headers }: Request): [string, string][] {
  const write = headers['x-container-write'];
  if (write !== undefined && write !== '') throw notYet('X-Container-Write');
  const read = headers['x-container-read'];
  if (typeof read !== 'string') return [];
  const known = read
    .split(',')
    .map((entry) => entry.trim())
    .every((entry) => entry === '' || entry === '.r:*' || entry === '.rlistings');
  if (!known) throw notYet("X-Container-Read other than '.r:*' and '.rlistings'");
  return [['x-container-read', read]];
}

/** Refuses what Swift knows and the emulator does not, so that nobody believes it was done. */
export function notYet(what: string): ApiError {
  return new ApiError('emulator/not-yet', `The emulator does not do ${what}.`);
}

/** Throws 501 for headers that would give an object a meaning that the emulator does not know. */
export function refuseUnknown({ headers }: Request): void {
  for (const name of [
    'x-symlink-target',
    'x-versions-location',
    'x-history-location',
    'x-versions-enabled',
    'x-container-sync-to',
  ])
    if (headers[name] !== undefined) throw notYet(name);
}

const kept = [
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-robots-tag',
  'x-object-manifest',
];

/** Headers that are stored with an object beside its metadata, and sent back with it. Throws 400. */
export function readContentHeaders(request: Request): Headers {
  const manifest = request.headers['x-object-manifest'];
  if (typeof manifest === 'string' && !readManifest(manifest))
    throw new ApiError('files/header', 'X-Object-Manifest must be in the format container/prefix');
  return Object.fromEntries(
    kept.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' && value !== '' ? [[name, value]] : [];
    }),
  );
}

export interface DynamicManifest {
  readonly container: string;
  readonly prefix: string;
}

/** `container/prefix`, URL-encoded (SOURCES: vhd §4). */
function readManifest(header: string): DynamicManifest | undefined {
  let text = header;
  try {
    text = decodeURIComponent(header);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
  const [, container, prefix] = /^([^/]+)\/([^/].*)$/s.exec(text) ?? [];
  if (container === undefined || prefix === undefined || /[?&]/.test(text)) return undefined;
  return { container, prefix };
}

/** `row`: its headers as JSON. */
export function findManifest(row: { readonly headers: string }): DynamicManifest | undefined {
  const manifest = (JSON.parse(row.headers) as Headers)['x-object-manifest'];
  return manifest === undefined ? undefined : readManifest(manifest);
}

/** When the object expires, in milliseconds since 1970, by `X-Delete-At` or `X-Delete-After`. Throws 400. */
export function readExpiryHeaders({ headers }: Request, now: number): number | null {
  const after = readWholeSeconds('X-Delete-After', headers['x-delete-after']);
  const at = after === undefined ? readWholeSeconds('X-Delete-At', headers['x-delete-at']) : undefined;
  if (after !== undefined) {
    if (after <= 0) throw new ApiError('files/header', 'X-Delete-After in past');
    return (Math.floor(now / 1000) + after) * 1000;
  }
  if (at === undefined) return null;
  if (at * 1000 <= now) throw new ApiError('files/header', 'X-Delete-At in past');
  return at * 1000;
}

function readWholeSeconds(name: string, header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^-?\d{1,12}$/.test(header.trim()))
    throw new ApiError('files/header', `Non-integer ${name}`);
  return Number(header);
}
