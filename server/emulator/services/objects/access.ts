import { type ApiError, notVerified } from '../../kernel/apiError.ts';
import { readQuery } from '../../kernel/request.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession, Session } from '../identity/identity.ts';
import { isAllowedFiles } from '../identity/permissions.ts';
import { allowsReferrer, namesBearer, parseAcl } from './acl.ts';
import type { Authority, Right } from './authority.ts';
import type { Headers } from './headers.ts';
import type { View } from './large/content.ts';
import { readTarget, type Target } from './paths.ts';
import { refuse } from './refusals.ts';
import { readTemporaryUrl, type TemporaryUrl } from './temporaryUrl.ts';

/** An object that a request may work on. */
export interface Opened extends Target {
  readonly url?: TemporaryUrl;
  readonly authority: Authority;
  /** `multipart-manifest` of the query, which counts for nothing in a temporary URL, as in Swift. */
  readonly manifest: string | null;
}

/** What a request may work on, and whether as somebody to whom it belongs. */
export interface Owned extends Target {
  readonly isOwn: boolean;
}

/** Checks of permissions. Each answers the target of the path, or throws 401 or 403. */
export interface Access {
  /** By token and role alone. */
  account(request: Request, action: 'read' | 'administer'): Owned;
  /** Also where the container's access lists say so. */
  container(region: string, request: Request, right: Right): Owned;
  /** Also by a temporary URL. */
  object(region: string, request: Request, right: 'read' | 'write'): Opened;
  isSignedIn(request: Request): boolean;
  /** What the bearer of the request's token may do anywhere. */
  authority(region: string, request: Request): Authority;
}

/** Limits an account to what the request may see. */
export function viewOf(region: string, account: string, authority: Authority): View {
  return { region, account, require: (right, container) => authority.require(right, account, container) };
}

export function createAccess(context: EmulatorContext): Access {
  const sessionOf = ({ headers }: Request): ScopedSession | undefined => {
    const token = headers['x-auth-token'] ?? headers['x-storage-token'];
    const session = typeof token === 'string' ? context.identity.session(token) : undefined;
    return session && isScoped(session) ? session : undefined;
  };
  const refusalOf = (session: ScopedSession | undefined): ApiError =>
    session ? refuse('role/files') : notVerified('request/unauthorized');
  const isAllowed = (
    session: ScopedSession | undefined,
    action: 'read' | 'administer',
    account: string,
  ): boolean => session !== undefined && isAllowedFiles(context.profile, session.caller, action, account);
  /** By the access lists of the container. */
  const isListed = (
    { headers }: Request,
    session: ScopedSession | undefined,
    acl: string | undefined,
    right: Right,
    account: string,
  ): boolean => {
    const parsed = parseAcl(acl);
    if (allowsReferrer(parsed, headers.referer))
      if (right !== 'list' || parsed.names.includes('.rlistings')) return true;
    if (!session) return false;
    const { account: project, user } = session;
    if (namesBearer(parsed, { project: [project.id, project.name], user: [user.id, user.name] })) return true;
    const roles = user.roles.map((role) => role.toLowerCase());
    return project.id === account && parsed.names.some((name) => roles.includes(name.toLowerCase()));
  };
  /** Answers whether it belongs to whoever asks. */
  const require = (
    region: string,
    request: Request,
    right: Right,
    account: string,
    container: string,
  ): boolean => {
    const session = sessionOf(request);
    if (isAllowed(session, 'administer', account)) return true;
    const isRead = right === 'read' || right === 'list';
    if (isRead && isAllowed(session, 'read', account)) return false;
    const row = right === 'administer' ? undefined : context.objects.container(region, account, container);
    const lists: Headers = row ? JSON.parse(row.metadata) : {};
    const list = lists[isRead ? 'x-container-read' : 'x-container-write'];
    if (!isListed(request, session, list, right, account)) throw refusalOf(session);
    return false;
  };
  const authority = (region: string, request: Request): Authority => ({
    require: (right, account, container) => void require(region, request, right, account, container),
  });
  return {
    authority,
    isSignedIn: (request) => sessionOf(request) !== undefined,
    account: (request, action) => {
      const target = readTarget(request);
      const session = sessionOf(request);
      const isOwn = isAllowed(session, 'administer', target.account);
      if (!isOwn && !(action === 'read' && isAllowed(session, 'read', target.account)))
        throw refusalOf(session);
      return { ...target, isOwn };
    },
    container: (region, request, right) => {
      const target = readTarget(request);
      return { ...target, isOwn: require(region, request, right, target.account, target.container) };
    },
    object: (region, request, right) => {
      const target = readTarget(request);
      const url = readTemporaryUrl(context, region, target, request);
      if (url) return { ...target, url, authority: url.authority, manifest: null };
      const own = authority(region, request);
      own.require(right, target.account, target.container);
      return { ...target, authority: own, manifest: readQuery(request).get('multipart-manifest') };
    },
  };
}

function isScoped(session: Session): session is ScopedSession {
  return 'caller' in session;
}
