import { ApiError } from '../../kernel/apiError.ts';

/** The words of Keystone: v3's as measured and as its sources have them, v2.0's as Rackspace documents them. */

const malformed =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.';

export function unauthorized(why = 'The request you have made requires authentication.'): ApiError {
  return new ApiError(401, why);
}

export function refusedAction(action: string): ApiError {
  return new ApiError(403, `You are not authorized to perform the requested action: ${action}.`);
}

/** A member that is not there. */
export function expected(attribute: string, target: string): ApiError {
  return new ApiError(400, `Expecting to find ${attribute} in ${target}. ${malformed}`);
}

export function invalid(field: string, problem: string): ApiError {
  return new ApiError(400, `Invalid input for field '${field}': ${problem}`);
}

export function incorrect(problem: string): ApiError {
  return new ApiError(400, `${problem} ${malformed}`);
}

export function notFound(what: string, id: string): ApiError {
  return new ApiError(404, `Could not find ${what}: ${id}.`);
}

export const v2 = {
  refused: () => new ApiError(401, 'Unable to authenticate user with credentials provided.'),
  unreadable: () =>
    new ApiError(
      400,
      'Invalid request body: unable to parse Auth data. Please review XML or JSON formatting',
    ),
  wrongTenant: () => new ApiError(401, 'Tenant with Name/Id is not valid for User.'),
  noToken: () =>
    new ApiError(401, "No valid token provided. Please use the 'X-Auth-Token' header with a valid token."),
  notAuthorized: () => new ApiError(403, 'Not authorized.'),
  tokenNotFound: () => new ApiError(404, 'Token not found.'),
  userNotFound: () => new ApiError(404, 'User not found.'),
};
