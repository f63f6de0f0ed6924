import type { Cloud } from '../cloud.ts';
import type { Request } from '../http.ts';
import { requireFiles } from '../identity/permissions.ts';
import { type Target, targetOf } from './paths.ts';
import type { Headers } from './records.ts';
import { readTemporaryUrl, type TemporaryUrl } from './temporaryUrl.ts';

type Action = 'read' | 'administer';

/** Who may do what. Each answers what the path names, or throws 401 or 403. */
export interface Access {
  /** By token and role alone. */
  account(request: Request, action: Action): Target;
  /** Also where the container lets everybody list it. */
  listing(region: string, request: Request): Target & { readonly isOwn: boolean };
  /** Also by a temporary URL, and where everybody may read the container. */
  object(region: string, request: Request, action: Action): Target & { readonly url?: TemporaryUrl };
}

export function createAccess(cloud: Cloud): Access {
  const byToken = (request: Request, action: Action): Target => {
    const { caller } = cloud.identity.authenticate(request.headers['x-auth-token']);
    const target = targetOf(request);
    requireFiles(cloud.profile, caller, action, target.account);
    return target;
  };
  const isOpen = (region: string, { account, container }: Target, right: '.r:*' | '.rlistings'): boolean => {
    const row = cloud.objects.container(region, account, container);
    const readers = row && (JSON.parse(row.metadata) as Headers)['x-container-read'];
    return readers?.split(',').some((entry) => entry.trim() === right) ?? false;
  };
  return {
    account: byToken,
    listing: (region, request) => {
      const target = targetOf(request);
      try {
        return { ...byToken(request, 'read'), isOwn: true };
      } catch (error) {
        // Looked at second, so that the account's own people see everything.
        if (!isOpen(region, target, '.rlistings')) throw error;
        return { ...target, isOwn: false };
      }
    },
    object: (region, request, action) => {
      const target = targetOf(request);
      const url = readTemporaryUrl(cloud, region, target, request);
      if (url) return { ...target, url };
      if (action === 'read' && isOpen(region, target, '.r:*')) return target;
      return byToken(request, action);
    },
  };
}
