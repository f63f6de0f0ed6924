import { allows } from '../../../rules/profile/roles.ts';
import { ApiError, couldNotComply, notFound } from '../../kernel/apiError.ts';
import { readBaseUrl, readParam, readQuery } from '../../kernel/request.ts';
import type { Method, Reply, Request, Routes } from '../../kernel/routes.ts';
import { isFalse, isTrue } from '../compute/api/words.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession } from '../identity/identity.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import type { SnapshotRow, VolumeRow } from './rows.ts';

/** Microversions of Cinder's Zed release (SOURCES: cinder §1). */
export const newest = 70;

/** Who asks, where, by which microversion, and what comes with it. */
export interface Asked extends ScopedSession {
  readonly context: EmulatorContext;
  readonly region: string;
  /** Of the microversion. */
  readonly minor: number;
  readonly isAdmin: boolean;
  readonly request: Request;
  readonly reply: Reply;
  readonly query: URLSearchParams;
  /** `http://HOST/REGION/volume` */
  readonly base: string;
  /** `/PROJECT` where the path names it, otherwise empty. */
  readonly project: string;
}

/** What a route needs: a role, named by Cinder's policy, and a microversion. */
export interface Needs {
  readonly policy: string;
  /** The cloud's administrator alone. */
  readonly isForAdmin?: boolean;
  readonly since?: number;
}

export type OnVolumes = (
  method: Method,
  path: string,
  needs: Needs | undefined,
  handler: (asked: Asked) => unknown,
) => void;

/** Adds routes below `/R/volume/v3`, with and without the project in their paths. */
export function createVolumeRouter(routes: Routes, context: EmulatorContext): OnVolumes {
  return (method, path, needs, handler) => {
    for (const region of context.regions)
      for (const project of ['/:project', ''])
        routes.on(method, `/${region}/volume/v3${project}${path}`, (request, reply) => {
          const asked = identify(context, region, project !== '', request, reply);
          if (needs) authorize(asked, needs, method === 'GET' ? 'read' : 'administer');
          return handler(asked);
        });
  };
}

/** Throws 401, 400 and 406 for the microversion, and 400 where the path names another project. */
export function identify(
  context: EmulatorContext,
  region: string,
  hasProject: boolean,
  request: Request,
  reply: Reply,
): Asked {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  const tell = (version: string) =>
    reply.headers({ 'openstack-api-version': `volume ${version}`, vary: 'OpenStack-API-Version' });
  const minor = readVersion(request, tell);
  tell(`3.${minor}`);
  const named = readParam(request, 'project');
  if (hasProject && named !== session.account.id)
    throw new ApiError('volume/project', 'Malformed request url');
  return {
    ...session,
    context,
    region,
    minor,
    isAdmin: isCloudAdmin(context.profile, session.caller),
    request,
    reply,
    query: readQuery(request),
    base: `${readBaseUrl(request)}/${region}/volume`,
    project: hasProject ? `/${named}` : '',
  };
}

/** Throws 403 in Cinder's words, and 404 below the microversion that the route needs. */
export function authorize(
  { context, caller, isAdmin, minor }: Asked,
  { policy, isForAdmin = false, since = 0 }: Needs,
  action: 'read' | 'administer',
): void {
  if (minor < since) throw notFound('volume/not-found');
  const isAllowed = isAdmin || (!isForAdmin && allows(context.profile, 'volumes', caller.roles, action));
  if (!isAllowed) throw refusePolicy(policy);
}

/** Refuses in Cinder's words (403). */
export function refusePolicy(policy: string): ApiError {
  return new ApiError('volume/role', `Policy doesn't allow ${policy} to be performed.`);
}

/** The minor part of the microversion: `OpenStack-API-Version: volume 3.N`, among those of other services. */
function readVersion({ headers }: Request, tell: (version: string) => void): number {
  const header = headers['openstack-api-version'];
  if (typeof header !== 'string') return 0;
  const [, version] =
    header
      .split(',')
      .find((text) => text.includes('volume'))
      ?.trim()
      .split(/\s+/) ?? [];
  if (version === undefined) throw new ApiError('volume/version', couldNotComply, { status: 400 });
  return readMinor(version, tell);
}

/** The minor part of `latest` or `3.N`. Throws 400 and 406, and calls `tell` with a version that can be told to the client. */
function readMinor(text: string, tell: (version: string) => void): number {
  if (text === 'latest') return newest;
  const [, major, minor] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(text) ?? [];
  if (major === undefined)
    throw new ApiError(
      'volume/version',
      `API Version String ${text} is of invalid format. Must be of format MajorNum.MinorNum.`,
      { status: 400 },
    );
  if (major === '3' && Number(minor) <= newest) return Number(minor);
  tell(text);
  throw new ApiError(
    'volume/version',
    `Version ${text} is not supported by the API. Minimum is 3.0 and maximum is 3.${newest}.`,
  );
}

/** A volume of the caller's, or any for the administrator. Throws 404. */
export function findVolume(
  { context, region, account, isAdmin }: Pick<Asked, 'context' | 'region' | 'account' | 'isAdmin'>,
  id: string,
): VolumeRow {
  const row = context.volumes.find(region, id);
  if (!row || (row.account !== account.id && !isAdmin))
    throw new ApiError('volume/not-found', `Volume ${id} could not be found.`);
  return row;
}

export function findSnapshot({ context, region, account, isAdmin }: Asked, id: string): SnapshotRow {
  const row = context.volumes.findSnapshot(region, id);
  if (!row || (row.account !== account.id && !isAdmin))
    throw new ApiError('volume/not-found', `Snapshot ${id} could not be found.`);
  return row;
}

/** Reads a boolean of the query. Throws 400. */
export function readFlag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? 'false';
  if (!isTrue(value) && !isFalse(value))
    throw new ApiError('volume/request', `Value '${value}' for '${name}' is not a boolean.`);
  return isTrue(value);
}
