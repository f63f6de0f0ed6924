import { isObject, type JsonObject } from '../../../../rules/json.ts';
import type { Schema } from '../../../../rules/nova/schema.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import type { Method, Request } from '../../../kernel/routes.ts';
import { notFound } from '../answers.ts';
import type { Session } from '../identity.ts';
import { requireShape } from '../shape/schema.ts';
import { domain } from './authenticate.ts';
import { readBody } from './body.ts';

/** Readers that the making and changing of projects and users share. */

/** Adds a route of the cloud's admin; `action`: the policy that others are refused by. */
export type OnAdministration = (
  method: Method,
  path: string,
  action: string,
  handler: (request: Request, session: Session) => Promise<object | undefined>,
) => void;

/** The member of a body that describes a resource. Throws 400. */
export async function readResource(request: Request, name: string, schema: Schema): Promise<JsonObject> {
  const wanted = (await readBody(request))[name] ?? {};
  requireShape(wanted, schema);
  return isObject(wanted) ? wanted : {};
}

export function readName({ name }: JsonObject): string {
  return String(name).trim();
}

export function requireOurDomain({ domain_id: id }: JsonObject): void {
  if (typeof id === 'string' && id !== domain.id) throw notFound('domain', id);
}

export function duplicate(what: string, name: string): ApiError {
  return new ApiError(
    'identity/exists',
    `Conflict occurred attempting to store ${what} - Duplicate entry found with name ${name}.`,
  );
}
