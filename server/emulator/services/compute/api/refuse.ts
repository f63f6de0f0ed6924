import type { RefusalId } from '../../../../rules/ids.ts';
import { answers } from '../../../../rules/service/answers.ts';
import { ApiError, notFound, toApiError } from '../../../kernel/apiError.ts';
import { keyMismatch } from './words.ts';

/** Nova's refusals, in its words (SOURCES: nova §2). */

export function badRequest(text: string, rule: RefusalId = 'compute/request'): ApiError {
  return new ApiError(rule, text, { status: 400 });
}

export function itemNotFound(text?: string): ApiError {
  return text === undefined ? notFound('compute/not-found') : new ApiError('compute/not-found', text);
}

export function serverNotFound(id: string, rule: RefusalId = 'compute/not-found'): ApiError {
  return toApiError({ rule, ...answers.serverMissing(id) });
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

export function refuseAction(name: string): ApiError {
  return badRequest(`There is no such action: ${name}`);
}

/** The key of an item's path is not that of its body. */
export function refuseMismatch(): ApiError {
  return badRequest(keyMismatch);
}

/** The marker of a page is unknown. */
export function refuseMarker(marker: string): ApiError {
  return badRequest(`marker [${marker}] not found`);
}

/** The same, as lists of what belongs to servers and users say it. */
export function refuseOldMarker(marker: string): ApiError {
  return badRequest(`Marker ${marker} could not be found.`);
}

export function refuseTimes(): ApiError {
  return badRequest('The value of changes-since must be less than or equal to changes-before.');
}

/** `most`: the quota of metadata. */
export function refuseMetadata(most: number): ApiError {
  return toApiError({ rule: 'compute/quota', ...answers.metadataItems(most) });
}

/** An API that Nova has removed. */
export function gone(): ApiError {
  return new ApiError(
    'compute/gone',
    'This resource is no longer available. No forwarding address is given.',
  );
}

/** The id in a path is to be a number. */
export function refuseId(): ApiError {
  return badRequest('Invalid input received: id must be an integer');
}
