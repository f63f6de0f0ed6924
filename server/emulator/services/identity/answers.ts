import { ApiError } from '../../kernel/apiError.ts';

/** The words of Keystone: v3's as measured and as its sources have them, v2.0's as Rackspace documents them. */

const malformed =
  'The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.';

export const authenticationRequired = 'The request you have made requires authentication.';

export function unauthorized(): ApiError {
  return new ApiError('request/unauthorized', authenticationRequired);
}

/** Whoever signs in has not proved to be who they say, or asks for an account that is not theirs. */
export function refusedLogin(why = authenticationRequired): ApiError {
  return new ApiError('identity/login', why);
}

export function refusedAction(action: string): ApiError {
  return new ApiError('identity/role', `You are not authorized to perform the requested action: ${action}.`);
}

/** 403 in words of its own. */
export function refusedOutright(text: string): ApiError {
  return new ApiError('identity/role', text);
}

/** A member that is not there. */
export function expected(attribute: string, target: string): ApiError {
  return new ApiError('identity/body', `Expecting to find ${attribute} in ${target}. ${malformed}`);
}

export function incorrect(problem: string): ApiError {
  return new ApiError('identity/body', `${problem} ${malformed}`);
}

export function notFound(what: string, id: string): ApiError {
  return new ApiError('identity/not-found', `Could not find ${what}: ${id}.`);
}

export function undefinedRole(name: string): ApiError {
  return new ApiError('identity/not-found', `Role ${name} is not defined`);
}

export function tokenNotValid(): ApiError {
  return new ApiError('identity/not-found', 'Failed to validate token');
}

export const v2 = {
  refused: () => new ApiError('identity/login', 'Unable to authenticate user with credentials provided.'),
  unreadable: () =>
    new ApiError(
      'identity/body',
      'Invalid request body: unable to parse Auth data. Please review XML or JSON formatting',
    ),
  wrongTenant: () => new ApiError('identity/login', 'Tenant with Name/Id is not valid for User.'),
  noToken: () =>
    new ApiError(
      'request/unauthorized',
      "No valid token provided. Please use the 'X-Auth-Token' header with a valid token.",
    ),
  notAuthorized: () => new ApiError('identity/role', 'Not authorized.'),
  tokenNotFound: () => new ApiError('identity/not-found', 'Token not found.'),
  userNotFound: () => new ApiError('identity/not-found', 'User not found.'),
};
