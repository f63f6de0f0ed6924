import { ApiError } from '../../kernel/apiError.ts';
import { decodeLoosely } from './paths.ts';

/** Access lists of containers, `X-Container-Read` and `X-Container-Write`, as Swift with Keystone reads them. */

const designations = ['.r', '.ref', '.referer', '.referrer'];

/** Tidies a list as it is stored. Throws 400 for what is no list. */
export function cleanAcl(header: 'x-container-read' | 'x-container-write', list: string): string {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => cleanEntry(header, entry))
    .join(',');
}

function cleanEntry(header: string, entry: string): string {
  const at = entry.indexOf(':');
  const first = entry.slice(0, Math.max(at, 0)).trim();
  if (!first.startsWith('.')) return entry;
  if (!designations.includes(first))
    throw wrong(`Unknown designator ${quote(first)} in ACL: ${quote(entry)}`);
  if (header === 'x-container-write') throw wrong(`Referrers not allowed in write ACL: ${quote(entry)}`);
  const second = entry.slice(at + 1).trim();
  const isDenial = second.startsWith('-');
  const named = isDenial ? second.slice(1).trim() : second;
  const host = named !== '*' && named.startsWith('*') ? named.slice(1).trim() : named;
  if (host === '' || host === '.')
    throw wrong(`No host/domain value after referrer designation in ACL: ${quote(entry)}`);
  return `.r:${isDenial ? '-' : ''}${host}`;
}

function wrong(text: string): ApiError {
  return new ApiError('files/acl', text);
}

/** As Python shows a text. */
function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  return `${mark}${text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`)}${mark}`;
}

/** A stored list, read. */
export interface Acl {
  readonly referrers: readonly string[];
  /** `PROJECT:USER`, roles, `.rlistings`. */
  readonly names: readonly string[];
}

export function parseAcl(list: string | undefined): Acl {
  const entries = (list ?? '').split(',').filter((entry) => entry !== '');
  return {
    referrers: entries.flatMap((entry) => (entry.startsWith('.r:') ? [entry.slice(3)] : [])),
    names: entries.flatMap((entry) => (entry.startsWith('.r:') ? [] : [decodeLoosely(entry)])),
  };
}

/** Tells whether a page of this address may refer to the container; the last entry that fits it counts. */
export function allowsReferrer({ referrers }: Acl, referer: string | undefined): boolean {
  const host = (URL.canParse(referer ?? '') && new URL(referer ?? '').hostname) || 'unknown';
  let allowed = false;
  for (const entry of referrers) {
    const isDenial = entry.startsWith('-');
    const named = isDenial ? entry.slice(1) : entry;
    const fits = named === host || (named.startsWith('.') && host.endsWith(named));
    if (isDenial ? fits : fits || named === '*') allowed = !isDenial;
  }
  return allowed;
}

/** Someone with a token: each of the two by id and by name. */
export interface Bearer {
  readonly project: readonly string[];
  readonly user: readonly string[];
}

/** Tells whether the list names the project and the user, of which either may be `*`. */
export function namesBearer({ names }: Acl, { project, user }: Bearer): boolean {
  return [...project, '*'].some((first) =>
    [...user, '*'].some((second) => names.includes(`${first}:${second}`)),
  );
}
