import { ApiError } from '../../kernel/apiError.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { Headers } from './headers.ts';
import { decode, encodePath, readAccountName, readPath, stripAccountPrefix, type Target } from './paths.ts';
import type { ObjectRow } from './records.ts';
import { refuse } from './refusals.ts';

/** An object that stands for another one. Its target is noted with its headers, under names that no client sets. */
export interface Link {
  /** `CONTAINER/OBJECT`, URL-encoded. */
  readonly target: string;
  /** As it was named; without one it is the link's own. */
  readonly account: string | undefined;
  /** The target must have this hash: the link is static. */
  readonly etag: string | undefined;
  readonly bytes: string | undefined;
}

const names = {
  target: 'x-object-sysmeta-symlink-target',
  account: 'x-object-sysmeta-symlink-target-account',
  etag: 'x-object-sysmeta-symlink-target-etag',
  bytes: 'x-object-sysmeta-symlink-target-bytes',
} as const;

/** Links behind links that are followed. */
const mostLinks = 2;

function findLink(headers: Headers): Link | undefined {
  const target = headers[names.target];
  if (target === undefined) return undefined;
  return {
    target,
    account: headers[names.account],
    etag: headers[names.etag],
    bytes: headers[names.bytes],
  };
}

export function linkOf(row: Pick<ObjectRow, 'headers'>): Link | undefined {
  return row.headers.includes(names.target) ? findLink(JSON.parse(row.headers)) : undefined;
}

/** The headers by which a client reads a link, where it asks for the link itself. */
export function renderLink({ target, account, etag, bytes }: Link): Headers {
  return withoutUndefined({
    'x-symlink-target': target,
    'x-symlink-target-account': account,
    'x-symlink-target-etag': etag,
    'x-symlink-target-bytes': bytes,
  });
}

/** What a listing tells of a link. `at`: `/v1/ACCOUNT` of the listing. */
export function describeLink(link: Link, at: string): Readonly<Record<string, string | number>> {
  return {
    ...(link.etag === undefined ? {} : { symlink_etag: link.etag }),
    ...(link.bytes === undefined ? {} : { symlink_bytes: Number(link.bytes) }),
    symlink_path: `${link.account === undefined ? at : `/v1/${link.account}`}/${link.target}`,
  };
}

/** The headers under which a PUT keeps its link; none where it makes none. Throws 400, 409 and 412. */
export function readLink(
  context: EmulatorContext,
  region: string,
  to: Target,
  request: Request,
  require: (account: string, container: string) => void,
): { readonly kept: Headers; readonly contentType: string } | undefined {
  const { headers } = request;
  const target = headers['x-symlink-target'];
  if (typeof target !== 'string') return undefined;
  const length = headers['content-length'];
  if (length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0')
    throw refused('Symlink requests require a zero byte body');
  const form = 'X-Symlink-Target header must be of the form <container name>/<object name>';
  if (decode(target).startsWith('/')) throw new ApiError('files/link-header', form, { status: 412 });
  const named = headers['x-symlink-target-account'];
  const account = typeof named === 'string' && named !== '' ? decode(named) : undefined;
  const at = readPath(
    account === undefined ? to.account : stripAccountPrefix(account),
    target,
    'X-Symlink-Target',
  );
  if (at.account === to.account && at.container === to.container && at.object === to.object)
    throw refused('Symlink cannot target itself');
  const place = `/v1/${account ?? readAccountName(request)}/${encodePath(`${at.container}/${at.object}`)}`;
  const header = headers['x-symlink-target-etag'];
  const etag = typeof header === 'string' ? header.replace(/^"|"$/g, '') : '';
  if (/[;"\\]/.test(etag)) throw refused('Bad X-Symlink-Target-Etag format');
  const found = etag === '' ? undefined : findStatic(context, region, { ...at, place }, etag, require);
  const type = headers['content-type'];
  return {
    contentType: type || found?.content_type || 'application/symlink',
    kept: withoutUndefined({
      [names.target]: encodePath(`${at.container}/${at.object}`),
      [names.account]: account === undefined ? undefined : encodeURIComponent(account),
      [names.etag]: found && etag,
      [names.bytes]: found && String(found.slo_size ?? found.size),
    }),
  };
}

/** The target of a static link, or of the static links behind it. Throws 409 where it is another one, or none. */
function findStatic(
  context: EmulatorContext,
  region: string,
  target: Target & { readonly place: string },
  etag: string,
  require: (account: string, container: string) => void,
): ObjectRow {
  require(target.account, target.container);
  const row = context.objects.find(region, target.account, target.container, target.object);
  const headers = { 'content-location': target.place };
  if (!row) throw new ApiError('files/link', 'X-Symlink-Target does not exist', { headers });
  const own = row.slo_etag ?? row.md5;
  const hash = linkOf(row)?.etag ?? own;
  if (hash !== etag)
    throw new ApiError(
      'files/link',
      `Object Etag '${hash}' does not match X-Symlink-Target-Etag header '${etag}'`,
      { headers },
    );
  return row;
}

/** What an object stands for. `location`: where it was found, where that was elsewhere. */
export interface Followed {
  readonly row: ObjectRow;
  readonly account: string;
  readonly location: string | undefined;
}

/** Follows links to what they stand for. Throws 404 and 409, and 401 or 403 where `require` does. */
export function follow(
  context: EmulatorContext,
  region: string,
  account: string,
  named: string,
  first: ObjectRow,
  require: (account: string, container: string) => void,
): Followed {
  let row = first;
  let at = account;
  let shown = named;
  let location: string | undefined;
  let wanted: string | undefined;
  for (let links = 0; ; links += 1) {
    const link = linkOf(row);
    const hash = link ? (link.etag ?? row.md5) : (row.slo_etag ?? row.md5);
    const headers = location === undefined ? {} : { headers: { 'content-location': location } };
    if (wanted !== undefined && wanted !== hash)
      throw new ApiError(
        'files/link',
        link
          ? 'X-Symlink-Target-Etag headers do not match'
          : `Object Etag '${hash}' does not match X-Symlink-Target-Etag header '${wanted}'`,
        headers,
      );
    if (!link) return { row, account: at, location };
    if (links >= mostLinks)
      throw new ApiError('files/link', `Too many levels of symbolic links, maximum allowed is ${mostLinks}`);
    shown = link.account ?? shown;
    at = link.account === undefined ? at : stripAccountPrefix(decode(link.account));
    const target = readPath(at, link.target, 'X-Symlink-Target');
    location = `/v1/${shown}/${link.target}`;
    require(at, target.container);
    const found = context.objects.find(region, at, target.container, target.object);
    if (!found) throw refuse('files/not-found', { 'content-location': location });
    row = found;
    wanted = link.etag;
  }
}

function refused(text: string): ApiError {
  return new ApiError('files/link-header', text);
}

function withoutUndefined(headers: Readonly<Record<string, string | undefined>>): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** What was posted to a link was noted with the link itself. Throws 307, which tells of its target. */
export function refusePostToLink(row: ObjectRow, request: Request): void {
  const link = linkOf(row);
  if (!link) return;
  throw new ApiError(
    'files/link-post',
    'The requested POST was applied to a symlink. POST directly to the target to apply requested metadata.',
    {
      headers: {
        location: `/v1/${link.account ?? readAccountName(request)}/${link.target}`,
        ...(link.etag === undefined ? {} : { 'x-symlink-target-etag': link.etag }),
      },
    },
  );
}
