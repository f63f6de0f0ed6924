import { createHmac, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { ApiError, notVerified } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Authority } from './authority.ts';
import type { Headers } from './headers.ts';
import { temporaryUrlMethods } from './limits.ts';
import { decode, type Target } from './paths.ts';

/** A request that its URL allows, without a token. */
export interface TemporaryUrl {
  /** Headers of the answer. `disposition`: the object's own. */
  headers(disposition: string | undefined): Headers;
  /** The whole account where its key signed, the container where the container's key did. No token adds to that. */
  readonly authority: Authority;
}

/**
 * Reads `temp_url_sig`, `temp_url_expires` and their companions. Undefined: the URL has none. The signature is an HMAC of
 * method, expiry and path with a key of the account or the container; the path is the one asked for, or the same from
 * `/v1/` on, which is what scripts for a real Swift sign. Throws 401 where it does not hold; 400 for a header that
 * would make the object stand for others, which the signer need not have meant.
 */
export function readTemporaryUrl(
  context: EmulatorContext,
  region: string,
  target: Target,
  request: Request,
): TemporaryUrl | undefined {
  const query = readQuery(request);
  const signature = query.get('temp_url_sig');
  const expiry = query.get('temp_url_expires');
  if (signature === null && expiry === null) return undefined;
  const range = query.get('temp_url_ip_range');
  if (range && !isWithin(range, request.ip)) throw invalid();
  const expires = readExpiry(expiry ?? '');
  const given = readSignature(signature ?? '');
  const method = request.method === 'COPY' ? undefined : request.method;
  const isKnown = temporaryUrlMethods.some((known) => known === method);
  if (!given || expires === undefined || expires * 1000 <= context.clock.now() || !isKnown) throw invalid();
  const prefix = query.get('temp_url_prefix');
  if (prefix !== null && !target.object.startsWith(prefix)) throw invalid();
  const keys = findKeys(context, region, target);
  const texts = methodsFor(request.method).flatMap((name) =>
    pathsOf(request, target, prefix).map(
      (path) => `${range ? `ip=${range}\n` : ''}${name}\n${expires}\n${path}`,
    ),
  );
  const signer = keys.find(({ key }) =>
    texts.some((text) => isEqual(createHmac(given.digest, key).update(text).digest(), given.bytes)),
  );
  if (!signer) throw invalid();
  refusePointers(request);
  const { account, container } = target;
  return {
    authority: {
      require: (_right, otherAccount, otherContainer) => {
        if (otherAccount === account && (signer.isAccounts || otherContainer === container)) return;
        throw notVerified('files/temporary-url');
      },
    },
    headers: (disposition) => ({
      'content-disposition': renderDisposition(query, target, disposition),
      expires: new Date(expires * 1000).toUTCString(),
    }),
  };
}

/** Also for what a right implies: who may GET, PUT or POST may ask with HEAD whether it is there. */
function methodsFor(method: string): readonly string[] {
  return method === 'HEAD' ? ['HEAD', 'GET', 'PUT', 'POST'] : [method];
}

function pathsOf(request: Request, { object }: Target, prefix: string | null): string[] {
  const whole = decode(request.url.split('?', 1)[0] ?? '');
  const bare = whole.replace(/^\/[^/]+\/object-store/, '');
  if (prefix === null) return [whole, bare];
  return [whole, bare].map((path) => `prefix:${path.slice(0, path.length - object.length)}${prefix}`);
}

/** Headers that point to other objects. */
function refusePointers({ method, headers }: Request): void {
  if (method === 'GET' || method === 'HEAD') return;
  for (const name of ['X-Object-Manifest', 'X-Symlink-Target'])
    if (headers[name.toLowerCase()] !== undefined)
      throw new ApiError('files/temporary-url-header', `The header '${name}' is not allowed in this tempurl`);
}

export interface Key {
  readonly key: string;
  readonly isAccounts: boolean;
}

/** Those of the account first: they vouch for more. */
export function findKeys(context: EmulatorContext, region: string, { account, container }: Target): Key[] {
  const row = context.objects.container(region, account, container);
  const containers: Headers = row ? JSON.parse(row.metadata) : {};
  const accounts = context.objects.accountMetadata(region, account);
  const named = (metadata: Headers, prefix: string, isAccounts: boolean) =>
    ['temp-url-key', 'temp-url-key-2'].flatMap((name): Key[] => {
      const key = metadata[`${prefix}${name}`];
      return key === undefined ? [] : [{ key, isAccounts }];
    });
  return [...named(accounts, 'x-account-meta-', true), ...named(containers, 'x-container-meta-', false)];
}

const digests: Readonly<Record<number, string>> = { 20: 'sha1', 32: 'sha256', 64: 'sha512' };

/** Hexadecimal, or `sha256:` and so on with base64. */
export function readSignature(text: string): { digest: string; bytes: Buffer } | undefined {
  const [, name, code] = /^(sha1|sha256|sha512):([\w+/=-]+)$/.exec(text) ?? [];
  const bytes =
    code === undefined
      ? Buffer.from(/^[0-9a-f]+$/i.test(text) ? text : '', 'hex')
      : Buffer.from(code, 'base64');
  const digest = digests[bytes.length];
  return digest === undefined || (name !== undefined && name !== digest) ? undefined : { digest, bytes };
}

/** Seconds since 1970, from seconds or an ISO time in UTC. */
function readExpiry(text: string): number | undefined {
  if (/^\d{1,12}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ?)?$/.test(text)) return undefined;
  const time = Date.parse(text.length === 19 ? `${text}Z` : text);
  return Number.isNaN(time) ? undefined : time / 1000;
}

/** Downloads save under a name that the URL says, as the object says, or under the object's name. */
function renderDisposition(query: URLSearchParams, { object }: Target, own: string | undefined): string {
  const asked = query.get('filename');
  if (query.has('inline')) return asked ? `inline; ${fileName(asked)}` : 'inline';
  if (!asked && own !== undefined) return own;
  return `attachment; ${fileName(asked || object.replace(/\/+$/, '').replace(/^.*\//s, ''))}`;
}

function fileName(name: string): string {
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const plain = name.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&');
  return `filename="${plain}"; filename*=UTF-8''${encoded}`;
}

export function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function invalid(): ApiError {
  return new ApiError('files/temporary-url', 'Temp URL invalid');
}

/** An address, or a network such as `10.0.0.0/8`; what is neither holds nobody. */
function isWithin(range: string, address: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  try {
    list.addSubnet(network, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  } catch {
    return false;
  }
  const bare = address.replace(/^::ffff:(?=\d+\.)/, '');
  return list.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4');
}
