import { readQuery } from '../../kernel/request.ts';
import type { Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import { requireFiles } from '../identity/permissions.ts';
import type { Action, Authority, Right } from './authority.ts';
import type { Headers } from './headers.ts';
import type { View } from './large/content.ts';
import { readTarget, type Target } from './paths.ts';
import { readTemporaryUrl, type TemporaryUrl } from './temporaryUrl.ts';

/** An object that a request may work on. */
export interface Opened extends Target {
  readonly url?: TemporaryUrl;
  readonly authority: Authority;
  /** `multipart-manifest` of the query, which counts for nothing in a temporary URL, as in Swift. */
  readonly manifest: string | null;
}

/** Checks of permissions. Each answers the target of the path, or throws 401 or 403. */
export interface Access {
  /** By token and role alone. */
  account(request: Request, action: Action): Target;
  /** Also where the container lets everybody list it. */
  listing(region: string, request: Request): Target & { readonly isOwn: boolean };
  /** Also by a temporary URL, and where everybody may read the container. */
  object(region: string, request: Request, action: Action): Opened;
}

/** Limits an account to what the request may see. */
export function viewOf(region: string, account: string, authority: Authority): View {
  return { region, account, require: (right, container) => authority.require(right, account, container) };
}

export function createAccess(context: EmulatorContext): Access {
  const requireToken = (request: Request, action: Action, account: string): void => {
    const { caller } = context.identity.authenticate(request.headers['x-auth-token']);
    requireFiles(context.profile, caller, action, account);
  };
  const byToken = (request: Request, action: Action): Target => {
    const target = readTarget(request);
    requireToken(request, action, target.account);
    return target;
  };
  /** True where everybody may read, or list, a container; listing goes with reading, as in Swift. */
  const isOpen = (region: string, account: string, container: string, right: Right): boolean => {
    if (right === 'administer') return false;
    const row = context.objects.container(region, account, container);
    const readers = row && (JSON.parse(row.metadata) as Headers)['x-container-read'];
    const entries = (readers ?? '').split(',').map((entry) => entry.trim());
    return entries.includes('.r:*') && (right === 'read' || entries.includes('.rlistings'));
  };
  const authorityOf = (region: string, request: Request): Authority => ({
    require: (right, account, container) => {
      if (isOpen(region, account, container, right)) return;
      requireToken(request, right === 'administer' ? right : 'read', account);
    },
  });
  return {
    account: byToken,
    listing: (region, request) => {
      const target = readTarget(request);
      try {
        return { ...byToken(request, 'read'), isOwn: true };
      } catch (error) {
        // Looked at second, so that the account's own people see everything.
        if (!isOpen(region, target.account, target.container, 'list')) throw error;
        return { ...target, isOwn: false };
      }
    },
    object: (region, request, action) => {
      const target = readTarget(request);
      const url = readTemporaryUrl(context, region, target, request);
      if (url) return { ...target, url, authority: url.authority, manifest: null };
      const authority = authorityOf(region, request);
      authority.require(action, target.account, target.container);
      return { ...target, authority, manifest: readQuery(request).get('multipart-manifest') };
    },
  };
}
