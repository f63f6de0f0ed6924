import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import { titleCase } from '../../kernel/titleCase.ts';
import { cleanAcl } from './acl.ts';
import { limits } from './limits.ts';

/** Headers by name, in lower case. */
export type Headers = Readonly<Record<string, string>>;

/** What belongs to an account's own people: keys of temporary URLs, access lists, what containers follow. */
const ownersHeaders =
  /^x-(container-(read|write|sync-key|sync-to)|(account|container)-meta-temp-url-key(-2)?|account-access-control)$/;

/** Leaves out what only the owner may see, and what the emulator notes for itself. */
export function withoutOwners(headers: Headers, isOwn: boolean): Headers {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !name.includes('-sysmeta-') && (isOwn || !ownersHeaders.test(name)),
    ),
  );
}

/** What the emulator notes for itself, which a POST leaves as it is. */
export function internalHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.includes('-sysmeta-')));
}

/** Seconds with five digits, as Swift writes times. */
export function formatTimestamp(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(5);
}

/** HTTP's times are whole seconds, which Swift rounds up: what is asked for since then is never older. */
export function formatModified(milliseconds: number): string {
  return new Date(Math.ceil(milliseconds / 1000) * 1000).toUTCString();
}

/** `X-Object-Meta-*` of a request, within Swift's limits. Throws 400. */
export function readObjectMetadata(request: Request): Headers {
  const found = withPrefix(request, 'x-object-meta-');
  checkMetadata(found, 'x-object-meta-');
  return Object.fromEntries(found);
}

const containerHeaders = ['x-container-sync-key', 'x-container-sync-to'] as const;

/**
 * Changes of an account's or a container's metadata: an empty value, or `X-Remove-…`, takes an entry away. Throws 400.
 * A container has access lists and what it is synchronized with, too.
 */
export function readMetadataChanges(request: Request, kind: 'account' | 'container'): Headers {
  const prefix = `x-${kind}-meta-`;
  const removed = withPrefix(request, `x-remove-${kind}-`).map(([name]): [string, string] => [
    name.replace('x-remove-', 'x-'),
    '',
  ]);
  const set = withPrefix(request, prefix);
  const wrong = set.flat().some((text) => !isUtf8(Buffer.from(text, 'latin1')));
  if (wrong) throw new ApiError('files/metadata', 'Metadata must be valid UTF-8');
  checkMetadata(set, prefix);
  const { headers } = request;
  if (kind === 'account') return Object.fromEntries([...removed, ...set]);
  const lists = (['x-container-read', 'x-container-write'] as const).flatMap((name): [string, string][] => {
    const list = headers[name];
    return typeof list === 'string' ? [[name, cleanAcl(name, list)]] : [];
  });
  const kept = containerHeaders.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries([...removed, ...set, ...lists, ...kept]);
}

/** Throws 400 where Swift's limits of metadata are passed. Counts only what has the prefix. */
export function checkMetadata(entries: readonly [string, string][], prefix: string): void {
  const found = entries.flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  for (const [at, [name, value]] of found.entries()) {
    if (name === '') throw new ApiError('files/metadata', 'Metadata name cannot be empty');
    if (name.length > limits.metadataName)
      throw new ApiError('files/metadata', `Metadata name too long: ${prefix}${titleCase(name)}`);
    if (value.length > limits.metadataValue)
      throw new ApiError(
        'files/metadata',
        `Metadata value longer than ${limits.metadataValue}: ${prefix}${titleCase(name)}`,
      );
    if (at >= limits.metadataItems)
      throw new ApiError('files/metadata', `Too many metadata items; max ${limits.metadataItems}`);
  }
  const total = found.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (total > limits.metadataTotal)
    throw new ApiError('files/metadata', `Total metadata too large; max ${limits.metadataTotal}`);
}

/** Underscores in names are hyphens, as WSGI has it. */
function withPrefix(request: Request, prefix: string): [string, string][] {
  return Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
    name.startsWith(prefix) && typeof value === 'string' ? [[name.replaceAll('_', '-'), value]] : [],
  );
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
    throw new ApiError('files/manifest', 'X-Object-Manifest must be in the format container/prefix');
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
export function readExpiryHeaders(
  { headers }: { readonly headers: Request['headers'] },
  now: number,
): number | null {
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
