import type { RefusalId } from '../../../../rules/ids.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { ApiError, toApiError } from '../../../kernel/apiError.ts';

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
export function refusePolicy(policy: string, rule: RefusalId = 'compute/policy'): ApiError {
  return toApiError({ rule, ...answers.computePolicy(policy) });
}
