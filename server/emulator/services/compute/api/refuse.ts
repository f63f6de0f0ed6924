import type { RefusalId } from '../../../../rules/ids.ts';
import { ApiError } from '../../../kernel/apiError.ts';

/** Nova's refusals, in its words (SOURCES: nova §2). */

export function badRequest(text: string, rule: RefusalId = 'compute/request'): ApiError {
  return new ApiError(rule, text, { status: 400 });
}

export function itemNotFound(text = 'The resource could not be found.'): ApiError {
  return new ApiError('compute/not-found', text);
}

export function conflict(text: string): ApiError {
  return new ApiError('compute/conflict', text);
}

export function forbidden(text: string, rule: RefusalId = 'compute/quota'): ApiError {
  return new ApiError(rule, text, { status: 403 });
}

/** `policy`: as Nova names it, without `os_compute_api:`. */
export function refusePolicy(policy: string): ApiError {
  return new ApiError('compute/policy', `Policy doesn't allow os_compute_api:${policy} to be performed.`);
}
