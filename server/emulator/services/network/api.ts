import type { Json, JsonObject } from '../../../rules/json.ts';
import { parseJson, readBytes } from '../../kernel/body.ts';
import { readBaseUrl, readParam, readQuery } from '../../kernel/request.ts';
import type { Method, Request } from '../../kernel/routes.ts';
import type { EmulatorContext } from '../context.ts';
import type { ScopedSession } from '../identity/identity.ts';
import { isCloudAdmin } from '../identity/permissions.ts';
import type { FaultType } from './faults.ts';

/** A request to the networks API whose token has been looked at. */
export interface Asked extends ScopedSession {
  readonly context: EmulatorContext;
  readonly region: string;
  readonly isAdmin: boolean;
  readonly query: URLSearchParams;
  /** `http://HOST` */
  readonly host: string;
  param(name: string): string;
  /** The body; null: none. Throws 400 and 413. */
  read(): Promise<Json>;
}

/** A handler that answers nothing answers 204; one of POST, 201. */
export type OnNetwork = (
  method: Method,
  path: string,
  handler: (asked: Asked) => JsonObject | undefined | Promise<JsonObject | undefined>,
) => void;

/** A collection: how Neutron names one of it, and the documents that the caller sees. */
export interface Collection {
  readonly single: string;
  readonly missing: FaultType;
  list(asked: Asked): readonly JsonObject[];
  /** The one that the path names, where it is not looked for in the list. Throws 404. */
  find?(asked: Asked): JsonObject;
}

const largestBody = 114_688;

/** Throws 401. A path that is served in no region is one of the kernel's. */
export async function openRequest(
  context: EmulatorContext,
  region: string,
  request: Request,
): Promise<Asked> {
  const session = context.identity.authenticate(request.headers['x-auth-token']);
  const { account } = session;
  // Every account has the group `default` as soon as it looks.
  if (!context.securityGroups.hasDefault(region, account.id))
    await context.store.write(() => context.securityGroups.ensureDefault(region, account.id));
  return {
    ...session,
    context,
    region,
    isAdmin: isCloudAdmin(context.profile, session.caller),
    query: readQuery(request),
    host: readBaseUrl(request),
    param: (name) => readParam(request, name),
    read: async () => {
      const bytes = await readBytes(request, largestBody);
      return bytes.length === 0 ? null : parseJson(bytes, 'Malformed request body: Cannot understand JSON.');
    },
  };
}
