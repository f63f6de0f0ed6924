import { isObject, type Json, type JsonObject } from '../../../../rules/json.ts';
import { ApiError } from '../../../kernel/apiError.ts';
import { expected } from '../answers.ts';
import { requireShape } from '../shape/schema.ts';
import { authSchema } from '../shape/schemas.ts';

/** The body's `auth`, of which every member that is known has its type. Throws 400 in Keystone's words. */
export function readAuth(body: Json): JsonObject {
  if (!isObject(body)) throw expected('valid JSON', 'request body');
  const { auth: given = null } = body;
  if (given === null) throw expected('auth', 'request body');
  requireShape(given, authSchema);
  if (!isObject(given)) throw expected('auth', 'request body');
  requireName(given, 'identity', 'password', 'user');
  requireName(given, 'identity', 'password', 'user', 'domain');
  requireName(given, 'scope', 'project');
  requireName(given, 'scope', 'project', 'domain');
  requireName(given, 'scope', 'domain');
  return given;
}

/** Throws 400 where an object stands there that names nothing. */
function requireName(given: JsonObject, ...path: readonly string[]): void {
  let at: Json | undefined = given;
  for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  if (!isObject(at)) return;
  const { id, name } = at;
  if (id === undefined && name === undefined)
    throw new ApiError(
      'identity/body',
      `Invalid input for field ${path.join('/')}: id or name must be present.`,
    );
  if (path[0] === 'identity' && !id && !name) throw expected('id or name', path.at(-1) ?? '');
}
